import Domain

/// Reads the members of one JSON object strictly: what is not asked for is refused at the end.
struct FieldReader {
    private let members: [JSONMember]
    private let path: String
    private var asked: Set<String> = []

    init(_ value: JSONValue, at path: String) throws(FieldError) {
        guard let members = value.object else { throw FieldError(field: path, problem: "expected an object") }
        self.members = members
        self.path = path
    }

    /// The value of `key`; `nil` where it is missing or null.
    mutating func optional<T>(_ key: String, _ kind: FieldKind<T>) throws(FieldError) -> T? {
        guard let value = given(key), !value.isNull else { return nil }
        guard let read = kind.read(value) else { throw problem(key, "expected \(kind.name)") }
        return read
    }

    mutating func required<T>(_ key: String, _ kind: FieldKind<T>) throws(FieldError) -> T {
        guard let value = try optional(key, kind) else { throw problem(key, "is missing") }
        return value
    }

    /// The value of `key` as it is, null included.
    mutating func given(_ key: String) -> JSONValue? {
        asked.insert(key)
        return members.last { $0.key == key }?.value
    }

    /// The object under `key`, read by `build`; `nil` where it is missing or null.
    mutating func object<T>(
        _ key: String,
        _ build: (inout FieldReader) throws(FieldError) -> T
    ) throws(FieldError) -> T? {
        guard let value = given(key), !value.isNull else { return nil }
        return try Self.object(value, at: place(key), build)
    }

    /// The objects of the array under `key`; empty where it is missing or null.
    mutating func objects<T>(
        _ key: String,
        _ build: (inout FieldReader) throws(FieldError) -> T
    ) throws(FieldError) -> [T] {
        var result: [T] = []
        for (index, element) in try (optional(key, .array) ?? []).enumerated() {
            result.append(try Self.object(element, at: "\(place(key))[\(index)]", build))
        }
        return result
    }

    /// Refuses the members that nobody asked for.
    func finish() throws(FieldError) {
        guard let unknown = members.first(where: { !asked.contains($0.key) }) else { return }
        throw problem(unknown.key, "is no field of a scenario")
    }

    func problem(_ key: String, _ text: String) -> FieldError {
        FieldError(field: place(key), problem: text)
    }

    private func place(_ key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    static func object<T>(
        _ value: JSONValue,
        at path: String,
        _ build: (inout FieldReader) throws(FieldError) -> T
    ) throws(FieldError) -> T {
        var reader = try FieldReader(value, at: path)
        let result = try build(&reader)
        try reader.finish()
        return result
    }
}

/// A field that is not what it should be.
struct FieldError: Error, Hashable {
    var field: String
    var problem: String
}

/// What kind of value a field holds, and its name for a person.
struct FieldKind<Value> {
    let name: String
    let read: (JSONValue) -> Value?
}

extension FieldKind {
    static var text: FieldKind<String> { FieldKind<String>(name: "a text") { $0.string } }
    static var integer: FieldKind<Int> { FieldKind<Int>(name: "a whole number") { $0.int } }
    static var number: FieldKind<Double> { FieldKind<Double>(name: "a number") { $0.double } }
    static var truth: FieldKind<Bool> { FieldKind<Bool>(name: "true or false") { $0.bool } }
    static var array: FieldKind<[JSONValue]> { FieldKind<[JSONValue]>(name: "an array") { $0.array } }
    static var any: FieldKind<JSONValue> { FieldKind<JSONValue>(name: "a value") { $0 } }

    static var seconds: FieldKind<Duration> {
        FieldKind<Duration>(name: "a number of seconds") { $0.double.map { .seconds($0) } }
    }

    static var texts: FieldKind<[String]> {
        FieldKind<[String]>(name: "an array of texts") { value in
            guard let elements = value.array else { return nil }
            let texts = elements.compactMap(\.string)
            return texts.count == elements.count ? texts : nil
        }
    }

    /// Names with texts, in their order.
    static var entries: FieldKind<[(key: String, value: String)]> {
        FieldKind<[(key: String, value: String)]>(name: "an object of texts") { value in
            guard let members = value.object else { return nil }
            let entries = members.compactMap { member in member.value.string.map { (key: member.key, value: $0) } }
            return entries.count == members.count ? entries : nil
        }
    }
}
