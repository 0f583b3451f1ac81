/// Why bytes are not the JSON text they should be; `offset` counts bytes from 0.
package enum JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    case unexpectedEnd
    case unexpectedByte(UInt8, offset: Int)
    /// A complete value is followed by more than blanks.
    case trailingBytes(offset: Int)
    case tooDeep(limit: Int)

    package var description: String {
        switch self {
        case .unexpectedEnd:
            "The JSON text ends too early."
        case .unexpectedByte(let byte, let offset):
            "The byte \(Self.shown(byte)) at offset \(offset) cannot stand there in JSON."
        case .trailingBytes(let offset):
            "The JSON value ends before offset \(offset), but there is more."
        case .tooDeep(let limit):
            "The JSON text is nested deeper than \(limit) levels."
        }
    }

    private static func shown(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "0x" + String(byte, radix: 16)
    }
}
