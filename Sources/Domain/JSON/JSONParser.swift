import Glibc

/// Why a text is not JSON, and at which byte.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Problem: String, Hashable, Sendable {
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "there is a byte that does not belong"
        case trailingBytes = "something follows the value"
        case tooDeep = "it is nested too deeply"
        case invalidNumber = "a number is malformed"
        case invalidEscape = "an escape in a string is malformed"
    }

    package var problem: Problem
    /// Counted from 0.
    package var offset: Int

    package var description: String { "Not JSON: \(problem.rawValue) (at byte \(offset))." }
}

/// Reads JSON as agents print it.
///
/// Strict about structure. Generous inside strings: invalid UTF-8 and lone surrogates become U+FFFD, since a record must
/// not be lost because a program printed a binary file.
package struct JSONParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var depth = 0
    private static let deepest = 512

    /// Parses the one value in `bytes`; blanks around it are allowed.
    package static func parse(_ bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.parseValue()
        parser.skipBlanks()
        guard parser.position == bytes.count else { throw parser.error(.trailingBytes) }
        return value
    }

    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        let result: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { buffer in
            do throws(JSONError) {
                return .success(try parse(buffer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    private func error(_ problem: JSONError.Problem) -> JSONError {
        JSONError(problem: position < bytes.count ? problem : problem == .trailingBytes ? problem : .unexpectedEnd,
            offset: position)
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func parseValue() throws(JSONError) -> JSONValue {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in try parser.parseObject() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONError) in try parser.parseArray() }
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: return try parseNumber()
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        guard depth < Self.deepest else { throw error(.tooDeep) }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func parseObject() throws(JSONError) -> JSONValue {
        position += 1
        var members: [JSONMember] = []
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw error(.unexpectedByte) }
            let key = try parseString()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw error(.unexpectedByte) }
            members.append(JSONMember(key: key, value: try parseValue()))
            skipBlanks()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw error(.unexpectedByte) }
        }
    }

    private mutating func parseArray() throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try parseValue())
            skipBlanks()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw error(.unexpectedByte) }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count, let base = bytes.baseAddress,
            memcmp(base + position, word.utf8Start, word.utf8CodeUnitCount) == 0
        else { throw error(.unexpectedByte) }
        position = end
        return value
    }
}

// MARK: - Numbers

extension JSONParser {
    private mutating func parseNumber() throws(JSONError) -> JSONValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let integerStart = position
        skipDigits()
        guard position > integerStart else { throw error(.unexpectedByte) }
        guard bytes[integerStart] != UInt8(ascii: "0") || position == integerStart + 1 else {
            throw error(.invalidNumber)
        }
        let isFractional = try skipFraction()
        let isExponential = try skipExponent()
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if !isFractional, !isExponential, let integer = Int64(text) { return .integer(integer) }
        return .number(strtod(text, nil))
    }

    private mutating func skipDigits() {
        while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    }

    private mutating func skipFraction() throws(JSONError) -> Bool {
        guard take(UInt8(ascii: ".")) else { return false }
        let start = position
        skipDigits()
        guard position > start else { throw error(.invalidNumber) }
        return true
    }

    private mutating func skipExponent() throws(JSONError) -> Bool {
        guard take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) else { return false }
        if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
        let start = position
        skipDigits()
        guard position > start else { throw error(.invalidNumber) }
        return true
    }
}

// MARK: - Strings

extension JSONParser {
    private mutating func parseString() throws(JSONError) -> String {
        position += 1
        let start = position
        guard let end = plainEnd(from: start) else { throw JSONError(problem: .unexpectedEnd, offset: bytes.count) }
        guard bytes[end] == UInt8(ascii: "\\") else {
            position = end + 1
            return String(decoding: bytes[start..<end], as: UTF8.self)
        }
        return try parseEscapedString(from: start, firstEscape: end)
    }

    /// The first quotation mark or backslash at or after `start`.
    private func plainEnd(from start: Int) -> Int? {
        var index = start
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return index }
            index += 1
        }
        return nil
    }

    private mutating func parseEscapedString(from start: Int, firstEscape: Int) throws(JSONError) -> String {
        var decoded = [UInt8](bytes[start..<firstEscape])
        position = firstEscape
        while true {
            guard let end = plainEnd(from: position) else {
                throw JSONError(problem: .unexpectedEnd, offset: bytes.count)
            }
            decoded.append(contentsOf: bytes[position..<end])
            position = end + 1
            if bytes[end] == UInt8(ascii: "\"") { return String(decoding: decoded, as: UTF8.self) }
            try appendEscape(to: &decoded)
        }
    }

    private mutating func appendEscape(to decoded: inout [UInt8]) throws(JSONError) {
        guard let kind = next else { throw error(.unexpectedEnd) }
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(kind)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"): decoded.append(contentsOf: String(try parseUnicodeEscape()).utf8)
        default: throw error(.invalidEscape)
        }
    }

    private mutating func parseUnicodeEscape() throws(JSONError) -> Character {
        let unit = try parseHexadecimal()
        guard (0xD800...0xDBFF).contains(unit) else { return Self.character(unit) }
        let mark = position
        guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            position = mark
            return "\u{FFFD}"
        }
        let low = try parseHexadecimal()
        guard (0xDC00...0xDFFF).contains(low) else {
            position = mark
            return "\u{FFFD}"
        }
        return Self.character(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    }

    private static func character(_ value: UInt32) -> Character {
        Unicode.Scalar(value).map(Character.init) ?? "\u{FFFD}"
    }

    private mutating func parseHexadecimal() throws(JSONError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw JSONError(problem: .unexpectedEnd, offset: bytes.count) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw error(.invalidEscape)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
