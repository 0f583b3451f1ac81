import Domain

/// How one kind of value stands in a message: what it is called, what is allowed, how it is read and written.
///
/// What is not allowed is refused on both ways, so that nobody sends what the other side cannot take.
package struct Codec<Value: Sendable>: Sendable {
    private let kindWords: @Sendable () -> String
    private let makeShape: @Sendable () -> FieldShape
    /// The record that it holds, for the documentation.
    let record: (any WireRecord.Type)?
    private let parse: @Sendable (JSONValue) throws(WireError) -> Value
    private let render: @Sendable (Value) throws(WireError) -> JSONValue

    /// Makes the codec of a value that is checked as a whole.
    init(
        _ kind: @autoclosure @escaping @Sendable () -> String,
        _ shape: @autoclosure @escaping @Sendable () -> FieldShape,
        parse: @escaping @Sendable (JSONValue) -> Value?,
        problem: @escaping @Sendable (Value) -> FieldProblem? = { _ in nil },
        render: @escaping @Sendable (Value) -> JSONValue
    ) {
        kindWords = kind
        makeShape = shape
        record = nil
        self.parse = { (json: JSONValue) throws(WireError) -> Value in
            guard let value = parse(json) else {
                throw .field(path: "", .wrongKind(expected: kind(), found: json.kindWords))
            }
            if let problem = problem(value) { throw .field(path: "", problem) }
            return value
        }
        self.render = { (value: Value) throws(WireError) -> JSONValue in
            if let problem = problem(value) { throw .field(path: "", problem) }
            return render(value)
        }
    }

    /// Makes the codec of a value with parts.
    init(
        _ kind: @autoclosure @escaping @Sendable () -> String,
        _ shape: @autoclosure @escaping @Sendable () -> FieldShape,
        of record: (any WireRecord.Type)?,
        read parse: @escaping @Sendable (JSONValue) throws(WireError) -> Value,
        write render: @escaping @Sendable (Value) throws(WireError) -> JSONValue
    ) {
        kindWords = kind
        makeShape = shape
        self.record = record
        self.parse = parse
        self.render = render
    }

    /// For the documentation and for errors; made only when asked for, because codecs are made for every field.
    var kind: String { kindWords() }

    /// The same for programs.
    var shape: FieldShape { makeShape() }

    func read(_ json: JSONValue) throws(WireError) -> Value { try parse(json) }

    func write(_ value: Value) throws(WireError) -> JSONValue { try render(value) }
}

extension Codec where Value == Bool {
    static var flag: Codec { Codec("true or false", .flag, parse: \.bool, render: { .bool($0) }) }
}

extension Codec where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Codec {
        Codec(
            "integer, \(range.lowerBound) to \(range.upperBound)",
            .integer(range),
            parse: { $0.strictInteger },
            problem: { range.contains($0) ? nil : .outOfRange($0, range) },
            render: { .integer(Int64($0)) }
        )
    }

    /// An amount of anything.
    static var count: Codec { integer(0...WireLimits.integer) }
    /// The number of something that is counted from 1.
    static var ordinal: Codec { integer(1...WireLimits.integer) }
}

extension Codec where Value == Timestamp {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    static var time: Codec {
        Codec(
            "time",
            .integer(0...WireLimits.time),
            parse: { $0.strictInteger.map { Timestamp(millisecondsSince1970: Int64($0)) } },
            problem: { time in
                let range = 0...WireLimits.time
                return range.contains(Int(time.millisecondsSince1970))
                    ? nil : .outOfRange(Int(time.millisecondsSince1970), range)
            },
            render: { .integer($0.millisecondsSince1970) }
        )
    }
}

extension Codec where Value == Duration {
    /// Whole milliseconds, up to some hundred years.
    static var milliseconds: Codec {
        Codec(
            "milliseconds",
            .integer(0...WireLimits.time),
            parse: { $0.strictInteger.map { Duration.milliseconds($0) } },
            problem: { duration in
                let range = 0...WireLimits.time
                return range.contains(Int(duration.milliseconds)) ? nil : .outOfRange(Int(duration.milliseconds), range)
            },
            render: { .integer($0.milliseconds) }
        )
    }
}

extension Codec where Value == USD {
    static var microdollars: Codec {
        Codec(
            "microdollars",
            .integer(0...WireLimits.integer),
            parse: { $0.strictInteger.map { USD(microdollars: Int64($0)) } },
            problem: { amount in
                let range = 0...WireLimits.integer
                return range.contains(Int(amount.microdollars)) ? nil : .outOfRange(Int(amount.microdollars), range)
            },
            render: { .integer($0.microdollars) }
        )
    }
}

