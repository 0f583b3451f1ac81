import Domain

/// Sets the fields of a record from a JSON object, and passes over what it does not know.
struct FieldReader: FieldVisitor {
    private let members: [String: JSONValue]

    static func read<Record: WireRecord>(_ json: JSONValue) throws(WireError) -> Record {
        var reader = FieldReader(members: try members(of: json))
        var record = Record()
        try record.visit(&reader)
        try record.validate()
        return record
    }

    static func members(of json: JSONValue) throws(WireError) -> [String: JSONValue] {
        guard let list = json.object else {
            throw .field(path: "", .wrongKind(expected: "an object", found: json.kindWords))
        }
        var members: [String: JSONValue] = [:]
        members.reserveCapacity(list.count)
        for member in list where members.updateValue(member.value, forKey: member.key) != nil {
            throw .field(path: String(member.key.prefix(FieldProblem.foundLimit)), .repeated)
        }
        return members
    }

    mutating func required<Value>(_ key: String, _ value: inout Value, _ codec: Codec<Value>, _ meaning: String)
        throws(WireError)
    {
        guard let json = members[key] else { throw .field(path: key, .missing) }
        value = try read(json, key, codec)
    }

    mutating func optional<Value>(_ key: String, _ value: inout Value?, _ codec: Codec<Value>, _ meaning: String)
        throws(WireError)
    {
        guard let json = members[key], !json.isNull else { return }
        value = try read(json, key, codec)
    }

    mutating func defaulted<Value: Equatable>(
        _ key: String,
        _ value: inout Value,
        _ codec: Codec<Value>,
        else other: Value,
        _ meaning: String
    ) throws(WireError) {
        guard let json = members[key], !json.isNull else {
            value = other
            return
        }
        value = try read(json, key, codec)
    }

    private func read<Value>(_ json: JSONValue, _ key: String, _ codec: Codec<Value>) throws(WireError) -> Value {
        do throws(WireError) {
            return try codec.read(json)
        } catch { throw error.within(key) }
    }
}
