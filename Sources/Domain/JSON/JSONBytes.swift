/// Scanning of JSON texts as bytes, sixteen at a time.
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
        while position + 16 <= text.count {
            let block = load(text, at: position)
            let hits = (block .== UInt8(ascii: "\"")) .| (block .== UInt8(ascii: "\\"))
            if any(hits) { return position + firstIndex(of: hits) }
            position += 16
        }
        while position < text.count, text[position] != UInt8(ascii: "\""), text[position] != UInt8(ascii: "\\") {
            position += 1
        }
        return position
    }

    /// Finds the next quote or bracket of any kind; `text.count` where there is none.
    static func indexOfQuoteOrBracket(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        var position = start
        while position + 16 <= text.count {
            let block = load(text, at: position)
            // Brackets and braces differ in the bit 0x20 only.
            let folded = block | 0x20
            let hits =
                (block .== UInt8(ascii: "\"")) .| (folded .== UInt8(ascii: "{")) .| (folded .== UInt8(ascii: "}"))
            if any(hits) { return position + firstIndex(of: hits) }
            position += 16
        }
        while position < text.count, !isQuoteOrBracket(text[position]) { position += 1 }
        return position
    }

    private static func isQuoteOrBracket(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte | 0x20 == UInt8(ascii: "{") || byte | 0x20 == UInt8(ascii: "}")
    }

    private static func load(_ text: UnsafeBufferPointer<UInt8>, at position: Int) -> SIMD16<UInt8> {
        UnsafeRawBufferPointer(text).loadUnaligned(fromByteOffset: position, as: SIMD16<UInt8>.self)
    }

    /// There is one, as the caller has seen.
    private static func firstIndex(of hits: SIMDMask<SIMD16<Int8>>) -> Int {
        var lanes = SIMD16<UInt8>(repeating: 0)
        lanes.replace(with: 0xFF, where: hits)
        let halves = unsafeBitCast(lanes, to: SIMD2<UInt64>.self)
        return halves[0] != 0 ? halves[0].trailingZeroBitCount / 8 : 8 + halves[1].trailingZeroBitCount / 8
    }
}
