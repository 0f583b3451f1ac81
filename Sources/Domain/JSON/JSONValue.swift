/// Any JSON value.
///
/// An object keeps its members in their order, and all of them where a key comes twice.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits.
    case integer(Int64)
    /// Any other number; finite when parsed.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// An object of members in the order in which they are written down.
    package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object(members.map { JSONMember(key: $0.key, value: $0.value) })
    }
}

/// One key of a JSON object and its value.
package struct JSONMember: Hashable, Sendable {
    package var key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
        self.key = key
        self.value = value
    }
}

/// Access without ceremony: `nil` where the value is of another kind.
extension JSONValue {
    /// The value of a key; of the last one where it comes twice, as most parsers have it.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        let length = key.utf8.count
        // Nearly all others differ in length, and to compare that is no call.
        return members.last { $0.key.utf8.count == length && $0.key == key }?.value
    }

    /// The element at a position; `nil` outside the array.
    package subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    package var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    package var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// A whole number, also where it is written as `3.0` or `3e2`.
    package var int: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .number(let value): Int(exactly: value)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    package var array: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    package var object: [JSONMember]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    package var isNull: Bool { self == .null }
}

extension [JSONMember] {
    package var keys: [String] { map(\.key) }
    package var values: [JSONValue] { map(\.value) }
}
