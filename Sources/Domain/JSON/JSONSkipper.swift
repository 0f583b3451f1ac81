/// Passes over JSON values, looking no closer than is needed to find their ends.
///
/// Every function returns whether, or what, it found. Nothing recurses, so nesting costs no stack.
struct JSONSkipper {
    /// What stands between the quotes of a string.
    struct Content {
        var range: Range<Int>
        var hasEscapes: Bool
    }

    let text: UnsafeBufferPointer<UInt8>
    private(set) var position = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    func bytes(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: text[range])
    }

    func raw(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(bytes(range))
    }

    /// Whether nothing but blanks is left.
    var isAtEnd: Bool {
        mutating get { next() == nil }
    }

    /// The next byte that is no blank; it is not passed over.
    mutating func next() -> UInt8? {
        while position < text.count {
            let byte = text[position]
            guard JSONBytes.isBlank(byte) else { return byte }
            position += 1
        }
        return nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard next() == byte else { return false }
        position += 1
        return true
    }

    mutating func takeString() -> Content? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let (end, hasEscapes) = JSONBytes.endOfString(in: text, from: position)
        guard end < text.count else { return nil }
        defer { position = end + 1 }
        return Content(range: position..<end, hasEscapes: hasEscapes)
    }

    /// Passes over a value of any kind; returns where it is.
    mutating func takeValue() -> Range<Int>? {
        guard let first = next() else { return nil }
        let start = position
        switch first {
        case UInt8(ascii: "\""): return takeString().map { _ in start..<position }
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested() ? start..<position : nil
        default:
            while position < text.count, !Self.endsWord(text[position]) { position += 1 }
            return position > start ? start..<position : nil
        }
    }

    private mutating func skipNested() -> Bool {
        var depth = 0
        while true {
            position = JSONBytes.indexOfQuoteOrBracket(in: text, from: position)
            guard position < text.count else { return false }
            let byte = text[position]
            if byte == UInt8(ascii: "\"") {
                guard takeString() != nil else { return false }
                continue
            }
            position += 1
            depth += byte | 0x20 == UInt8(ascii: "{") ? 1 : -1
            if depth == 0 { return true }
        }
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        JSONBytes.isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }
}
