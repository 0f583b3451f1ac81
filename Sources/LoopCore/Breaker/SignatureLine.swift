/// One line of an error, whose volatile parts are taken out from left to right.
struct SignatureLine {
    private let text: [UInt8]
    private var position = 0
    private var result: [UInt8] = []

    private init(_ text: [UInt8]) {
        self.text = text
    }

    /// Returns the line with `<…>` in place of each volatile part, and single blanks.
    static func normalise(_ text: [UInt8]) -> String {
        var line = SignatureLine(text)
        line.takeGutter()
        while line.position < text.count { line.takeNext() }
        while line.result.last == 0x20 { line.result.removeLast() }
        return String(decoding: line.result, as: UTF8.self)
    }

    /// Returns the line without what steers a terminal.
    static func withoutTerminalEscapes(_ text: [UInt8]) -> String {
        var result: [UInt8] = []
        var position = 0
        while position < text.count {
            if text[position] == 0x1B {
                position += VolatilePart.terminalEscape(at: position, in: text).length
                continue
            }
            if text[position] >= 0x20 || text[position] == 0x09 { result.append(text[position]) }
            position += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private mutating func takeNext() {
        if let part = VolatilePart.at(position, in: text) {
            result.append(contentsOf: text[position..<position + part.kept])
            result.append(contentsOf: part.replacement.utf8)
            position += part.length
            return
        }
        let byte = text[position]
        position += 1
        if byte == 0x20 || byte == 0x09 {
            if let last = result.last, last != 0x20 { result.append(0x20) }
        } else {
            result.append(byte)
        }
    }

    /// The line number before a source line that a compiler shows: `41 | let x = y`.
    private mutating func takeGutter() {
        let start = text.firstIndex { $0 != 0x20 } ?? 0
        let end = text.endOfDigits(from: start)
        guard end > start, let bar = text[end...].firstIndex(where: { $0 != 0x20 }), text[bar] == UInt8(ascii: "|")
        else { return }
        position = bar
    }
}

/// A part of a line that is different each time although the error is the same.
struct VolatilePart {
    /// In bytes.
    var length: Int
    /// How many of them stay, before the replacement.
    var kept = 0
    var replacement: String

    /// The volatile part that begins at `position`, if one does.
    static func at(_ position: Int, in text: [UInt8]) -> VolatilePart? {
        switch text[position] {
        case 0x1B:
            return terminalEscape(at: position, in: text)
        case UInt8(ascii: ":"), UInt8(ascii: "("), UInt8(ascii: "["):
            return place(at: position, in: text)
        case let byte where byte.isWordCharacter || byte == UInt8(ascii: "/"):
            guard position == 0 || !text[position - 1].isWordCharacter else { return nil }
            return byte.isDigit
                ? time(at: position, in: text) ?? id(at: position, in: text) ?? duration(at: position, in: text)
                    ?? job(at: position, in: text)
                : path(at: position, in: text) ?? labelled(at: position, in: text) ?? calendarDate(
                    at: position,
                    in: text
                )
                    ?? id(at: position, in: text)
        default:
            return nil
        }
    }

    static func terminalEscape(at start: Int, in text: [UInt8]) -> VolatilePart {
        guard start + 1 < text.count else { return VolatilePart(length: 1, replacement: "") }
        var end = start + 2
        switch text[start + 1] {
        case UInt8(ascii: "["):
            while end < text.count, !(0x40...0x7E).contains(text[end]) { end += 1 }
            end += 1
        case UInt8(ascii: "]"):
            while end < text.count, text[end] != 0x07, text[end] != 0x1B { end += 1 }
            if end < text.count, text[end] == 0x07 { end += 1 }
        default:
            break
        }
        return VolatilePart(length: min(end, text.count) - start, replacement: "")
    }
}

extension UInt8 {
    var isDigit: Bool { self &- 0x30 < 10 }
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
    var isWordCharacter: Bool { isDigit || isLetter || self == UInt8(ascii: "_") }
}

extension [UInt8] {
    func endOfDigits(from start: Int) -> Int {
        end(from: start, of: \.isDigit)
    }

    func endOfWord(from start: Int) -> Int {
        end(from: start, of: \.isWordCharacter)
    }

    func end(from start: Int, of isIncluded: (UInt8) -> Bool) -> Int {
        var end = start
        while end < count, isIncluded(self[end]) { end += 1 }
        return end
    }

    func byte(at index: Int) -> UInt8? {
        index < count ? self[index] : nil
    }

    /// Whether a word that ends at `end` ends there.
    func isBoundary(_ end: Int) -> Bool {
        !(byte(at: end)?.isWordCharacter ?? false)
    }

    func word(from start: Int) -> String {
        String(decoding: self[start..<endOfWord(from: start)], as: UTF8.self).lowercased()
    }
}
