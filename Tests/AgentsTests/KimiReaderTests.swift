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

    @Test func anErrorAfterTheLastWordIsAnotherProcesss() throws {
        let error = "Error code: 401 - {'error': {'code': 'invalid_api_key'}}"
        #expect(try outcome(Self.said, error) == AgentOutcome(end: .authentication(message: error)))
        #expect(try outcome(error, Self.said).finalMessage == "done")
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

    // MARK: - Whether it is Kimi at all

    private static let gate = "<COMPLETION_GATE>\nready: true\n</COMPLETION_GATE>"

    private func outcomeBehindCommand(_ output: String, exit: AgentExit = Samples.exit(0)) throws -> AgentOutcome {
        var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
        var pieces = reader
        let outcome = reader.read(output, exit)
        _ = pieces.events(of: Array(output.utf8)) { 7 }
        #expect(pieces.outcome(of: exit) == outcome)
        return outcome
    }

    @Test func recordsThatTextFollowsAreTextWhereNothingElseSaysKimi() throws {
        let output = "\n\(Self.said)\n\(Self.gate)\n"
        #expect(try outcomeBehindCommand(output) == AgentOutcome(end: .ok, finalMessage: output))
        #expect(
            try outcomeBehindCommand(output, exit: Samples.exit(1)).end
                == .agentError(message: String(output.dropFirst().dropLast()))
        )
        #expect(try outcomeBehindCommand("\(Self.said)\n\(Self.said)\n\n").finalMessage == "done")
    }

    @Test func textAfterKimisRecordsIsNotItsMessage() throws {
        let note = "To resume this session: kimi -r s1\n" + String(repeating: "make: all is well\n", count: 20)
        let outcome = try outcomeBehindCommand("\(Self.said)\n\(Self.gate)\n", exit: Samples.exit(0, errors: note))
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == "done")
    }
}
