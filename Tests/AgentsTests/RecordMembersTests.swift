import Domain
import TestSupport
import Testing

@testable import Agents

/// Members taken out of lines, and outlines of lines that are too long.
struct RecordMembersTests {
    private let wanted = RecordKeys(["type", "result", "list"])

    private func read(_ line: String) -> JSONValue? {
        RecordMembers.read(Array(line.utf8), wanted: wanted)
    }

    @Test func takesWhatIsWantedWhereverItStands() {
        let line = #" {"x":{"type":"no","s":"}]\\\""}, "result" : "a\"b" ,"y":[[1,{"z":"\\"}]],"n":-1.5e3,"type":"t"} "#
        #expect(read(line) == ["result": "a\"b", "type": "t"])
        #expect(read("{}") == [:])
        #expect(read(#"{"list":[1,{"a":null}]}"#) == ["list": [.integer(1), ["a": .null]]])
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"type""#, #"{"type":"t""#, #"{"type":"t"} x"#, #"{"type":"t",}"#, #"{"type":}"#,
        #"{"x":[1,2}"#, #"{"x":"unterminated}"#, #"{"x":"\"}"#, #"{type:"t"}"#, #"{"type":tru}"#, #"{"x" 1}"#,
    ])
    func whatIsNotWholeIsNone(_ line: String) {
        #expect(read(line) == nil)
    }

    @Test func agreesWithTheParserOnEveryRecordedLine() throws {
        for name in ["basic_bypass", "subagent", "u2028", "err_usage_limit_oauth", "partial_messages"] {
            for line in try Transcript(name).output.split(separator: 0x0A) {
                let whole = try JSONParser.parse(Array(line))
                let taken = try #require(RecordMembers.read(Array(line), wanted: wanted))
                for key in ["type", "result", "list"] { #expect(taken[key] == whole[key]) }
            }
        }
    }

    @Test func anOutlineIsTheSameHoweverItComes() throws {
        let text = String(repeating: "é\\u00e9\\\"x", count: 200)
        let line = Array("{\"a\":{\"b\":[\"]}\"]},\"type\":\"result\",\"result\":\"\(text)\",\"c\":[1,[2]]}".utf8)
        var whole = RecordOutline(stringLimit: 100)
        line.withUnsafeBytes { whole.append($0) }
        let outline = try JSONParser.parse(whole.bytes)
        #expect(outline["a"] == .null)
        #expect(outline["c"] == .null)
        #expect(outline["type"] == "result")
        let cut = try #require(outline["result"]?.string)
        #expect((50...130).contains(cut.utf8.count))
        #expect(!cut.contains("\u{FFFD}"))
        for size in [1, 2, 3, 7, 64] {
            var pieces = RecordOutline(stringLimit: 100)
            for start in stride(from: 0, to: line.count, by: size) {
                line[start..<min(start + size, line.count)].withUnsafeBytes { pieces.append($0) }
            }
            #expect(pieces.bytes == whole.bytes)
        }
    }

    @Test func anOutlineOfAnythingElseIsBounded() {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<50 {
            let bytes = (0..<5000).map { _ in Array("{}[]\"\\u,:a".utf8).randomElement(using: &generator) ?? 0 }
            var outline = RecordOutline(stringLimit: 10, limit: 100)
            bytes.withUnsafeBytes { outline.append($0) }
            #expect(outline.bytes.count <= 100)
        }
    }
}
