/// Looks into a JSON text without building a value of it.
package enum JSONFields {
    /// The string that the outermost object has under the key `type`, wherever it stands; the first one if several.
    ///
    /// `nil` where there is none. What comes after it is not looked at, so a text that begins well and is broken later
    /// has a type too. A key written with escapes is not recognised.
    package static func topLevelType(of bytes: UnsafeRawBufferPointer) -> String? {
        var scanner = JSONSkipper(bytes.bindMemory(to: UInt8.self))
        guard scanner.take(UInt8(ascii: "{")) else { return nil }
        while let key = scanner.takeString() {
            guard scanner.take(UInt8(ascii: ":")) else { return nil }
            if scanner.isType(key) { return scanner.takeString().flatMap { scanner.decoded($0) } }
            guard scanner.skipValue(), scanner.take(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    /// The string that the outermost object has under the key `type`.
    package static func topLevelType(of bytes: [UInt8]) -> String? {
        bytes.withUnsafeBytes { topLevelType(of: $0) }
    }
}

/// Passes over JSON values.
///
/// Every function returns whether, or what, it found; it stays in place otherwise.
private struct JSONSkipper {
    let text: UnsafeBufferPointer<UInt8>
    var position = 0

    init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    /// The range of a string's content.
    mutating func takeString() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let end = JSONBytes.endOfString(in: text, from: position).end
        guard end < text.count else { return nil }
        defer { position = end + 1 }
        return position..<end
    }

    func isType(_ content: Range<Int>) -> Bool {
        content.count == 4 && text[content.lowerBound] == UInt8(ascii: "t")
            && text[content.lowerBound + 1] == UInt8(ascii: "y") && text[content.lowerBound + 2] == UInt8(ascii: "p")
            && text[content.lowerBound + 3] == UInt8(ascii: "e")
    }

    func decoded(_ content: Range<Int>) -> String? {
        // A broken escape makes it no string; there is nobody to tell here.
        try? JSONEscapes.decode(UnsafeBufferPointer(rebasing: text[content]))
    }

    mutating func skipValue() -> Bool {
        skipBlanks()
        guard position < text.count else { return false }
        switch text[position] {
        case UInt8(ascii: "\""): return takeString() != nil
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested()
        default: return skipWord()
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

    private mutating func skipWord() -> Bool {
        let start = position
        while position < text.count, text[position] != UInt8(ascii: ","), text[position] != UInt8(ascii: "}") {
            position += 1
        }
        return position > start
    }

    private mutating func skipBlanks() {
        while position < text.count, JSONBytes.isBlank(text[position]) { position += 1 }
    }
}
