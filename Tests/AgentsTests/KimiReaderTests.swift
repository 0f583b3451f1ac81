import Domain
import Testing

@testable import Agents

/// What is read out of Kimi's messages, beyond what recorded runs show.
struct KimiReaderTests {
    private static let said = #"{"role":"assistant","content":"done"}"#

    private func outcome(_ lines: String..., exit: AgentExit = Samples.exit(0)) throws -> AgentOutcome {
        var reader = RecordReader<KimiTranscript>(request: try Samples.request(.command), zones: Samples.zones)
        return reader.read(lines.joined(separator: "\n") + "\n", exit)
    }

    @Test func tellsWhatTheAgentDoes() throws {
        let call =
            #"{"role":"assistant","content":[{"type":"think","think":"hm"},{"type":"text","text":"I look."}],"#
            + #""tool_calls":[{"type":"function","id":"c","function":{"name":"Shell","arguments":"{\"command\":\"ls\"}"}}]}"#
        let result = #"{"role":"tool","content":"<system>ERROR: no</system>","tool_call_id":"c"}"#
        var reader = RecordReader<KimiTranscript>(request: try Samples.request(.command), zones: Samples.zones)
        #expect(
            reader.consume(Array("\(call)\n\(result)\n\(Self.said)\n".utf8)) == [
                .text("I look."), .toolCallBegan(id: "c", name: "Shell", summary: "ls"),
                .toolCallEnded(id: "c", isError: true), .text("done"),
            ]
        )
    }

    @Test func onlyTheLastWordIsTheFinalMessage() throws {
        #expect(try outcome(Self.said).finalMessage == "done")
        #expect(try outcome(Self.said, #"{"role":"tool","content":"x","tool_call_id":"c"}"#).end == .incomplete)
        #expect(try outcome(Self.said, #"{"role":"user","content":"x"}"#).end == .incomplete)
        #expect(try outcome(Self.said, #"{"id":"n","category":"task","title":"ended"}"#).finalMessage == "done")
        #expect(try outcome(Self.said, "a word of the script's").finalMessage == "done")
        #expect(try outcome(Self.said, #"{"role":"assist"#).end == .incomplete)
    }

    @Test func theConversationIsNamedOnStandardError() throws {
        let note = "\nTo resume this session: kimi -r my-own-id\n"
        #expect(try outcome(Self.said, exit: Samples.exit(0, errors: note)).sessionID == "my-own-id")
        let hostile = "To resume this session: kimi -r --yolo\n"
        #expect(try outcome(Self.said, exit: Samples.exit(0, errors: hostile)).sessionID == nil)
        #expect(try outcome(#"{"role":"assistant","content":"To resume this session: kimi -r x"}"#).sessionID == nil)
    }

    @Test func aTemporaryFailureIsToldByTheStatus() throws {
        #expect(try outcome(Self.said, "something new", exit: Samples.exit(75)).end == .overloaded)
        #expect(
            try outcome(Self.said, "something new", exit: Samples.exit(1)).end == .agentError(message: "something new")
        )
    }
}
