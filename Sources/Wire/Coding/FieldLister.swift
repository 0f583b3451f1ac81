import Domain

/// One field of a record, as the documentation shows it.
package struct FieldDescription: Hashable, Sendable {
    package var key: String
    package var kind: String
    package var shape: FieldShape
    package var presence: Presence
    package var meaning: String

    package enum Presence: Hashable, Sendable {
        case required
        case optional
        /// With the JSON text of what holds where it is left out.
        case defaulted(String)
    }
}

/// Notes which fields a record has, and which records these hold.
struct FieldLister: FieldVisitor {
    private(set) var fields: [FieldDescription] = []
    /// The records that fields hold, with the keys of these.
    private(set) var records: [(key: String, record: any WireRecord.Type)] = []

    /// Visiting a lister fails nowhere: it neither reads nor writes the record.
    static func list<Record: WireRecord>(_ type: Record.Type) throws(WireError) -> FieldLister {
        var lister = FieldLister()
        var record = Record()
        try record.visit(&lister)
        return lister
    }

    mutating func required<Value>(_ key: String, _ value: inout Value, _ codec: Codec<Value>, _ meaning: String)
        throws(WireError)
    {
        note(key, codec, .required, meaning)
    }

    mutating func optional<Value>(_ key: String, _ value: inout Value?, _ codec: Codec<Value>, _ meaning: String)
        throws(WireError)
    {
        note(key, codec, .optional, meaning)
    }

    mutating func defaulted<Value: Equatable>(
        _ key: String,
        _ value: inout Value,
        _ codec: Codec<Value>,
        else other: Value,
        _ meaning: String
    ) throws(WireError) {
        note(key, codec, .defaulted(JSONWriter.write(try codec.write(other))), meaning)
    }

    private mutating func note<Value>(
        _ key: String,
        _ codec: Codec<Value>,
        _ presence: FieldDescription.Presence,
        _ meaning: String
    ) {
        fields.append(
            FieldDescription(key: key, kind: codec.kind, shape: codec.shape, presence: presence, meaning: meaning)
        )
        if let record = codec.record { records.append((key, record)) }
    }
}
