/// The escapes in JSON strings.
enum JSONEscapes {
    struct Invalid: Error {
        /// Of the byte that cannot stand there.
        var offset: Int
    }

    /// Returns the string that `content` means, where it is known whether there are any escapes in it.
    static func string(_ content: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) throws(Invalid) -> String {
        hasEscapes ? try decode(content) : String(decoding: content, as: UTF8.self)
    }

    /// Returns the string that `content`, what stands between the quotes, means.
    static func decode(_ content: UnsafeBufferPointer<UInt8>) throws(Invalid) -> String {
        var failure: Invalid?
        // What is meant is never longer than how it is written.
        let text = String(unsafeUninitializedCapacity: content.count) { bytes in
            do throws(Invalid) {
                return try decode(content, into: bytes)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return text
    }

    /// Returns how many bytes were written.
    private static func decode(
        _ content: UnsafeBufferPointer<UInt8>,
        into bytes: UnsafeMutableBufferPointer<UInt8>
    ) throws(Invalid) -> Int {
        var position = 0
        var length = 0
        while true {
            let escape = JSONBytes.indexOfBackslash(in: content, from: position)
            length = copy(content[position..<escape], to: bytes, at: length)
            position = escape
            guard position < content.count else { return length }
            // A backslash never stands last: it would have escaped the closing quote.
            if let meant = simple(content[position + 1]) {
                bytes[length] = meant
                length += 1
                position += 2
                continue
            }
            let (scalar, size) = try unicode(in: content, at: position)
            position += size
            for unit in String(scalar).utf8 {
                bytes[length] = unit
                length += 1
            }
        }
    }

    /// Returns where the copy ends.
    private static func copy(
        _ part: Slice<UnsafeBufferPointer<UInt8>>,
        to bytes: UnsafeMutableBufferPointer<UInt8>,
        at start: Int
    ) -> Int {
        let end = start + part.count
        _ = UnsafeMutableBufferPointer(rebasing: bytes[start..<end])
            .update(fromContentsOf: UnsafeBufferPointer(rebasing: part))
        return end
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

    private static func unicode(
        in content: UnsafeBufferPointer<UInt8>,
        at start: Int
    ) throws(Invalid) -> (Unicode.Scalar, size: Int) {
        guard content[start + 1] == UInt8(ascii: "u") else { throw Invalid(offset: start + 1) }
        let unit = try codeUnit(in: content, at: start)
        guard let low = secondHalf(of: unit, in: content, at: start + 6) else {
            return (Unicode.Scalar(unit) ?? "\u{FFFD}", 6)
        }
        let value = 0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(low) - 0xDC00
        return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
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
}