extension Codec where Value == [UInt8] {
    /// Bytes as base 64 (RFC 4648, 4), with padding and without anything that does not belong to it.
    static func bytes(upTo limit: Int) -> Codec {
        Codec(
            "base64, up to \(limit) bytes",
            .base64(upTo: limit),
            of: nil,
            read: { (json: JSONValue) throws(WireError) -> [UInt8] in
                guard let text = json.string else {
                    throw .field(path: "", .wrongKind(expected: "base64", found: json.kindWords))
                }
                guard let bytes = Base64.decoded(text) else { throw .field(path: "", .malformed(text, as: .base64)) }
                guard bytes.count <= limit else { throw .field(path: "", .tooLong(bytes: bytes.count, limit: limit)) }
                return bytes
            },
            write: { (bytes: [UInt8]) throws(WireError) -> JSONValue in
                guard bytes.count <= limit else { throw .field(path: "", .tooLong(bytes: bytes.count, limit: limit)) }
                return .string(Base64.encoded(bytes))
            }
        )
    }
}

extension Codec where Value: WireWord {
    /// One of the words of a closed list.
    static var word: Codec {
        Codec(
            Value.allValues.map { "`\($0.wireWord)`" }.joined(separator: ", "),
            .words(Value.allValues.map(\.wireWord)),
            of: nil,
            read: { (json: JSONValue) throws(WireError) -> Value in
                guard let text = json.string else {
                    throw .field(path: "", .wrongKind(expected: "text", found: json.kindWords))
                }
                guard let value = Value(wireWord: text) else {
                    let found = String(text.prefix(FieldProblem.foundLimit))
                    throw .field(path: "", .unknownWord(found: found, known: Value.allValues.map(\.wireWord)))
                }
                return value
            },
            write: { (value: Value) throws(WireError) -> JSONValue in .string(value.wireWord) }
        )
    }
}

extension Codec where Value: WireRecord {
    static var record: Codec {
        Codec(
            Value.recordName,
            .record(Value.recordName),
            of: Value.self,
            read: { (json: JSONValue) throws(WireError) -> Value in try FieldReader.read(json) },
            write: { (value: Value) throws(WireError) -> JSONValue in
                .object(try FieldWriter.members(of: value))
            }
        )
    }
}

extension Codec {
    static func list<Element: Sendable>(_ element: Codec<Element>, upTo limit: Int) -> Codec
    where Value == [Element] {
        Codec(
            "list of up to \(limit): \(element.kind)",
            .list(element.shape, upTo: limit),
            of: element.record,
            read: { (json: JSONValue) throws(WireError) -> [Element] in
                guard let values = json.array else {
                    throw .field(path: "", .wrongKind(expected: "a list", found: json.kindWords))
                }
                guard values.count <= limit else {
                    throw .field(path: "", .tooMany(count: values.count, limit: limit))
                }
                return try values.mapWithIndex { (value: JSONValue) throws(WireError) in try element.read(value) }
            },
            write: { (values: [Element]) throws(WireError) -> JSONValue in
                guard values.count <= limit else {
                    throw .field(path: "", .tooMany(count: values.count, limit: limit))
                }
                return .array(
                    try values.mapWithIndex { (value: Element) throws(WireError) in try element.write(value) }
                )
            }
        )
    }

    /// An object whose keys are not known beforehand.
    static func table<Element: Sendable>(_ element: Codec<Element>, upTo limit: Int) -> Codec
    where Value == [String: Element] {
        let key = Codec<String>.label
        return Codec(
            "object of up to \(limit): \(element.kind)",
            .table(element.shape, upTo: limit),
            of: element.record,
            read: { (json: JSONValue) throws(WireError) -> [String: Element] in
                let members = try FieldReader.members(of: json)
                guard members.count <= limit else {
                    throw .field(path: "", .tooMany(count: members.count, limit: limit))
                }
                var table: [String: Element] = [:]
                for (name, value) in members {
                    do throws(WireError) {
                        table[try key.read(.string(name))] = try element.read(value)
                    } catch { throw error.within(String(name.prefix(FieldProblem.foundLimit))) }
                }
                return table
            },
            write: { (table: [String: Element]) throws(WireError) -> JSONValue in
                var members: [JSONMember] = []
                for (name, value) in table.sorted(by: { $0.key < $1.key }) {
                    _ = try key.write(name)
                    members.append(JSONMember(key: name, value: try element.write(value)))
                }
                return .object(members)
            }
        )
    }
}

extension Array {
    fileprivate func mapWithIndex<Result>(
        _ transform: (Element) throws(WireError) -> Result
    ) throws(WireError) -> [Result] {
        var results: [Result] = []
        results.reserveCapacity(count)
        for (index, element) in enumerated() {
            do throws(WireError) {
                results.append(try transform(element))
            } catch { throw error.within("[\(index)]") }
        }
        return results
    }
}

extension JSONValue {
    /// A number that is written without fraction and exponent, and fits.
    var strictInteger: Int? {
        guard case .integer(let value) = self else { return nil }
        return Int(exactly: value)
    }

    var kindWords: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer: "an integer"
        case .number: "a number with a fraction, or too large"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension FieldProblem {
    static func outOfRange(_ found: Int, _ range: ClosedRange<Int>) -> FieldProblem {
        .outOfRange(found: Int64(found), lowest: Int64(range.lowerBound), highest: Int64(range.upperBound))
    }
}

extension Codec where Value == JSONValue {
    /// Whatever it is, as it is.
    static var anything: Codec {
        Codec("any JSON value", .anything, parse: { $0 }, render: { $0 })
    }
}
