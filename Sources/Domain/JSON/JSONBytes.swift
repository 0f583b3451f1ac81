/// Scanning of JSON texts as bytes, eight at a time.
///
/// In plain integer arithmetic: comparisons of Swift's SIMD types are a function call for each lane.
enum JSONBytes {
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    /// Finds the quote that ends the string whose content begins at `start`; `text.count` where there is none.
    static func endOfString(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> (end: Int, hasEscapes: Bool) {
        var position = start
        var hasEscapes = false
        while true {
            position = indexOfQuoteOrBackslash(in: text, from: position)
            guard position < text.count, text[position] == UInt8(ascii: "\\") else { return (position, hasEscapes) }
            hasEscapes = true
            position = min(position + 2, text.count)
        }
    }

    static func indexOfQuoteOrBackslash(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        while position + 8 <= text.count {
            let word = load(text, at: position)
            let hits = zeroBytes(of: word ^ quotes) | zeroBytes(of: word ^ backslashes)
            if hits != 0 { return position + hits.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < text.count, text[position] != UInt8(ascii: "\""), text[position] != UInt8(ascii: "\\") {
            position += 1
        }
        return position
    }

    /// Finds the next backslash; `text.count` where there is none.
    static func indexOfBackslash(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        while position + 8 <= text.count {
            let hits = zeroBytes(of: load(text, at: position) ^ backslashes)
            if hits != 0 { return position + hits.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < text.count, text[position] != UInt8(ascii: "\\") { position += 1 }
        return position
    }

    static func areEqual(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Bool {
        guard first.count == second.count else { return false }
        var position = 0
        while position + 8 <= first.count {
            guard
                first.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                    == second.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            else { return false }
            position += 8
        }
        while position < first.count {
            guard first[position] == second[position] else { return false }
            position += 1
        }
        return true
    }

    /// Finds the next quote or bracket of any kind; `text.count` where there is none.
    static func indexOfQuoteOrBracket(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        while position + 8 <= text.count {
            let word = load(text, at: position)
            // Brackets and braces differ in the bit 0x20 only.
            let folded = word | blanks
            let hits =
                zeroBytes(of: word ^ quotes) | zeroBytes(of: folded ^ openings) | zeroBytes(of: folded ^ closings)
            if hits != 0 { return position + hits.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < text.count, !isQuoteOrBracket(text[position]) { position += 1 }
        return position
    }

    private static func isQuoteOrBracket(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte | 0x20 == UInt8(ascii: "{") || byte | 0x20 == UInt8(ascii: "}")
    }

    /// The first byte becomes the lowest one.
    private static func load(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> UInt64 {
        UInt64(littleEndian: UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }

    /// Sets the top bit of the lowest byte that is zero, and none below it; bits above it may be wrong.
    private static func zeroBytes(of word: UInt64) -> UInt64 {
        (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
    }

    private static let quotes: UInt64 = 0x2222_2222_2222_2222
    private static let backslashes: UInt64 = 0x5C5C_5C5C_5C5C_5C5C
    private static let blanks: UInt64 = 0x2020_2020_2020_2020
    private static let openings: UInt64 = 0x7B7B_7B7B_7B7B_7B7B
    private static let closings: UInt64 = 0x7D7D_7D7D_7D7D_7D7D
}
