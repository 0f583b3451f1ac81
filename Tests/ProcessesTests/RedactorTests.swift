import Domain
import Processes
import TestSupport
import Testing

struct RedactorTests {
    private static let long = String(repeating: "Aa0", count: 16)

    private func redactor(_ values: [String: String] = [:]) throws -> Redactor {
        var secrets = Secrets()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { secrets.add(value, called: name) }
        return try Redactor(secrets)
    }

    private func redact(_ text: String, _ values: [String: String] = [:]) throws -> String {
        String(decoding: try redactor(values).redact(Array(text.utf8)), as: UTF8.self)
    }

    @Test func aValueIsReplacedByItsName() throws {
        let values = ["A_KEY": "first-secret", "B_KEY": "second-secret"]
        let text = try redact("first-secret, second-secret,first-secretfirst-secret first-secre", values)
        #expect(text == "[redacted:A_KEY], [redacted:B_KEY],[redacted:A_KEY][redacted:A_KEY] first-secre")
    }

    @Test func theLongestOfThoseThatBeginTogetherCounts() throws {
        let values = ["SHORT": "01234567", "LONG": "0123456789abcdef"]
        #expect(try redact("0123456789abcdef", values) == "[redacted:LONG]")
        #expect(try redact("0123456789abcde", values) == "[redacted:SHORT]89abcde")
    }

    @Test func aLineOfJSONStaysOne() throws {
        let value = "se\"cr\\et\nvalue"
        let line = JSONWriter.write(.object(["text": .string("is \(value)!"), "inner": .string(#"{"a":"x"}"#)]))
        let clean = try redact(line, ["A_KEY": value])
        #expect(try JSONParser.parse(Array(clean.utf8))["text"]?.string == "is [redacted:A_KEY]!")
        let nested = JSONWriter.write(.string(JSONWriter.write(.string(value))))
        #expect(try redact(nested, ["A_KEY": value]) == #""\"[redacted:A_KEY]\"""#)
    }

    @Test(arguments: [
        ("anthropic-key", "sk-ant-api03-\(long)"), ("api-key", "sk-proj-\(long)"), ("github-token", "ghp_\(long)"),
        ("github-token", "gho_\(long)"), ("github-token", "ghu_\(long)"), ("github-token", "ghs_\(long)"),
        ("github-token", "ghr_\(long)"), ("github-token", "github_pat_11AA_\(long)"), ("gitlab-token", "glpat-\(long)"),
        ("slack-token", "xoxb-1-\(long)"), ("slack-token", "xoxp-1-\(long)"), ("aws-key", "AKIAIOSFODNN7EXAMPLE"),
        ("google-key", "AIza\(long)"), ("private-key", "-----BEGIN PRIVATE KEY-----\n\(long)\n\(long)=\n"),
        ("private-key", "-----BEGIN RSA PRIVATE KEY-----\\n\(long)"),
        ("private-key", "-----BEGIN EC PRIVATE KEY-----\n\(long)"),
        ("private-key", "-----BEGIN OPENSSH PRIVATE KEY-----\n\(long)"),
    ])
    func keysOfKnownFormsAreFoundWithoutBeingNamed(_ name: String, _ key: String) throws {
        #expect(try redact("x=\(key)!\n") == "x=[redacted:\(name)]!\n")
        #expect(try redact(#"{"a":"\n\#(key)"}"#) == #"{"a":"\n[redacted:\#(name)]"}"#)
        #expect(try redact(key) == "[redacted:\(name)]")
    }

    @Test(arguments: [
        "sk-ant-short", "the task-management-system-implementation-details-of-ours", "ghp_tooshort", "AKIA1234",
        "-----BEGIN PRIVATE KEY-----\")", "xAKIAIOSFODNN7EXAMPLE", "sk-", "gh", "-----BEGIN PRIVATE", "sk-ant-",
    ])
    func whatOnlyLooksSimilarStays(_ text: String) throws {
        #expect(try redact(text) == text)
        #expect(try redact("\(text) and more") == "\(text) and more")
    }

    @Test func bytesThatAreNoTextStayAsTheyAre() throws {
        let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 7) } + [0, 0, 0xff, 0xfe]
        #expect(try redactor(["A_KEY": "not-in-there"]).redact(bytes) == bytes)
        let hidden = try redactor(["A_KEY": "secret-value"]).redact([0, 0xff] + Array("secret-value".utf8) + [0])
        #expect(hidden == [0, 0xff] + Array("[redacted:A_KEY]".utf8) + [0])
    }

    @Test func howAStreamIsCutMakesNoDifference() throws {
        let values = ["A": "secretsecretX", "B": "aaaaaaaa", "C": "aaaaaaaaab", "D": "abababab", "E": "one\ntwo\n!"]
        let redactor = try redactor(values)
        let parts =
            Array(values.values.sorted()) + [
                "secretsecret", "aaaaaaa", "a", "b", "sk-ant-", "ghp_", Self.long, "\n", "\\n",
            ]
            + ["sk-", "-----BEGIN PRIVATE KEY-----", "one\ntwo", "\u{0}", " ", "AKIA", "ABCDEFGHIJKLMNOP"]
        var dice = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...12, using: &dice)).compactMap { _ in parts.randomElement(using: &dice) }
            let bytes = Array(text.joined().utf8)
            var pieces: [ArraySlice<UInt8>] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                pieces.append(rest.prefix(Int.random(in: 1...20, using: &dice)))
                rest = rest.dropFirst(pieces.last?.count ?? 1)
            }
            let whole = try redactor.redact(bytes)
            #expect(try redactor.redact(pieces: pieces) == whole, "\(text)")
            let clean = String(decoding: whole, as: UTF8.self)
            #expect(!clean.contains("secretsecretX") && !clean.contains("aaaaaaaa"), "\(text)")
            guard bytes.count < 64 else { continue }
            #expect(try redactor.redact(pieces: bytes.map { [$0] }) == whole, "\(text)")
        }
    }

    @Test func largeInputIsCutBetweenPieces() throws {
        let filler = [UInt8](repeating: UInt8(ascii: "."), count: (64 << 10) - 5)
        let output = try redactor(["A_KEY": "secret-value"]).redact(filler + Array("secret-value".utf8) + filler)
        #expect(output == filler + Array("[redacted:A_KEY]".utf8) + filler)
    }
}
