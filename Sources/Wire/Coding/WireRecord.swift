/// An object of the wire.
///
/// One list of its fields serves reading, writing and the documentation: none of them can forget one.
package protocol WireRecord: Hashable, Sendable {
    /// Makes one whose needed fields hold nothing that could be sent.
    init()

    /// What it is called in the documentation.
    static var recordName: String { get }
    /// What it is, in a sentence or more for the documentation.
    static var meaning: String { get }

    /// Shows all fields to the visitor, which may take or set their values.
    mutating func visit(_ fields: inout some FieldVisitor) throws(WireError)

    /// Throws where fields do not fit together.
    func validate() throws(WireError)
}

extension WireRecord {
    package func validate() throws(WireError) {}
}

/// A record that can be sent by itself.
package protocol WireMessage: WireRecord {
    /// The word in the field `type`.
    static var type: String { get }
}

extension WireMessage {
    package static var recordName: String { type }
}

/// Is shown the fields of a record, one after the other.
package protocol FieldVisitor {
    mutating func required<Value>(_ key: String, _ value: inout Value, _ codec: Codec<Value>, _ meaning: String)
        throws(WireError)

    /// What is `nil` is left out.
    mutating func optional<Value>(_ key: String, _ value: inout Value?, _ codec: Codec<Value>, _ meaning: String)
        throws(WireError)

    /// What is as `other` is left out.
    mutating func defaulted<Value: Equatable>(
        _ key: String,
        _ value: inout Value,
        _ codec: Codec<Value>,
        else other: Value,
        _ meaning: String
    ) throws(WireError)
}

extension FieldVisitor {
    /// A list that is left out where it is empty.
    mutating func list<Element: Equatable>(
        _ key: String,
        _ value: inout [Element],
        _ codec: Codec<[Element]>,
        _ meaning: String
    ) throws(WireError) {
        try defaulted(key, &value, codec, else: [], meaning)
    }
}
