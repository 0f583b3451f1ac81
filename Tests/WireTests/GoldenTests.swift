import Domain
import Testing

@testable import Wire

struct GoldenTests {
    @Test(arguments: Golden.all)
    func isReadAndWrittenBackByteForByte(_ golden: Golden) throws {
        #expect(try golden.rewritten(golden.bytes) == golden.bytes)
        let compact = try golden.rewritten(golden.bytes, style: .compact)
        #expect(!compact.contains(0x0A))
        #expect(try golden.rewritten(compact) == golden.bytes)
    }

    @Test(arguments: Golden.all)
    func unknownFieldsArePassedOver(_ golden: Golden) throws {
        let later = Self.extended(try golden.json, under: "")
        #expect(try golden.rewritten(JSONWriter.bytes(of: later)) == golden.bytes)
    }

    @Test(arguments: Golden.all)
    func whatIsOptionalMayBeNull(_ golden: Golden) throws {
        let record = try #require(Self.record(of: golden))
        var members = try #require(try golden.json.object)
        for field in try FieldLister.list(record).fields where !members.keys.contains(field.key) {
            members.append(JSONMember(key: field.key, value: .null))
        }
        #expect(try golden.rewritten(JSONWriter.bytes(of: .object(members))) == golden.bytes)
    }

    @Test(arguments: Golden.all.filter { $0.form == "minimal" })
    func nothingOfTheSmallestFormCanBeLeftOut(_ golden: Golden) throws {
        for key in try #require(try golden.json.object).keys {
            let error = try golden.error(with: key, nil)
            // One of two fields with the repository is needed, whichever it is.
            let expected: WireError =
                key == "repoUrl"
                ? .field(path: "", .inconsistent(.repositoryMissing)) : .field(path: key, .missing)
            #expect(error == expected)
        }
    }

    @Test(arguments: Golden.all.filter { $0.form == "full" })
    func theFullestFormShowsEveryField(_ golden: Golden) throws {
        let record = try #require(Self.record(of: golden))
        let keys = Set(try FieldLister.list(record).fields.map(\.key))
        #expect(Set(try #require(try golden.json.object).keys) == keys.union(["type"]))
    }

    @Test func everyMessageHasItsForms() {
        let messages = ToDaemon.kinds.map { "ToDaemon-\($0.type)" } + ToServer.kinds.map { "ToServer-\($0.type)" }
        let expected = messages.flatMap { ["\($0)-full", "\($0)-minimal"] }
        #expect(Set(expected).isSubset(of: Set(Golden.all.map(\.name))))
        #expect(Golden.all.allSatisfy { golden in messages.contains { golden.name.hasPrefix($0 + "-") } })
        #expect(Set(messages).count == messages.count)
    }

    /// In some full form, each record that a message holds shows all its fields.
    @Test func everyFieldOfEveryPartIsShownSomewhere() throws {
        var shown: [String: Set<String>] = [:]
        var known: [String: Set<String>] = [:]
        for golden in Golden.all {
            let record = try #require(Self.record(of: golden))
            try Self.collect(record, in: try golden.json, shown: &shown, known: &known)
        }
        for (name, keys) in known { #expect(keys.subtracting(shown[name] ?? []) == [], "\(name)") }
        #expect(known.count > 40)
    }

    // MARK: - Records of golden messages

    static func record(of golden: Golden) -> (any WireMessage.Type)? {
        golden.isForDaemon
            ? ToDaemon.kinds.first { $0.type == golden.type }?.record
            : ToServer.kinds.first { $0.type == golden.type }?.record
    }

    private static func collect(
        _ record: any WireRecord.Type,
        in json: JSONValue,
        shown: inout [String: Set<String>],
        known: inout [String: Set<String>]
    ) throws {
        let lister = try FieldLister.list(record)
        known[record.recordName, default: []].formUnion(lister.fields.map(\.key))
        shown[record.recordName, default: []].formUnion(try #require(json.object).keys)
        for (key, part) in lister.records {
            guard let value = json[key] else { continue }
            let isTable = key == "prices"
            let values = isTable ? value.object?.values ?? [] : value.array ?? [value]
            for value in values { try collect(part, in: value, shown: &shown, known: &known) }
        }
    }

    /// With a field of a later version in every object but the tables, whose keys are free.
    private static func extended(_ json: JSONValue, under key: String) -> JSONValue {
        switch json {
        case .object(let members):
            let inner = members.map { JSONMember(key: $0.key, value: extended($0.value, under: $0.key)) }
            guard key != "prices" else { return .object(inner) }
            return .object([JSONMember(key: "aaFuture", value: .object(["x": .array([.null, .number(1.5)])]))] + inner)
        case .array(let elements): return .array(elements.map { extended($0, under: "") })
        case .null, .bool, .integer, .number, .string: return json
        }
    }
}
