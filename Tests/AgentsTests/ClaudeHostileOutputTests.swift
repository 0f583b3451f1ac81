import Domain
import Processes
import TestSupport
import Testing

@testable import Agents

/// Output that is broken, enormous or meant to do harm.
struct ClaudeHostileOutputTests {
    private func reader(lineLimit: Int = 16 << 20) throws -> ClaudeReader {
        ClaudeReader(request: try Samples.request(), zones: Samples.zones, lineLimit: lineLimit)
    }

    @Test func randomBytesAndRandomlyBrokenRecordsAreSurvived() throws {
        var generator = SeededGenerator(seed: 11)
        let recorded = try Transcript("subagent").output
        for _ in 0..<12 {
            var bytes = recorded
            for _ in 0..<200 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            var reader = try reader()
            _ = reader.events(of: bytes) { Int.random(in: 1...5000, using: &generator) }
            _ = reader.outcome(of: Samples.exit(1))
        }
    }

    @Test func membersOfTheWrongKindAreIgnored() throws {
        let lines = [
            #"{"type":"assistant","message":{"content":[1,null,{"type":"text","text":5},{"type":"tool_use"}]}}"#,
            #"{"type":"assistant","message":[]}"#, #"{"type":"user","message":{"content":{}}}"#, #"{"type":7}"#,
            #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":-9223372036854775808}}"#,
            #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":9223372036854775807}}"#,
            #"{"type":"result","result":["x"],"permission_denials":"none","session_id":4,"api_error_status":"x"}"#,
            "[]", "null", "{", "\u{0}",
        ]
        var reader = try reader()
        #expect(reader.read(lines.joined(separator: "\n"), Samples.exit(0)).end == .ok)
    }

    @Test func aHugeLineIsReportedAndTheResultAfterItRead() throws {
        var reader = try reader(lineLimit: 100_000)
        let call =
            #"{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t1","name":"Bash","input":{}}]}}"#
        var events = reader.consume(Array("\(Line.start)\n\(call)\n".utf8))
        let filling = String(repeating: "x\\n\\\"é", count: 40_000)
        let huge =
            #"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t1","content":""# + filling
            + "\"}]}}\n"
        events += reader.events(of: Array(huge.utf8)) { 7919 }
        #expect(events.contains(.oversizedLine(bytes: huge.utf8.count - 1)))
        #expect(events.contains(.toolCallEnded(id: "t1", isError: false)))
        #expect(reader.read(Line.result("found") + "\n", Samples.exit(0)).finalMessage == "found")
    }

    @Test func aHugeResultIsStillAResult() throws {
        let denials = String(repeating: #"{"tool_name":"Write","tool_input":{"content":"xxxxxxxxxxxx"}},"#, count: 5000)
        let huge =
            #"{"permission_denials":["# + denials.dropLast()
            + #"],"subtype":"success","is_error":false,"result":"the end","session_id":"s1","total_cost_usd":0.5,"#
            + #""type":"result"}"#
        var reader = try reader(lineLimit: 100_000)
        let outcome = reader.read(Line.start + "\n" + huge + "\n", Samples.exit(0))
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == "the end")
        #expect(outcome.usage.cost == USD(microdollars: 500_000))
    }

    @Test func aHugeMessageKeepsItsEnd() throws {
        let text = String(repeating: "x", count: 3 << 20) + "\n<END>"
        var reader = try reader()
        let message = reader.read(Line.start + "\n" + Line.result(text), Samples.exit(0)).finalMessage
        #expect(message?.hasSuffix("\n<END>") == true)
        #expect((message?.utf8.count ?? 0) <= 1 << 20)
    }

    @Test func aMessageOfManyPiecesKeepsItsEnd() throws {
        let piece = String(repeating: "é", count: 200_000)
        let record =
            #"{"type":"assistant","message":{"id":"m","content":[{"type":"text","text":"\#(piece)"}]},"session_id":"s"}"#
        let last = #"{"type":"assistant","message":{"id":"m","content":[{"type":"text","text":"\n<END>"}]}}"#
        let empty = #"{"type":"result","subtype":"success","is_error":false,"result":"","session_id":"s"}"#
        var reader = try reader()
        let output = ([Line.start] + Array(repeating: record, count: 9) + [last, empty]).joined(separator: "\n")
        let message = try #require(reader.read(output, Samples.exit(0)).finalMessage)
        let all = String(repeating: piece, count: 9) + "\n<END>"
        #expect(message == all.suffix(bytes: 1 << 20))
    }

    @Test func whatToolsReturnMayBeBrokenInside() throws {
        let result =
            #"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t","content":"\x","is_error":true}]}}"#
        var reader = try reader()
        #expect(reader.consume(Array((result + "\n").utf8)) == [.toolCallEnded(id: "t", isError: true)])
    }

    @Test func nulIsLeftOutOfTheFinalMessage() throws {
        var reader = try reader()
        #expect(reader.read(Line.start + "\n" + Line.result("a\u{0}b"), Samples.exit(0)).finalMessage == "ab")
    }

    @Test func namesOfToolsAndFilesMoveNoCursor() throws {
        let call =
            #"{"type":"assistant","message":{"content":[{"type":"tool_use","id":"t","name":"Bash","#
            + #""input":{"command":"echo \u001b[2Jx\nsecond"}}]}}"#
        var reader = try reader()
        let events = reader.consume(Array((call + "\n").utf8))
        #expect(events == [.toolCallBegan(id: "t", name: "Bash", summary: "echo [2Jx")])
    }

    @Test func noRecordsAndAFailureMeansThatItNeverBegan() throws {
        var silent = try reader()
        #expect(
            silent.read("", Samples.exit(1)).end == .silentLaunchFailure(message: "It ended with exit status 1.")
        )
        var missing = try reader()
        let end = missing.read("", Samples.exit(127, errors: "sh: claude: command not found\n")).end
        guard case .launchFailure(let message) = end else {
            Issue.record("\(end)")
            return
        }
        #expect(message.contains("PATH"))
    }

    @Test func aCrashWithATraceIsAnErrorOfTheAgent() throws {
        var reader = try reader()
        let end = reader.read(Line.start + "\n", Samples.exit(1, errors: "TypeError: x is undefined\n    at main\n"))
            .end
        #expect(end == .agentError(message: "TypeError: x is undefined\n    at main"))
    }
}
