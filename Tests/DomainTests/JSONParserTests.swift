import Domain
import Testing

struct JSONParserTests {
    @Test(arguments: [
        ("null", JSONValue.null),
        ("true", .bool(true)),
        (" false\r\n", .bool(false)),
        ("0", .integer(0)),
        ("-0", .integer(0)),
        ("-42", .integer(-42)),
        ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(9.223372036854775808e18)),
        ("1.5", .number(1.5)),
        ("1e3", .number(1000)),
        ("1E-2", .number(0.01)),
        ("1e999", .number(.greatestFiniteMagnitude)),
        ("-1e999", .number(-.greatestFiniteMagnitude)),
        ("1e-999", .number(0)),
        (#""""#, .string("")),
        (#""a\"b\\c\/d\n\t\r\b\f""#, .string("a\"b\\c/d\n\t\r\u{8}\u{c}")),
        (#""\u0041\u00e9\u20AC""#, .string("Aé€")),
        (#""\ud83d\ude00""#, .string("😀")),
        (#""\ud83d""#, .string("\u{FFFD}")),
        (#""\ude00x""#, .string("\u{FFFD}x")),
        (#""\ud83d\u0041""#, .string("\u{FFFD}A")),
        (#""\ud83d\ud83d\ude00""#, .string("\u{FFFD}😀")),
        (#""\ud83dx""#, .string("\u{FFFD}x")),
        (#""\u0000""#, .string("\0")),
        ("\"a\tb\"", .string("a\tb")),
        ("[]", .array([])),
        ("[ 1 , [2] ]", .array([.integer(1), .array([.integer(2)])])),
        ("{}", .object([])),
        (#"{"a":{"b":[true]}}"#, .object(["a": .object(["b": .array([.bool(true)])])])),
    ])
    func reads(_ text: String, as value: JSONValue) throws {
        #expect(try JSONParser.parse(text) == value)
    }

    @Test(arguments: [
        ("", JSONError.unexpectedEnd),
        ("  ", .unexpectedEnd),
        ("tru", .unexpectedEnd),
        ("trux", .unexpectedByte(UInt8(ascii: "x"), offset: 3)),
        ("nul1", .unexpectedByte(UInt8(ascii: "1"), offset: 3)),
        ("[1", .unexpectedEnd),
        ("[1,]", .unexpectedByte(UInt8(ascii: "]"), offset: 3)),
        ("[1 2]", .unexpectedByte(UInt8(ascii: "2"), offset: 3)),
        ("[,1]", .unexpectedByte(UInt8(ascii: ","), offset: 1)),
        ("{\"a\"}", .unexpectedByte(UInt8(ascii: "}"), offset: 4)),
        ("{\"a\":1,}", .unexpectedByte(UInt8(ascii: "}"), offset: 7)),
        ("{a:1}", .unexpectedByte(UInt8(ascii: "a"), offset: 1)),
        ("{\"a\":", .unexpectedEnd),
        ("\"a", .unexpectedEnd),
        ("\"a\\", .unexpectedEnd),
        ("\"a\\\"", .unexpectedEnd),
        (#""\x""#, .unexpectedByte(UInt8(ascii: "x"), offset: 2)),
        (#""\u12g4""#, .unexpectedByte(UInt8(ascii: "g"), offset: 5)),
        (#""\u12""#, .unexpectedByte(UInt8(ascii: "2"), offset: 4)),
        (#""\ud83d\uzzzz""#, .unexpectedByte(UInt8(ascii: "z"), offset: 9)),
        ("01", .unexpectedByte(UInt8(ascii: "1"), offset: 1)),
        ("-", .unexpectedEnd),
        ("-a", .unexpectedByte(UInt8(ascii: "a"), offset: 1)),
        ("1.", .unexpectedEnd),
        ("1.x", .unexpectedByte(UInt8(ascii: "x"), offset: 2)),
        ("1e", .unexpectedEnd),
        ("+1", .unexpectedByte(UInt8(ascii: "+"), offset: 0)),
        ("NaN", .unexpectedByte(UInt8(ascii: "N"), offset: 0)),
        ("1 2", .trailingBytes(offset: 2)),
        ("{} x", .trailingBytes(offset: 3)),
    ])
    func refuses(_ text: String, with error: JSONError) {
        #expect(throws: error) { try JSONParser.parse(text) }
    }

    @Test func theLastOfTwoEqualKeysIsFound() throws {
        let value = try JSONParser.parse(#"{"a":1,"b":2,"a":3}"#)
        #expect(value["a"] == .integer(3))
        #expect(value.object?.keys == ["a", "b", "a"])
    }

    @Test func bytesThatAreNoTextBecomeReplacementCharacters() throws {
        let bytes: [UInt8] = [0x22, 0x61, 0xFF, 0x62, 0xE2, 0x82, 0x22]
        #expect(try JSONParser.parse(bytes).string == "a\u{FFFD}b\u{FFFD}")
        let escaped: [UInt8] = [0x22, 0x5C, 0x6E, 0xFF, 0x22]
        #expect(try JSONParser.parse(escaped).string == "\n\u{FFFD}")
    }

    @Test func nestingIsRefusedBeyondTheLimitOnly() throws {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try JSONParser.parse(nested(3), depthLimit: 3).array?.count == 1)
        #expect(throws: JSONError.tooDeep(limit: 3)) { try JSONParser.parse(nested(4), depthLimit: 3) }
        #expect(throws: JSONError.tooDeep(limit: 256)) {
            try JSONParser.parse(String(repeating: "[", count: 1_000_000))
        }
        #expect(throws: JSONError.tooDeep(limit: 256)) {
            try JSONParser.parse(String(repeating: #"{"a":"#, count: 100_000))
        }
    }

    @Test func siblingsDoNotAddUpToDepth() throws {
        let many = "[" + Array(repeating: "[{}]", count: 1000).joined(separator: ",") + "]"
        #expect(try JSONParser.parse(many, depthLimit: 3).array?.count == 1000)
    }

    @Test func aNumberOfAMillionDigitsIsSurvived() throws {
        let digits = String(repeating: "9", count: 1_000_000)
        #expect(try JSONParser.parse(digits) == .number(.greatestFiniteMagnitude))
    }

    /// Around the sixteen bytes that are looked at in one step.
    @Test(arguments: 0..<40)
    func findsTheEndOfAStringAtAnyPosition(length: Int) throws {
        let plain = String(repeating: "x", count: length)
        let value = try JSONParser.parse(#"["\#(plain)","\#(plain)\n\#(plain)","\#(plain)\""]"#)
        #expect(value[0]?.string == plain)
        #expect(value[1]?.string == plain + "\n" + plain)
        #expect(value[2]?.string == plain + "\"")
    }

    @Test func noPrefixOfATextIsATextAndNoneCrashes() {
        let text = Array(#"{"a":[1.5e3,-2,"x\u0041\ud83d\ude00\n",true,null],"b":{"c":"d"}}"#.utf8)
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONParser.parse(Array(text.prefix(length))) }
        }
    }
}
