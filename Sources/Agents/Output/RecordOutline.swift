/// The outline of a JSON object that is too long to be held: its own members, with `null` for each object or array
/// inside, and long strings cut.
///
/// So a final record is still read when something in it has grown beyond all measure.
///
/// Of a line that is no JSON object some bytes are kept that no parser takes for one.
struct RecordOutline: Sendable {
    private(set) var bytes: [UInt8] = []
    private let stringLimit: Int
    private let limit: Int
    private var depth = 0
    private var string: StringState?

    init(stringLimit: Int = 1 << 20, limit: Int = 8 << 20) {
        self.stringLimit = stringLimit
        self.limit = limit
    }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        for byte in more {
            if string != nil { appendInString(byte) } else { appendOutside(byte) }
        }
    }

    private mutating func appendOutside(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""):
            string = StringState()
            keep(byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if depth == 1 { bytes.append(contentsOf: "null".utf8) }
            depth += 1
            keep(byte)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            keep(byte)
            depth -= 1
        default:
            keep(byte)
        }
    }

    private mutating func appendInString(_ byte: UInt8) {
        guard var string else { return }
        let isCutPoint = string.isBetweenUnits && byte & 0xC0 != 0x80
        if string.length >= stringLimit && isCutPoint { string.isCut = true }
        string.length += 1
        let ends = string.take(byte)
        if !string.isCut || ends { keep(byte) }
        self.string = ends ? nil : string
    }

    private mutating func keep(_ byte: UInt8) {
        guard depth == 1, bytes.count < limit else { return }
        bytes.append(byte)
    }

    /// Where one stands in a JSON string.
    ///
    /// It is cut between characters and between escapes only, and never after `\uXXXX`, which may be the first half of
    /// a pair.
    private struct StringState {
        var length = 0
        var isCut = false
        private var isAfterBackslash = false
        private var hexDigitsLeft = 0
        private var isAfterUnicodeEscape = false

        var isBetweenUnits: Bool { !isAfterBackslash && hexDigitsLeft == 0 && !isAfterUnicodeEscape }

        /// Returns whether `byte` ends the string.
        mutating func take(_ byte: UInt8) -> Bool {
            if isAfterBackslash {
                isAfterBackslash = false
                hexDigitsLeft = byte == UInt8(ascii: "u") ? 4 : 0
            } else if hexDigitsLeft > 0 {
                hexDigitsLeft -= 1
                isAfterUnicodeEscape = hexDigitsLeft == 0
            } else {
                isAfterUnicodeEscape = false
                isAfterBackslash = byte == UInt8(ascii: "\\")
                return byte == UInt8(ascii: "\"")
            }
            return false
        }
    }
}
