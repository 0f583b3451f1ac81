/// Reads JSON texts (RFC 8259), made for lines that programs print.
///
/// It forgives what loses nothing: bytes that are not UTF-8 and halves of surrogate pairs become U+FFFD, control
/// characters may stand in strings, numbers too large for a `Double` become the largest one.
package struct JSONParser {
    private let text: UnsafeBufferPointer<UInt8>
    private let depthLimit: Int
    private var position = 0
    private var depth = 0

    /// How deep arrays and objects may be nested: far beyond any real output, and far from using up the stack.
    package static let defaultDepthLimit = 256

    private init(_ text: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
        self.text = text
        self.depthLimit = depthLimit
    }

    /// Returns the one value that `bytes` hold, between blanks.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        depthLimit: Int = defaultDepthLimit
    ) throws(JSONError) -> JSONValue {
        try parse(bytes.bindMemory(to: UInt8.self), depthLimit: depthLimit)
    }

    /// Returns the one value that `bytes` hold, between blanks.
    package static func parse(
        _ bytes: [UInt8],
        depthLimit: Int = defaultDepthLimit
    ) throws(JSONError) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) in
            try parse(buffer, depthLimit: depthLimit)
        }
    }

    /// Returns the one value that `text` holds, between blanks.
    package static func parse(_ text: String, depthLimit: Int = defaultDepthLimit) throws(JSONError) -> JSONValue {
        try parse(Array(text.utf8), depthLimit: depthLimit)
    }

    private static func parse(
        _ buffer: UnsafeBufferPointer<UInt8>,
        depthLimit: Int
    ) throws(JSONError) -> JSONValue {
        var parser = JSONParser(buffer, depthLimit: depthLimit)
        let value = try parser.value()
        parser.skipBlanks()
        guard parser.position == buffer.count else { throw .trailingBytes(offset: parser.position) }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch try next() {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return .object(try members())
        case UInt8(ascii: "["): return .array(try elements())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let byte: throw .unexpectedByte(byte, offset: position)
        }
    }

    private mutating func members() throws(JSONError) -> [JSONMember] {
        try enter()
        var members: [JSONMember] = []
        if try next() == UInt8(ascii: "}") { return leave(with: members) }
        while true {
            guard try next() == UInt8(ascii: "\"") else { throw unexpected() }
            let key = try string()
            guard try next() == UInt8(ascii: ":") else { throw unexpected() }
            position += 1
            members.append(JSONMember(key: key, value: try value()))
            if try isLast(before: UInt8(ascii: "}")) { return leave(with: members) }
        }
    }

    private mutating func elements() throws(JSONError) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        if try next() == UInt8(ascii: "]") { return leave(with: elements) }
        while true {
            elements.append(try value())
            if try isLast(before: UInt8(ascii: "]")) { return leave(with: elements) }
        }
    }

    private mutating func enter() throws(JSONError) {
        guard depth < depthLimit else { throw .tooDeep(limit: depthLimit) }
        depth += 1
        position += 1
    }

    private mutating func leave<Content>(with content: Content) -> Content {
        depth -= 1
        position += 1
        return content
    }

    /// Whether `closing` follows; a comma is passed over.
    private mutating func isLast(before closing: UInt8) throws(JSONError) -> Bool {
        let byte = try next()
        if byte == closing { return true }
        guard byte == UInt8(ascii: ",") else { throw unexpected() }
        position += 1
        return false
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard position < text.count else { throw .unexpectedEnd }
            guard text[position] == word.utf8Start[index] else { throw unexpected() }
            position += 1
        }
        return value
    }

    private mutating func string() throws(JSONError) -> String {
        let start = position + 1
        let (end, hasEscapes) = JSONBytes.endOfString(in: text, from: start)
        guard end < text.count else { throw .unexpectedEnd }
        position = end + 1
        let content = UnsafeBufferPointer(rebasing: text[start..<end])
        do {
            return try JSONEscapes.string(content, hasEscapes: hasEscapes)
        } catch {
            throw .unexpectedByte(content[error.offset], offset: start + error.offset)
        }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        if text[position] == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        try digits()
        if text[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
            throw .unexpectedByte(text[firstDigit + 1], offset: firstDigit + 1)
        }
        let isWhole = try !fractionAndExponent()
        // The bytes are digits, signs, a point and 'e'.
        let written = String(decoding: text[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(written) { return .integer(integer) }
        let double = Double(written) ?? 0
        return .number(
            double.isFinite ? double : double < 0 ? -Double.greatestFiniteMagnitude : .greatestFiniteMagnitude
        )
    }

    /// Passes over `.5` and `e+3`; returns whether there was any.
    private mutating func fractionAndExponent() throws(JSONError) -> Bool {
        let start = position
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < text.count, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        return position > start
    }

    /// Passes over one digit or more.
    private mutating func digits() throws(JSONError) {
        guard position < text.count else { throw .unexpectedEnd }
        guard JSONBytes.isDigit(text[position]) else { throw unexpected() }
        while position < text.count, JSONBytes.isDigit(text[position]) { position += 1 }
    }

    /// The next byte that is no blank; it is not passed over.
    private mutating func next() throws(JSONError) -> UInt8 {
        skipBlanks()
        guard position < text.count else { throw .unexpectedEnd }
        return text[position]
    }

    private mutating func skipBlanks() {
        while position < text.count, JSONBytes.isBlank(text[position]) { position += 1 }
    }

    private func unexpected() -> JSONError {
        .unexpectedByte(text[position], offset: position)
    }
}
