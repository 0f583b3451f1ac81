import Domain
import TestSupport
import Testing

struct JSONAccessTests {
    @Test func reachesIntoObjectsAndArrays() throws {
        let value = try JSONParser.parse(#"{"a":{"b":["x",{"c":2}]},"n":null}"#)
        #expect(value["a"]?["b"]?[0]?.string == "x")
        #expect(value["a"]?["b"]?[1]?["c"]?.int == 2)
        #expect(value["a"]?["b"]?[2] == nil)
        #expect(value["a"]?["b"]?[-1] == nil)
        #expect(value["missing"]?["b"] == nil)
        #expect(value["n"]?.isNull == true)
        #expect(value["a"]?["c"]?["d"] == nil)
    }

    @Test func anotherKindIsNil() {
        #expect(JSONValue.string("true").bool == nil)
        #expect(JSONValue.bool(true).string == nil)
        #expect(JSONValue.string("1").int == nil)
        #expect(JSONValue.string("1").double == nil)
        #expect(JSONValue.null.array == nil)
        #expect(JSONValue.array([]).object == nil)
        #expect(JSONValue.array([])["a"] == nil)
        #expect(JSONValue.object([])[0] == nil)
    }

    @Test func numbersAreReadAsTheyAreMeant() {
        #expect(JSONValue.number(3).int == 3)
        #expect(JSONValue.number(3.5).int == nil)
        #expect(JSONValue.number(1e300).int == nil)
        #expect(JSONValue.integer(3).double == 3)
        #expect(JSONValue.number(0.25).double == 0.25)
    }

    @Test(arguments: [
        (JSONValue.object(["b": .integer(1), "a": .array([.null, .bool(true)])]), #"{"b":1,"a":[null,true]}"#),
        (.string("a\"b\\c\n\r\t\u{1}\u{1f}\u{7f}é😀/"), #""a\"b\\c\n\r\t\u0001\u001f\u007fé😀/""#),
        (.number(1.5), "1.5"),
        (.number(.infinity), "null"),
        (.number(.nan), "null"),
        (.integer(.min), "-9223372036854775808"),
        (.array([]), "[]"),
        (.object([]), "{}"),
    ])
    func writes(_ value: JSONValue, as text: String) {
        #expect(JSONWriter.write(value) == text)
    }

    @Test func prettyTextIsIndentedByTwo() {
        let value = JSONValue.object(["a": .array([.integer(1), .object([])]), "b": .array([])])
        #expect(
            JSONWriter.write(value, style: .pretty) == """
                {
                  "a": [
                    1,
                    {}
                  ],
                  "b": []
                }
                """
        )
    }

    @Test(arguments: 0..<200)
    func whatIsWrittenIsReadBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let value = JSONValue.random(depth: 4, using: &random)
        #expect(try JSONParser.parse(JSONWriter.write(value)) == value)
        #expect(try JSONParser.parse(JSONWriter.write(value, style: .pretty)) == value)
    }

    @Test(arguments: 0..<300)
    func noiseNeverCrashes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(#"{}[]":,\u0dD8eE+-.1 truefalsn/"#.utf8) + [0, 0xFF, 0xC3]
        let bytes = (0..<Int.random(in: 1..<200, using: &random))
            .map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
        let parsed = Result { try JSONParser.parse(bytes) }
        if case .success(let value) = parsed { #expect(JSONWriter.write(value).isEmpty == false) }
    }
}

extension JSONValue {
    static func random(depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .integer(.random(in: .min ... .max, using: &random))
        case 3: .number(.random(in: -1e9...1e9, using: &random))
        case 4: .string(randomText(using: &random))
        case 5:
            .array((0..<Int.random(in: 0..<4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) })
        default:
            .object(
                (0..<Int.random(in: 0..<4, using: &random))
                    .map { _ in
                        JSONMember(key: randomText(using: &random), value: .random(depth: depth - 1, using: &random))
                    }
            )
        }
    }

    private static func randomText(using random: inout SeededGenerator) -> String {
        let scalars = (0..<Int.random(in: 0..<40, using: &random))
            .map { _ in
                Unicode.Scalar(UInt32.random(in: 0..<0x3000, using: &random)) ?? "\\"
            }
        return String(String.UnicodeScalarView(scalars))
    }
}
