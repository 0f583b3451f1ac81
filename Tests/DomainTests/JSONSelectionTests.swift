import TestSupport
import Testing

@testable import Domain

struct JSONSelectionTests {
    private static let inner = JSONSelection(["a", "key-of-more-than-sixteen"], parts: ["b": JSONSelection(["a"])])
    private static let selection = JSONSelection(["type", "list", "a"], parts: ["part": inner, "b": inner])

    private func read(_ text: String) -> JSONValue? {
        Self.selection.read(Array(text.utf8))
    }

    @Test(arguments: [
        (
            #" {"x":{"type":"no","s":"}]\\\""}, "a" : "a\"b" ,"y":[[1,{"z":"\\"}]],"n":-1.5e3,"type":"t"} "#,
            #"{"a":"a\"b","type":"t"}"#
        ),
        ("{}", "{}"),
        (#"{"list":[1,{"x":null}]}"#, #"{"list":[1,{"x":null}]}"#),
        (#"{"type":1,"\u0074ype":2,"type":3}"#, #"{"type":1,"type":3}"#),
        (#"{"part":{"x":1,"a":{"x":2}}}"#, #"{"part":{"a":{"x":2}}}"#),
        (
            #"{"part": [ {"x":1} , {"a":2}, 3, "\n", [{"a":1}], [] ]}"#,
            #"{"part":[{},{"a":2},3,"\n",[],[]]}"#
        ),
        (#"{"part":"text","b":null}"#, #"{"part":"text","b":null}"#),
        (
            #"{"part":{"key-of-more-than-sixteen":1,"key-of-more-than-sixteeN":2}}"#,
            #"{"part":{"key-of-more-than-sixteen":1}}"#
        ),
    ])
    func takesWhatIsWantedWhereverItStands(in text: String, leaving rest: String) throws {
        #expect(read(text) == (try JSONParser.parse(rest)))
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"type""#, #"{"type":"t""#, #"{"type":"t"} x"#, #"{"type":"t",}"#, #"{"type":}"#,
        #"{"x":[1,2}"#, #"{"x":"unterminated}"#, #"{"x":"\"}"#, #"{type:"t"}"#, #"{"type":tru}"#, #"{"x" 1}"#,
        #"{"type":"\q"}"#, #"{"part":{"a":tru}}"#, #"{"part":[1,]}"#, #"{"part":[{"a":1}"#, #"{"part":[1 2]}"#,
        #"{"part":{"a" 1}}"#, #"{"part":nul}"#, #"{"list":[1,]}"#,
    ])
    func whatIsNotWholeIsNone(_ text: String) {
        #expect(read(text) == nil)
    }

    @Test func nestingCostsNoStack() throws {
        let deep = String(repeating: "[", count: 1_000_000) + String(repeating: "]", count: 1_000_000)
        #expect(read(#"{"x":\#(deep),"type":"t"}"#) == .object(["type": .string("t")]))
        #expect(read(#"{"part":[\#(deep)]}"#) == .object(["part": .array([.array([])])]))
        #expect(read(#"{"part":\#(deep)}"#) == .object(["part": .array([.array([])])]))
        #expect(read(#"{"list":\#(deep)}"#) == nil)
        #expect(read(String(repeating: #"{"part":"#, count: 100_000)) == nil)
        #expect(read(String(repeating: #"{"part":[{"b":[{"b":["#, count: 100_000)) == nil)
    }

    @Test(arguments: 0..<300)
    func agreesWithTheParser(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let value = JSONValue.object(
            (0..<Int.random(in: 0..<6, using: &random))
                .map { _ in
                    let key = ["type", "list", "part", "b", "other"].randomElement(using: &random) ?? ""
                    return JSONMember(key: key, value: .random(depth: 4, using: &random))
                }
        )
        for style in [JSONWriter.Style.compact, .pretty] {
            let text = JSONWriter.bytes(of: value, style: style)
            #expect(Self.selection.read(text) == Self.expected(value, ["type", "list", "a"], parts: ["part", "b"]))
            for length in 0..<min(text.count, 60) { #expect(Self.selection.read(Array(text.prefix(length))) == nil) }
        }
    }

    /// What a parser reads is selected from; what none can read may be either, but does no harm.
    @Test(arguments: 0..<500)
    func noiseIsSurvivedAndReadAsTheParserDoes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(#"{}[]":,\u0a e1"#.utf8) + [0, 0xFF, 0xC3]
        let words = [#""part":"#, #""a":"#, #""b":{"#, "{", "}", "[", "]", ",", #""\\\"""#, "1"].map { Array($0.utf8) }
        for _ in 0..<20 {
            var text = Array("{".utf8)
            for _ in 0..<Int.random(in: 1..<20, using: &random) {
                let isNoise = Int.random(in: 0..<8, using: &random) == 0
                text +=
                    isNoise ? [alphabet.randomElement(using: &random) ?? 0] : words.randomElement(using: &random) ?? []
            }
            text += Array("}".utf8)
            let found = Self.selection.read(text)
            guard let value = try? JSONParser.parse(text), value.object != nil else { continue }
            #expect(found == Self.expected(value, ["type", "list", "a"], parts: ["part", "b"]))
        }
    }

    /// The simple way: everything read, and then chosen from.
    private static func expected(_ value: JSONValue, _ whole: [String], parts: [String]) -> JSONValue {
        .object(
            (value.object ?? [])
                .compactMap { member in
                    if whole.contains(member.key) { return member }
                    guard parts.contains(member.key) else { return nil }
                    return JSONMember(key: member.key, value: part(member.value, whole, parts: parts))
                }
        )
    }

    private static func part(_ value: JSONValue, _ outer: [String], parts: [String]) -> JSONValue {
        let isOutermost = outer.contains("type")
        let whole = isOutermost ? ["a", "key-of-more-than-sixteen"] : ["a"]
        let below = isOutermost ? ["b"] : []
        return switch value {
        case .object: expected(value, whole, parts: below)
        case .array(let elements): .array(elements.map { element(of: $0, whole, parts: below) })
        case .null, .bool, .integer, .number, .string: value
        }
    }

    private static func element(of value: JSONValue, _ whole: [String], parts: [String]) -> JSONValue {
        switch value {
        case .object: expected(value, whole, parts: parts)
        case .array: .array([])
        case .null, .bool, .integer, .number, .string: value
        }
    }
}

/// The scanning of eight bytes at once, beside the simple way.
struct JSONBytesTests {
    @Test(arguments: 0..<300)
    func findsWhatTheSimpleWayFinds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        // Neighbours of what is looked for, where arithmetic on words goes wrong first.
        let alphabet: [UInt8] = [0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D, 0xA2, 0xDC, 0, 1, 0xFF, 0x61]
        let bytes = (0..<Int.random(in: 0..<50, using: &random))
            .map { _ in alphabet.randomElement(using: &random) ?? 0 }
        bytes.withUnsafeBufferPointer { text in
            for start in 0...bytes.count {
                let rest = bytes[start...]
                #expect(
                    JSONBytes.indexOfBackslash(in: text, from: start) == rest.firstIndex(of: 0x5C) ?? bytes.count
                )
                #expect(
                    JSONBytes.indexOfQuoteOrBackslash(in: text, from: start)
                        == rest.firstIndex { $0 == 0x22 || $0 == 0x5C } ?? bytes.count
                )
                #expect(
                    JSONBytes.indexOfQuoteOrBracket(in: text, from: start)
                        == rest.firstIndex { [0x22, 0x5B, 0x5D, 0x7B, 0x7D].contains($0) } ?? bytes.count
                )
            }
        }
    }

    @Test(arguments: 0..<20)
    func equalBytesAreEqual(length: Int) {
        let bytes = (0..<UInt8(length)).map { $0 }
        func areEqual(_ first: [UInt8], _ second: [UInt8]) -> Bool {
            first.withUnsafeBytes { first in second.withUnsafeBytes { JSONBytes.areEqual(first, $0) } }
        }
        #expect(areEqual(bytes, bytes))
        #expect(!areEqual(bytes, bytes + [0]))
        for position in bytes.indices {
            var other = bytes
            other[position] ^= 0x80
            #expect(!areEqual(bytes, other))
        }
    }

    @Test(arguments: 0..<300)
    func escapesMeanWhatTheyMeanOneByOne(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let pieces: [(String, [UInt8])] = [
            (#"\""#, [0x22]), (#"\\"#, [0x5C]), (#"\n"#, [0x0A]), (#"\u00e9"#, [0xC3, 0xA9]), ("é", [0xC3, 0xA9]),
            (#"\ud83d\ude00"#, Array("😀".utf8)), ("plain text of some length", Array("plain text of some length".utf8)),
            ("x", [0x78]), (#"\/"#, [0x2F]),
        ]
        var written = ""
        var meant: [UInt8] = []
        for _ in 0..<Int.random(in: 0..<30, using: &random) {
            let piece = pieces.randomElement(using: &random) ?? ("", [])
            written += piece.0
            meant += piece.1
        }
        let text = Array(written.utf8)
        let decoded = try text.withUnsafeBufferPointer { try JSONEscapes.decode($0) }
        #expect(Array(decoded.utf8) == meant)
    }
}
