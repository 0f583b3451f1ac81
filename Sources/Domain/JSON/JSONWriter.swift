/// Writes JSON texts: the same value gives the same text, members in their order.
package struct JSONWriter {
    package enum Style: Hashable, Sendable {
        /// On one line, without blanks.
        case compact
        /// Over lines, indented by two.
        case pretty
    }

    private let style: Style
    private var bytes: [UInt8] = []

    private init(style: Style) {
        self.style = style
    }

    /// Returns `value` as a JSON text without a line end.
    package static func write(_ value: JSONValue, style: Style = .compact) -> String {
        String(decoding: bytes(of: value, style: style), as: UTF8.self)
    }

    /// Returns the bytes of `value` as a JSON text without a line end.
    package static func bytes(of value: JSONValue, style: Style = .compact) -> [UInt8] {
        var writer = JSONWriter(style: style)
        writer.append(value, depth: 0)
        return writer.bytes
    }

    private mutating func append(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): append(String(value))
        // JSON has no word for what is no number.
        case .number(let value): append(value.isFinite ? String(value) : "null")
        case .string(let value): append(quoted: value)
        case .array(let elements): append(elements, depth: depth)
        case .object(let members): append(members, depth: depth)
        }
    }

    private mutating func append(_ elements: [JSONValue], depth: Int) {
        append("[")
        for (index, element) in elements.enumerated() {
            begin(index, depth: depth)
            append(element, depth: depth + 1)
        }
        if !elements.isEmpty { breakLine(depth: depth) }
        append("]")
    }

    private mutating func append(_ members: [JSONMember], depth: Int) {
        append("{")
        for (index, member) in members.enumerated() {
            begin(index, depth: depth)
            append(quoted: member.key)
            append(style == .pretty ? ": " : ":")
            append(member.value, depth: depth + 1)
        }
        if !members.isEmpty { breakLine(depth: depth) }
        append("}")
    }

    private mutating func begin(_ index: Int, depth: Int) {
        if index > 0 { append(",") }
        breakLine(depth: depth + 1)
    }

    private mutating func breakLine(depth: Int) {
        guard style == .pretty else { return }
        append("\n")
        bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(quoted text: String) {
        var text = text
        append("\"")
        text.withUTF8 { utf8 in
            var start = 0
            for (index, byte) in utf8.enumerated() where Self.needsEscape(byte) {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                append(Self.escape(byte))
                start = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        append("\"")
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte == 0x7F
    }

    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        default: "\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
