/// The outline of a JSON object that is too long to be held.
///
/// Its own members, with `null` for each object or array inside, and long strings cut. So a final record is still read
/// when something in it has grown beyond all measure. Of a line that is no JSON object some bytes are kept that no
/// parser takes for one.
struct RecordOutline: Sendable {
    private(set) var bytes: [UInt8] = []
    private let stringLimit: Int
    private let limit: Int
    private var depth = 0
    private var string: StringState?

    init(stringLimit: Int = 1 << 20, limit: Int = 8 << 20) {
        self.stringLimit = stringLimit
        self.limit = limit
    }

    mutating func append(_ more: UnsafeRawBufferPointer) {
        var position = 0
        while position < more.count {
            if let string, depth != 1 || string.isCut {
                position = skipString(more, from: position)
            } else if string != nil {
                keepInString(more[position])
                position += 1
            } else {
                appendOutside(more[position])
                position += 1
            }
        }
    }

    private mutating func appendOutside(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""):
            string = StringState()
            keep(byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            for word in "null".utf8 { keep(word) }
            depth += 1
            keep(byte)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            keep(byte)
            depth -= 1
        default:
            keep(byte)
        }
    }

    private mutating func keepInString(_ byte: UInt8) {
        guard var string else { return }
        let isCutPoint = string.isBetweenUnits && byte & 0xC0 != 0x80
        let ends = string.take(byte)
        string.isCut = isCutPoint && string.length > stringLimit
        if ends || !string.isCut { keep(byte) }
        self.string = ends ? nil : string
    }

    /// Passes over what is not kept of a string; returns the position after it, or the end of `more`.
    private mutating func skipString(_ more: UnsafeRawBufferPointer, from start: Int) -> Int {
        guard var string else { return start }
        var position = start
        while position < more.count {
            let byte = more[position]
            position += 1
            if string.isAfterBackslash {
                string.isAfterBackslash = false
            } else if byte == UInt8(ascii: "\\") {
                string.isAfterBackslash = true
            } else if byte == UInt8(ascii: "\"") {
                keep(byte)
                self.string = nil
                return position
            }
        }
        self.string = string
        return position
    }

    private mutating func keep(_ byte: UInt8) {
        guard depth == 1, bytes.count < limit else { return }
        bytes.append(byte)
    }
}

/// Where one stands in a JSON string.
///
/// It is cut between characters and between escapes only, and never after `\uXXXX`, which may be the first half of a
/// pair.
private struct StringState: Sendable {
    var length = 0
    var isCut = false
    var isAfterBackslash = false
    private var hexDigitsLeft = 0
    private var isAfterUnicodeEscape = false

    var isBetweenUnits: Bool { !isAfterBackslash && hexDigitsLeft == 0 && !isAfterUnicodeEscape }

    /// Returns whether `byte` ends the string.
    mutating func take(_ byte: UInt8) -> Bool {
        length += 1
        if isAfterBackslash {
            isAfterBackslash = false
            hexDigitsLeft = byte == UInt8(ascii: "u") ? 4 : 0
        } else if hexDigitsLeft > 0 {
            hexDigitsLeft -= 1
            isAfterUnicodeEscape = hexDigitsLeft == 0
        } else {
            isAfterUnicodeEscape = false
            isAfterBackslash = byte == UInt8(ascii: "\\")
            return byte == UInt8(ascii: "\"")
        }
        return false
    }
}
