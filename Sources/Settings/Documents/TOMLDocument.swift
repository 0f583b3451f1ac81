import Domain
import Glibc
import TOMLKit

/// A TOML file as a tree of plain values, with the lines of its keys.
struct TOMLDocument {
    let path: String
    let root: [JSONMember]
    private let lines: KeyLines

    /// Far above any real file.
    static let longest = 1 << 20

    /// Reads `file`; `Refusal` says why it is no TOML.
    init(_ file: ConfigurationFile) throws(ConfigurationProblem) {
        path = file.path
        let text = try Self.text(of: file)
        lines = KeyLines(text)
        // The parser recurses into dotted keys without a limit, and would end makima by using up the stack.
        guard lines.dots <= KeyLines.mostDots else {
            throw ConfigurationProblem(
                key: nil,
                origin: .file(path: path, line: nil),
                explanation: "it has more than \(KeyLines.mostDots) dots outside texts: no settings need so many."
            )
        }
        do {
            root = try TOMLTree.members(of: TOMLTable(string: text))
        } catch let error as TOMLParseError {
            throw ConfigurationProblem(
                key: nil,
                origin: .file(path: path, line: error.source.begin.line),
                explanation: "the TOML is wrong at line \(error.source.begin.line), column "
                    + "\(error.source.begin.column): \(error.description)"
            )
        } catch {
            throw ConfigurationProblem(
                key: nil,
                origin: .file(path: path, line: nil),
                explanation: "the TOML cannot be read: \(error)"
            )
        }
    }

    func origin(of keys: [String]) -> ConfigurationOrigin {
        .file(path: path, line: lines.line(of: keys))
    }

    private static func text(of file: ConfigurationFile) throws(ConfigurationProblem) -> String {
        func refuse(_ explanation: String, line: Int? = nil) -> ConfigurationProblem {
            ConfigurationProblem(key: nil, origin: .file(path: file.path, line: line), explanation: explanation)
        }
        guard file.bytes.count <= longest else {
            throw refuse("it has \(file.bytes.count) bytes, and may have \(longest) at most.")
        }
        let bytes = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? file.bytes.dropFirst(3) : file.bytes[...]
        if let zero = bytes.firstIndex(of: 0) {
            throw refuse("it has a NUL byte, which no text has.", line: line(of: zero, in: file.bytes))
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let valid = UTF8Prefix.count(of: bytes)
            throw refuse("it is not valid UTF-8.", line: line(of: bytes.startIndex + valid, in: file.bytes))
        }
        // The parser's strings end at a NUL, so that the rest of a value would be lost without a word.
        for escape in ["\\u0000", "\\U00000000"] where contains(escape, in: bytes) {
            throw refuse("it has the escape '\(escape)', and no setting may hold a NUL.")
        }
        return text
    }

    /// Looks for an escape; `memchr` passes over the text between backslashes.
    private static func contains(_ escape: String, in bytes: ArraySlice<UInt8>) -> Bool {
        let length = escape.utf8.count
        return bytes.withUnsafeBytes { buffer in
            guard var start = buffer.baseAddress else { return false }
            let end = start + buffer.count
            while let hit = memchr(start, Int32(UInt8(ascii: "\\")), end - start), end - UnsafeRawPointer(hit) >= length
            {
                if memcmp(hit, escape, length) == 0 { return true }
                start = UnsafeRawPointer(hit) + 1
            }
            return false
        }
    }

    private static func line(of offset: Int, in bytes: [UInt8]) -> Int {
        bytes[..<offset].count { $0 == 0x0A } + 1
    }
}

/// How much of a text is valid UTF-8.
enum UTF8Prefix {
    static func count(of bytes: ArraySlice<UInt8>) -> Int {
        var decoder = UTF8()
        var rest = bytes.makeIterator()
        var count = 0
        while case .scalarValue(let scalar) = decoder.decode(&rest) { count += UTF8.width(scalar) }
        return count
    }
}

/// Turns the parser's tree into plain values.
enum TOMLTree {
    /// A date, which no setting has.
    struct Unsupported: Error, CustomStringConvertible {
        var description: String
    }

    static func members(of table: TOMLTable) throws -> [JSONMember] {
        try table.keys.map { key in
            JSONMember(key: key, value: try value(of: table[key], key: key))
        }
    }

    private static func value(of node: (any TOMLValueConvertible)?, key: String) throws -> JSONValue {
        guard let node else { throw Unsupported(description: "the value of '\(key)' is lost.") }
        switch node.type {
        case .table: return .object(try node.table.map(members) ?? [])
        case .array: return .array(try node.array.map { try elements(of: $0, key: key) } ?? [])
        case .string: return node.string.map(JSONValue.string) ?? .null
        case .int: return node.int.map { .integer(Int64($0)) } ?? .null
        case .double: return node.double.map(JSONValue.number) ?? .null
        case .bool: return node.bool.map(JSONValue.bool) ?? .null
        case .date, .time, .dateTime:
            throw Unsupported(description: "the value of '\(key)' is a date or time, which no setting has.")
        }
    }

    private static func elements(of array: TOMLArray, key: String) throws -> [JSONValue] {
        try (0..<array.count).map { try value(of: array[$0], key: key) }
    }
}
