package import Domain

/// Describes records as JSON Schema (2020-12), from the lists of fields by which they are read and written.
///
/// A schema says what JSON Schema can say: texts are measured in characters there and in bytes here, and some rules of
/// texts are told in words only.
package enum JSONSchema {
    /// Where a document has the schemas of its records.
    package static let place = "#/components/schemas/"

    /// The schemas of `roots` and of all records that these hold, by name.
    package static func components(_ roots: [any WireRecord.Type]) throws(WireError) -> JSONValue {
        var found: [String: any WireRecord.Type] = [:]
        var open = roots
        while let next = open.popLast() {
            guard found.updateValue(next, forKey: next.recordName) == nil else { continue }
            open += try FieldLister.list(next).records.map(\.record)
        }
        var members: [JSONMember] = []
        for (name, record) in found.sorted(by: { $0.key < $1.key }) {
            members.append(JSONMember(key: name, value: try schema(record)))
        }
        return .object(members)
    }

    /// What points to a record's schema.
    package static func reference(_ record: any WireRecord.Type) -> JSONValue {
        .object(["$ref": .string(place + record.recordName)])
    }

    private static func schema(_ record: any WireRecord.Type) throws(WireError) -> JSONValue {
        let fields = try FieldLister.list(record).fields
        let required = fields.filter { $0.presence == .required }.map { JSONValue.string($0.key) }
        var members: [JSONMember] = [
            JSONMember(key: "type", value: .string("object")),
            JSONMember(key: "description", value: .string(record.meaning)),
            JSONMember(
                key: "properties",
                value: .object(fields.map { JSONMember(key: $0.key, value: schema(of: $0)) })
            ),
        ]
        if !required.isEmpty { members.append(JSONMember(key: "required", value: .array(required))) }
        return .object(members)
    }

    private static func schema(of field: FieldDescription) -> JSONValue {
        let meaning = JSONMember(key: "description", value: .string(field.meaning))
        let members = members(of: field.shape)
        guard field.presence != .required, !members.isEmpty else { return .object(members + [meaning]) }
        // `null` is read as left out.
        let choices: [JSONValue] = [.object(members), .object([type("null")])]
        return .object([JSONMember(key: "anyOf", value: .array(choices)), meaning])
    }

    private static func members(of shape: FieldShape) -> [JSONMember] {
        switch shape {
        case .flag: return [type("boolean")]
        case .integer(let range):
            return [
                type("integer"), number("minimum", range.lowerBound), number("maximum", range.upperBound),
            ]
        case .text(let rule, let range):
            let least = rule == .text ? range.lowerBound : 1
            var members = [type("string"), number("minLength", least), number("maxLength", range.upperBound)]
            if let pattern = rule.pattern { members.append(JSONMember(key: "pattern", value: .string(pattern))) }
            return members
        case .words(let words):
            return [type("string"), JSONMember(key: "enum", value: .array(words.map { .string($0) }))]
        case .base64(let limit):
            return [
                type("string"), JSONMember(key: "contentEncoding", value: .string("base64")),
                number("maxLength", (limit + 2) / 3 * 4),
                JSONMember(
                    key: "pattern",
                    value: .string("^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$")
                ),
            ]
        case .record(let name): return [JSONMember(key: "$ref", value: .string(place + name))]
        case .list(let element, let limit):
            return [
                type("array"), JSONMember(key: "items", value: .object(members(of: element))),
                number("maxItems", limit),
            ]
        case .table(let element, let limit):
            return [
                type("object"), JSONMember(key: "additionalProperties", value: .object(members(of: element))),
                number("maxProperties", limit),
            ]
        case .anything: return []
        }
    }

    private static func type(_ name: String) -> JSONMember { JSONMember(key: "type", value: .string(name)) }

    private static func number(_ key: String, _ value: Int) -> JSONMember {
        JSONMember(key: key, value: .integer(Int64(value)))
    }
}

extension TextRule {
    /// A regular expression of ECMA 262 for the rules that have one.
    package var pattern: String? {
        switch self {
        case .identifier: "^[A-Za-z0-9][A-Za-z0-9_.:-]*$"
        case .taskID: "^[0-9abcdefghjkmnpqrstvwxyz]{10}$"
        case .commit: "^([0-9a-f]{40}|[0-9a-f]{64})$"
        case .sha256: "^[0-9a-f]{64}$"
        case .variable: "^[A-Za-z_][A-Za-z0-9_]*$"
        case .text, .label, .base64, .branch, .repositoryURL, .absolutePath, .relativePath, .host: nil
        }
    }
}
