import Domain
import Glibc

/// Takes from a line that is a JSON object the members that are asked for, and passes over the rest: most of what an
/// agent prints is said twice or needed by nobody, and parsing it would cost three times as much.
///
/// What is passed over is only looked at as far as is needed to find its end, so it may be broken inside. The object
/// itself must be whole.
struct RecordMembers {
    private let text: UnsafeBufferPointer<UInt8>
    private var position = 0

    private init(_ text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    /// Returns the members of `line` whose keys are in `wanted`, and `nil` where it is not one whole JSON object.
    ///
    /// A key that is written with escapes is not recognised; no agent writes one so.
    static func read(_ line: [UInt8], wanted: RecordKeys) -> JSONValue? {
        line.withUnsafeBufferPointer { buffer in
            var reader = RecordMembers(buffer)
            return reader.object(wanted: wanted)
        }
    }

    private mutating func object(wanted: RecordKeys) -> JSONValue? {
        guard take(UInt8(ascii: "{")) else { return nil }
        if take(UInt8(ascii: "}")) { return isAtEnd ? .object([]) : nil }
        var members: [JSONMember] = []
        while let key = string() {
            guard take(UInt8(ascii: ":")), let value = value() else { return nil }
            if let name = wanted.name(of: text[key]) {
                // A member that is broken breaks the record.
                guard let parsed = try? JSONParser.parse(UnsafeRawBufferPointer(rebasing: raw(value))) else {
                    return nil
                }
                members.append(JSONMember(key: name, value: parsed))
            }
            if take(UInt8(ascii: "}")) { return isAtEnd ? .object(members) : nil }
            guard take(UInt8(ascii: ",")) else { return nil }
        }
        return nil
    }

    private func raw(_ range: Range<Int>) -> Slice<UnsafeRawBufferPointer> {
        UnsafeRawBufferPointer(text)[range]
    }

    private var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return position == text.count
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    /// Passes over a string; returns where its content is.
    private mutating func string() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = position
        while let quote = nextQuote() {
            position = quote + 1
            if !isEscaped(quote, since: start) { return start..<quote }
        }
        return nil
    }

    /// Passes over a value; returns where it is.
    private mutating func value() -> Range<Int>? {
        skipBlanks()
        guard position < text.count else { return nil }
        let start = position
        switch text[position] {
        case UInt8(ascii: "\""): return string().map { _ in start..<position }
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested() ? start..<position : nil
        default:
            while position < text.count, !Self.endsWord(text[position]) { position += 1 }
            return position > start ? start..<position : nil
        }
    }

    private mutating func skipNested() -> Bool {
        var depth = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                guard string() != nil else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return true }
        }
        return false
    }

    private func nextQuote() -> Int? {
        guard position < text.count, let base = text.baseAddress,
            let found = memchr(base + position, Int32(UInt8(ascii: "\"")), text.count - position)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    /// Whether an odd number of backslashes stands before `quote`.
    private func isEscaped(_ quote: Int, since start: Int) -> Bool {
        var first = quote
        while first > start, text[first - 1] == UInt8(ascii: "\\") { first -= 1 }
        return (quote - first) % 2 == 1
    }

    private mutating func skipBlanks() {
        while position < text.count, Self.isBlank(text[position]) { position += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }
}

/// A set of keys that is asked by bytes.
struct RecordKeys: Sendable {
    private let names: [Int: [(bytes: [UInt8], name: String)]]

    init(_ names: [String]) {
        self.names = Dictionary(grouping: names.map { (Array($0.utf8), $0) }) { $0.0.count }
    }

    func name(of key: Slice<UnsafeBufferPointer<UInt8>>) -> String? {
        names[key.count]?.first { $0.bytes.elementsEqual(key) }?.name
    }
}
