/// Decodes UTF-8 byte by byte.
///
/// What is not UTF-8 becomes U+FFFD, as in `String(decoding:as:)`.
struct ScalarDecoder: Sendable {
    private var value: UInt32 = 0
    private var missing = 0
    /// The values that the next byte may have: this is where overlong forms and surrogates are refused.
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    private static let replacement: Unicode.Scalar = "\u{FFFD}"

    /// Whether the next byte begins a scalar.
    var isIdle: Bool { missing == 0 }

    /// Returns the scalars that are complete with `byte`: none, one, or the mark for a broken one and `byte`'s own.
    mutating func consume(_ byte: UInt8) -> [Unicode.Scalar] {
        guard missing > 0 else { return begin(byte) }
        guard allowed.contains(byte) else {
            missing = 0
            return [Self.replacement] + begin(byte)
        }
        allowed = 0x80...0xBF
        value = value << 6 | UInt32(byte & 0x3F)
        missing -= 1
        return missing == 0 ? [Unicode.Scalar(value) ?? Self.replacement] : []
    }

    /// Returns the mark for a scalar that was begun and never ended.
    mutating func finish() -> Unicode.Scalar? {
        defer { missing = 0 }
        return missing > 0 ? Self.replacement : nil
    }

    private mutating func begin(_ byte: UInt8) -> [Unicode.Scalar] {
        allowed = 0x80...0xBF
        switch byte {
        case 0x00...0x7F: return [Unicode.Scalar(byte)]
        case 0xC2...0xDF: expect(1, from: byte & 0x1F)
        case 0xE0...0xEF:
            expect(2, from: byte & 0x0F)
            if byte == 0xE0 { allowed = 0xA0...0xBF }
            if byte == 0xED { allowed = 0x80...0x9F }
        case 0xF0...0xF4:
            expect(3, from: byte & 0x07)
            if byte == 0xF0 { allowed = 0x90...0xBF }
            if byte == 0xF4 { allowed = 0x80...0x8F }
        default: return [Self.replacement]
        }
        return []
    }

    private mutating func expect(_ count: Int, from bits: UInt8) {
        missing = count
        value = UInt32(bits)
    }
}
