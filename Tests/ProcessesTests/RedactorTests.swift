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
        let values = ["SHORT": "a1234567", "LONG": "a123456789abcdef"]
        #expect(try redact("a123456789abcdef", values) == "[redacted:LONG]")
        #expect(try redact("a123456789abcde", values) == "[redacted:SHORT]89abcde")
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
        ("slack-token", "xoxb-1-\(long)"), ("slack-token", "xoxp-1-\(long)"), ("slack-token", "xapp-1-\(long)"),
        ("aws-key", "AKIAIOSFODNN7EXAMPLE"), ("aws-key", "ASIAIOSFODNN7EXAMPLE"), ("google-key", "AIza\(long)"),
        ("npm-token", "npm_\(long)"), ("huggingface-token", "hf_\(long)"), ("stripe-key", "sk_live_\(long)"),
        ("stripe-key", "rk_live_\(long)"), ("groq-key", "gsk_\(long)"),
        ("jwt", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.\(long)-_"),
    ])
    func keysOfKnownFormsAreFoundWithoutBeingNamed(_ name: String, _ key: String) throws {
        #expect(try redact("x=\(key)!\n") == "x=[redacted:\(name)]!\n")
        #expect(try redact(#"{"a":"\n\#(key)"}"#) == #"{"a":"\n[redacted:\#(name)]"}"#)
        #expect(try redact(key) == "[redacted:\(name)]")
    }

    @Test(arguments: ["", "RSA ", "DSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
    func privateKeysAreFoundByTheirFrames(_ kind: String) throws {
        let begin = "-----BEGIN \(kind)PRIVATE KEY-----"
        let text = "a\n\(begin)\n\(Self.long)\r\n\(Self.long)=\n-----END"
        #expect(try redact(text) == "a\n[redacted:private-key]\n\r\n\n-----END")
        let inJSON = #"{"a":"\n\#(begin)\n\#(Self.long)\/\u002b\n\#(Self.long)\u003d\n-----END"}"#
        #expect(try redact(inJSON) == #"{"a":"\n[redacted:private-key]\n\n\n-----END"}"#)
        #expect(try redact("\(begin)\\\\n\(Self.long)") == #"[redacted:private-key]\\n"#)
    }

    @Test func aPrivateKeyWithHeadersIsFound() throws {
        let head = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
        let key = "\(head)DEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n\(Self.long)\n-----END"
        #expect(try redact(key) == "\(head)[redacted:private-key]\n\n\n-----END")
    }

    @Test func whatFollowsATruncatedKeyStaysAsItIs() throws {
        let key = "-----BEGIN PRIVATE KEY-----\n\(Self.long)AAoIBAQ"
        let gate = "<COMPLETION_GATE>\nready: true"
        #expect(try redact("\(key)\n\(gate)") == "[redacted:private-key]\n\n\(gate)")
        let line = JSONWriter.write(.object(["result": .string("it is \"\(key)\" as asked\n\(gate)")]))
        let text = try JSONParser.parse(Array(redact(line).utf8))["result"]?.string
        #expect(text == "it is \"[redacted:private-key]\n\" as asked\n\(gate)")
    }

    @Test func aSecretThatBeginsLikeAnEscapeEndsNone() throws {
        let line = JSONWriter.write(.object(["text": .string("one\ninja-value-4711 \\ninja-value-4711")]))
        let text = try JSONParser.parse(Array(redact(line, ["A_KEY": "ninja-value-4711"]).utf8))["text"]?.string
        #expect(text == "one\n[redacted:A_KEY] \\[redacted:A_KEY]")
    }

    @Test func aSecretThatEndsWithABackslashTakesNoQuoteAlong() throws {
        let line = JSONWriter.write(.object(["text": .string(#"is "my-value-4711""#)]))
        let text = try JSONParser.parse(Array(redact(line, ["A_KEY": #"my-value-4711\"#]).utf8))["text"]?.string
        #expect(text == #"is "[redacted:A_KEY]""#)
    }

    @Test func aValueOfManyLinesLeavesItsLineEnds() throws {
        #expect(try redact("a first\nsecond\nb", ["A_KEY": "first\nsecond"]) == "a [redacted:A_KEY]\n\nb")
    }

    @Test func aValueIsFoundThoughItsLineIsWrapped() throws {
        let encoded = String(repeating: "QUJDREVGR0hJSktMTU5P", count: 8)
        let value = String(repeating: "ABCDEFGHIJKLMNO", count: 8)
        let wrapped = "\(encoded.prefix(76))\n\(encoded.dropFirst(76).prefix(76))\n\(encoded.dropFirst(152))\n"
        #expect(try redact(wrapped, ["A_KEY": value]) == "[redacted:A_KEY]\n\n\n")
        let inJSON = JSONWriter.write(.string("\(wrapped)<"))
        #expect(try redact(inJSON, ["A_KEY": value]) == #""[redacted:A_KEY]\n<""#)
        #expect(try redact("ABCDEFGHIJKLMNOA\r\nBCD", ["A_KEY": "ABCDEFGHIJKLMNOABCD"]) == "[redacted:A_KEY]\r\n")
        #expect(try redact("ABCDEFGHIJKLMNO\nABCD", ["A_KEY": "ABCDEFGHIJKLMNOABCD"]) == "ABCDEFGHIJKLMNO\nABCD")
    }

    @Test(arguments: [
        "sk-ant-short", "the task-management-system-implementation-details-of-ours", "ghp_tooshort", "AKIA1234",
        "-----BEGIN PRIVATE KEY-----\")", "xAKIAIOSFODNN7EXAMPLE", "sk-", "gh", "-----BEGIN PRIVATE", "sk-ant-",
        "npm_config_registry_of_the_whole_company", "eyJhbGciOiJIUzI1NiJ9", "chf_000000000000000000000000000000000000",
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
        let values = [
            "A": "secretsecretX", "B": "........", "C": ".........,", "D": ".,.,.,.,", "E": "one\ntwo\n!",
            "F": "\(Self.long)zz",
        ]
        let redactor = try redactor(values)
        let parts =
            Array(values.values.sorted()) + [
                "secretsecret", ".......", ".", ",", "sk-ant-", "ghp_", Self.long, "\n", "\\n", "\\", "\"", "\r",
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
            #expect(!clean.contains("secretsecretX") && !clean.contains("........"), "\(text)")
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
