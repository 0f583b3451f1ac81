import Domain
import Testing

@testable import Agents

/// What is read out of the entries of Vibe's journal, beyond what recorded runs show.
struct VibeReaderTests {
    private static let effect =
        #"{"id":"e","sessionId":"s1","turnId":"t","type":"effect","detail":{"toolName":"bash","display":"#
        + #"{"message":"ls"}},"state":{"status":"completed","display":{"success":true}}}"#

    private func outcome(_ lines: String..., exit: AgentExit = Samples.exit(0)) throws -> AgentOutcome {
        var reader = RecordReader<VibeTranscript>(request: try Samples.request(.command), zones: Samples.zones)
        return reader.read(lines.joined(separator: "\n") + "\n", exit)
    }

    @Test func tellsWhatTheAgentDoes() throws {
        var reader = RecordReader<VibeTranscript>(request: try Samples.request(.command), zones: Samples.zones)
        #expect(
            reader.consume(Array("\(Self.effect)\n\(Vibe.said("done"))\n".utf8)) == [
                .session(id: "s1", model: nil), .toolCallBegan(id: "e", name: "bash", summary: "ls"),
                .toolCallEnded(id: "e", isError: false), .text("done"),
            ]
        )
    }

    @Test func onlyTheLastWordIsTheFinalMessage() throws {
        #expect(try outcome(Self.effect, Vibe.said("done")).finalMessage == "done")
        #expect(try outcome(Vibe.said("done"), Self.effect).end == .incomplete)
        #expect(try outcome(Vibe.said("done"), Vibe.said("half", outcome: "discarded")).end == .incomplete)
        #expect(try outcome(Vibe.said("done"), #"{"id":"x","sessionId":"s1""#).end == .incomplete)
    }

    @Test func whatAnotherProcessSaidEndsWithTheNextPrompt() throws {
        let prompt = #"{"id":"u","sessionId":"s2","turnId":"t2","type":"message","role":"user","content":[]}"#
        let outcome = try outcome(Vibe.said("ready: true"), prompt)
        #expect(outcome.end == .incomplete)
        #expect(outcome.finalMessage == nil)
    }

    @Test func aFailureIsToldInOneLine() throws {
        let errors =
            "Reading API keys from the system keyring (x)\nError: Client error '429 Too Many Requests' for url 'u'\n"
            + "For more information check: x/429: Rate limit reached for m. Please try again in 20s.\n"
        let outcome = try outcome(Vibe.said("done"), exit: Samples.exit(2, errors: errors))
        #expect(outcome == AgentOutcome(end: .rateLimited(retryAfter: .seconds(20)), sessionID: "s1"))
        let other = "Error: the server\nmelted\n"
        #expect(
            try self.outcome(Vibe.said("done"), exit: Samples.exit(2, errors: other)).end
                == .agentError(message: "Error: the server melted")
        )
    }
}
