import Domain
import Processes
import TestSupport
import Testing

/// What redaction keeps of the text around a secret, for random records and texts.
struct RedactedRecordTests {
    private static let body = String(repeating: "Mi/+", count: 14)
    private static let values = [
        "ninja-value-4711", "tricky\\value-1", "ends-with-it\\", "\"quoted-value\"", "first line\nsecond line",
        "umläut&<value>", "u0041-value-of-it", "\\n-begins-so", "opaque/value+with=all", "assistant", "changeme",
        "/absolute-value", "tnt&bomb value", body,
    ]
    private static let names = ["type", "assistant", "result", "session_id", "tool_use", "changeme", "content"]
    private static let words =
        values + [
            "-----BEGIN PRIVATE KEY-----\n\(body)\nAAoIBAQ", "-----BEGIN RSA PRIVATE KEY-----\r\n\(body)=", "\n", "\\",
            "\"", "\t", "/", "\u{1}", "\r\n", "<COMPLETION_GATE>\nready: true\n</COMPLETION_GATE>", "inja-value-4711",
            "word", " ", "é", "\u{1F600}", "npm_\(body)", "pm_0123456789012345678901234567890123456789", "ghp_",
        ]

    private func redactor() throws -> Redactor {
        var secrets = Secrets()
        for (number, value) in Self.values.enumerated() { secrets.add(value, called: "KEY_\(number)") }
        return try Redactor(secrets)
    }

    private func text(_ dice: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0...8, using: &dice)).compactMap { _ in Self.words.randomElement(using: &dice) }.joined()
    }

    private func value(_ dice: inout SeededGenerator, depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth < 3 ? 6 : 4), using: &dice) {
        case 0: return .integer(Int64.random(in: 0..<(1 << 40), using: &dice))
        case 1: return .bool(true)
        case 2: return .string(text(&dice))
        // A record inside of a text, as the results of tools are.
        case 3: return .string(JSONWriter.write(.object(["text": .string(text(&dice))])))
        case 4: return .array((0..<3).map { _ in value(&dice, depth: depth + 1) })
        default:
            let names = Self.names.shuffled(using: &dice).prefix(3)
            return .object(names.map { JSONMember(key: $0, value: value(&dice, depth: depth + 1)) })
        }
    }

    /// The record with nothing in its texts.
    private func structure(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string: .string("")
        case .array(let elements): .array(elements.map(structure))
        case .object(let members): .object(members.map { JSONMember(key: $0.key, value: structure($0.value)) })
        case .null, .bool, .integer, .number: value
        }
    }

    @Test func aRecordKeepsItsStructure() throws {
        let redactor = try redactor()
        var dice = SeededGenerator(seed: 11)
        for _ in 0..<3000 {
            let record = JSONValue.object(["type": .string("assistant"), "content": value(&dice)])
            let line = JSONWriter.write(record)
            let clean = try redactor.redact(Array(line.utf8))
            guard let parsed = try? JSONParser.parse(clean) else {
                Issue.record("\(line)\n\(String(decoding: clean, as: UTF8.self))")
                continue
            }
            #expect(structure(parsed) == structure(record))
            #expect(parsed["type"]?.string == "assistant")
        }
    }

    @Test func aTextKeepsItsLines() throws {
        let redactor = try redactor()
        var dice = SeededGenerator(seed: 12)
        for _ in 0..<3000 {
            let text = text(&dice) + "\n<COMPLETION_GATE>\n" + text(&dice)
            let clean = String(decoding: try redactor.redact(Array(text.utf8)), as: UTF8.self)
            #expect(clean.utf8.count { $0 == 10 } == text.utf8.count { $0 == 10 }, "\(text)\n\(clean)")
            #expect(clean.utf8.count { $0 == 13 } == text.utf8.count { $0 == 13 }, "\(text)\n\(clean)")
            #expect(clean.contains("\n<COMPLETION_GATE>\n"), "\(text)\n\(clean)")
        }
    }
}
