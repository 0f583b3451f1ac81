/// Finds the lines on which the keys of a TOML text stand, which the parser does not tell.
///
/// It reads statements only as far as that needs; on a text that is no TOML it finds what it finds.
struct KeyLines {
    /// The dots outside texts and comments: the sum of the depths of all dotted keys is not above it.
    private(set) var dots = 0
    private var lines: [[String]: Int] = [:]
    private var tables: [[String]: Int] = [:]
    private var header: [String] = []
    private var scanner: Scanner

    /// Real files have some dozens; the tests let the parser recurse this deep.
    static let mostDots = 1000

    init(_ text: String) {
        scanner = Scanner(text: Array(text.utf8))
        while scanner.skipToStatement() { statement() }
        dots = scanner.dots
        scanner = Scanner(text: [])
    }

    /// The line of `keys`, or of the innermost table around them that is known.
    func line(of keys: [String]) -> Int? {
        var keys = keys
        while !keys.isEmpty {
            if let line = lines[keys] { return line }
            keys.removeLast()
        }
        return nil
    }

    private mutating func statement() {
        let line = scanner.line
        guard scanner.byte == UInt8(ascii: "[") else {
            // Deeper keys than any setting has are not worth their memory.
            let keys = header + scanner.takeKey().prefix(4)
            scanner.skipValue()
            note(keys, line)
            return
        }
        scanner.advance()
        let isElement = scanner.byte == UInt8(ascii: "[")
        if isElement { scanner.advance() }
        header = Array(scanner.takeKey().prefix(4))
        if isElement {
            tables[header, default: -1] += 1
            header.append(String(tables[header, default: 0]))
        }
        scanner.skipValue()
        note(header, line)
    }

    private mutating func note(_ keys: [String], _ line: Int) {
        if lines[keys] == nil { lines[keys] = line }
    }
}

extension KeyLines {
    /// Walks over the bytes of a TOML text.
    private struct Scanner {
        let text: [UInt8]
        var position = 0
        var line = 1
        var dots = 0

        init(text: [UInt8]) {
            self.text = text
        }

        var byte: UInt8? { position < text.count ? text[position] : nil }

        mutating func advance() {
            if byte == 0x0A { line += 1 }
            if byte == UInt8(ascii: ".") { dots += 1 }
            position += 1
        }

        /// Passes over blank lines and comments; `false` at the end.
        mutating func skipToStatement() -> Bool {
            while let byte {
                if byte == UInt8(ascii: "#") {
                    skipComment()
                } else if isBlank(byte) {
                    advance()
                } else {
                    return true
                }
            }
            return false
        }

        mutating func takeKey() -> [String] {
            var keys: [String] = []
            while true {
                skipBlanks()
                keys.append(takePart())
                skipBlanks()
                guard byte == UInt8(ascii: ".") else { return keys }
                advance()
            }
        }

        /// Passes over the rest of a statement: what stands in brackets and texts may go over many lines.
        mutating func skipValue() {
            var depth = 0
            while let byte {
                switch byte {
                case UInt8(ascii: "#"): skipComment()
                case UInt8(ascii: "\""), UInt8(ascii: "'"): skipText(quote: byte)
                case 0x0A:
                    advance()
                    if depth <= 0 { return }
                default:
                    depth += step(byte)
                    advance()
                }
            }
        }

        private func step(_ byte: UInt8) -> Int {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): -1
            default: 0
            }
        }

        private mutating func takePart() -> String {
            let start = position
            if let quote = byte, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                skipText(quote: quote)
                return String(decoding: text[min(start + 1, position)..<max(start + 1, position - 1)], as: UTF8.self)
            }
            while let byte, isBare(byte) { advance() }
            return String(decoding: text[start..<position], as: UTF8.self)
        }

        private mutating func skipText(quote: UInt8) {
            let isLong = text[position...].starts(with: [quote, quote, quote])
            position += isLong ? 3 : 1
            while let byte {
                if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                    position += 1
                } else if !isLong, byte == quote || byte == 0x0A {
                    if byte == quote { position += 1 }
                    return
                } else if isLong, text[position...].starts(with: [quote, quote, quote]) {
                    position += 3
                    // Up to two quotes may stand before the closing three.
                    while self.byte == quote { position += 1 }
                    return
                }
                skipByteOfText()
            }
        }

        private mutating func skipByteOfText() {
            if byte == 0x0A { line += 1 }
            position += 1
        }

        private mutating func skipComment() {
            while let byte, byte != 0x0A { position += 1 }
        }

        private mutating func skipBlanks() {
            while let byte, byte != 0x0A, isBlank(byte) { advance() }
        }

        private func isBlank(_ byte: UInt8) -> Bool {
            byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
        }

        private func isBare(_ byte: UInt8) -> Bool {
            StrictValue.isLetter(byte) || StrictValue.isDigit(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "-")
        }
    }
}
