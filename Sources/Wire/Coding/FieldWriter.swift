import Domain

/// Makes a JSON object of the fields of a record.
struct FieldWriter: FieldVisitor {
    private var members: [JSONMember] = []

    /// The members by key, so that the same record always makes the same text.
    static func members(of record: some WireRecord, type: String? = nil) throws(WireError) -> [JSONMember] {
        try record.validate()
        var writer = FieldWriter()
        var copy = record
        try copy.visit(&writer)
        if let type { writer.members.append(JSONMember(key: "type", value: .string(type))) }
        return writer.members.sorted { $0.key < $1.key }
    }

    mutating func required<Value>(_ key: String, _ value: inout Value, _ codec: Codec<Value>, _ meaning: String)
        throws(WireError)
    {
        do throws(WireError) {
            members.append(JSONMember(key: key, value: try codec.write(value)))
        } catch { throw error.within(key) }
    }

    mutating func optional<Value>(_ key: String, _ value: inout Value?, _ codec: Codec<Value>, _ meaning: String)
        throws(WireError)
    {
        guard var present = value else { return }
        try required(key, &present, codec, meaning)
    }

    mutating func defaulted<Value: Equatable>(
        _ key: String,
        _ value: inout Value,
        _ codec: Codec<Value>,
        else other: Value,
        _ meaning: String
    ) throws(WireError) {
        guard value != other else { return }
        try required(key, &value, codec, meaning)
    }
}
