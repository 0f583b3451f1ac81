/// The escapes in JSON strings.
enum JSONEscapes {
    struct Invalid: Error {
        /// Of the byte that cannot stand there.
        var offset: Int
    }

    /// Returns the string that `content`, what stands between the quotes, means.
    static func decode(_ content: UnsafeBufferPointer<UInt8>) throws(Invalid) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(content.count)
        var position = 0
        while position < content.count {
            let next = JSONBytes.indexOfQuoteOrBackslash(in: content, from: position)
            bytes.append(contentsOf: content[position..<next])
            position = next
            if position < content.count { position = try decodeEscape(in: content, at: position, into: &bytes) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Decodes the escape at `start` and returns the position after it.
    private static func decodeEscape(
        in content: UnsafeBufferPointer<UInt8>,
        at start: Int,
        into bytes: inout [UInt8]
    ) throws(Invalid) -> Int {
        // A backslash never stands last: it would have escaped the closing quote.
        let kind = content[start + 1]
        if kind == UInt8(ascii: "u") { return try decodeUnicode(in: content, at: start, into: &bytes) }
        guard let byte = simple(kind) else { throw Invalid(offset: start + 1) }
        bytes.append(byte)
        return start + 2
    }

    private static func simple(_ kind: UInt8) -> UInt8? {
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): kind
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "t"): 0x09
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        default: nil
        }
    }

    private static func decodeUnicode(
        in content: UnsafeBufferPointer<UInt8>,
        at start: Int,
        into bytes: inout [UInt8]
    ) throws(Invalid) -> Int {
        let unit = try codeUnit(in: content, at: start)
        guard let low = secondHalf(of: unit, in: content, at: start + 6) else {
            append(Unicode.Scalar(unit) ?? "\u{FFFD}", to: &bytes)
            return start + 6
        }
        let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(low) - 0xDC00
        append(Unicode.Scalar(value) ?? "\u{FFFD}", to: &bytes)
        return start + 12
    }

    /// The low surrogate that follows a high one; `nil` where `unit` is none or stands alone.
    private static func secondHalf(
        of unit: UInt16,
        in content: UnsafeBufferPointer<UInt8>,
        at position: Int
    ) -> UInt16? {
        guard (0xD800...0xDBFF).contains(unit), position + 6 <= content.count,
            content[position] == UInt8(ascii: "\\"), content[position + 1] == UInt8(ascii: "u")
        else { return nil }
        // Digits that are none are found, and reported, when their turn comes.
        guard let low = try? codeUnit(in: content, at: position), (0xDC00...0xDFFF).contains(low) else { return nil }
        return low
    }

    /// The four digits after `\u`.
    private static func codeUnit(in content: UnsafeBufferPointer<UInt8>, at start: Int) throws(Invalid) -> UInt16 {
        var unit: UInt16 = 0
        for position in start + 2..<start + 6 {
            guard position < content.count else { throw Invalid(offset: content.count - 1) }
            guard let digit = Character(Unicode.Scalar(content[position])).hexDigitValue else {
                throw Invalid(offset: position)
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
    }
}
