import Domain
import Processes
import TestSupport
import Testing

@testable import Agents

/// What is read out of the records of Codex, Kimi and Vibe, whatever their shape.
struct RecordReaderTests {
    private static let formats: [(program: String, run: String)] = [
        ("codex/0.163.0", "code_mode"), ("kimi/1.51.0", "basic_print"), ("vibe/3.0.3", "agent_ask"),
    ]

    private func outcome(_ lines: String..., exit: AgentExit = Samples.exit(0)) throws -> AgentOutcome {
        var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
        return reader.read(lines.joined(separator: "\n") + "\n", exit)
    }

    private func ended(_ cause: AgentExit.Cause) -> AgentExit {
        AgentExit(cause, endedAt: Samples.recorded)
    }

    // MARK: - Pieces and broken bytes

    @Test(arguments: formats)
    func piecesOfAnySizeGiveTheSameEventsAndOutcome(program: String, run: String) throws {
        let recorded = try Transcript(run, of: program)
        let request = try Samples.request(.command)
        var whole = CommandReader(request: request, zones: Samples.zones)
        let events = whole.consume(recorded.output) + whole.finish()
        let outcome = whole.outcome(of: Samples.exit(0))
        #expect(events.count > 5)
        for size in [1, 7, 4096] {
            var pieces = CommandReader(request: request, zones: Samples.zones)
            #expect(pieces.events(of: recorded.output) { size } == events)
            #expect(pieces.outcome(of: Samples.exit(0)) == outcome)
        }
    }

    @Test(arguments: formats)
    func randomlyBrokenRecordsAreSurvived(program: String, run: String) throws {
        var generator = SeededGenerator(seed: 13)
        let recorded = try Transcript(run, of: program).output
        let start = try #require(recorded.firstIndex(of: 0x0A))
        for _ in 0..<12 {
            var bytes = recorded
            for _ in 0..<200 {
                let position = Int.random(in: start..<bytes.count, using: &generator)
                bytes[position] = UInt8.random(in: 0...255, using: &generator)
            }
            var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
            _ = reader.events(of: bytes) { Int.random(in: 1...5000, using: &generator) }
            _ = reader.outcome(of: Samples.exit(1))
        }
    }

    @Test(arguments: formats)
    func aStreamThatIsCutInsideARecordIsIncomplete(program: String, run: String) throws {
        let recorded = try Transcript(run, of: program).output
        for cut in [1, 2, 20] {
            var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
            let outcome = reader.read(Array(recorded.dropLast(cut + 1)), Samples.exit(0))
            #expect(outcome.end == .incomplete)
            #expect(outcome.finalMessage == nil)
        }
    }

    @Test func whatIsNoUTF8IsRepaired() throws {
        let bytes = Array(#"{"role":"assistant","content":"a"#.utf8) + [0xFF] + Array("b\"}\n".utf8)
        var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
        #expect(reader.read(bytes, Samples.exit(0)).finalMessage == "a\u{FFFD}b")
    }

    // MARK: - What ended the process

    @Test(arguments: formats)
    func whatEndedTheProcessBeatsWhatItClaimed(program: String, run: String) throws {
        let lines = try Transcript(run, of: program).output.split(separator: 0x0A)
        // Codex alone has a record of the end.
        let claims = lines.dropLast(program.hasPrefix("codex") ? 1 : 0).joined(separator: [0x0A]) + [0x0A]
        let ends: [(AgentExit.Cause, IterationEnd)] = [
            (.exited(.signal(9)), .killed(signal: 9)), (.exited(.code(143)), .killed(signal: 15)),
            (.deadline(.iteration), .timeout(.iteration)), (.deadline(.toolCall), .timeout(.toolCall)),
            (.stalled, .stall), (.interrupted, .incomplete), (.ownerLost(nil), .incomplete),
            (.launchFailed(message: "no"), .launchFailure(message: "no")),
        ]
        for (cause, end) in ends {
            var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
            let outcome = reader.read(Array(claims), ended(cause))
            #expect(outcome.end == end)
            #expect(outcome.finalMessage == nil)
        }
    }

    @Test(arguments: formats)
    func aFailureOfTheProgramIsNoSuccess(program: String, run: String) throws {
        var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
        let outcome = reader.read(try Transcript(run, of: program).output, Samples.exit(3, errors: "panicked at x\n"))
        #expect(outcome.end == .agentError(message: "panicked at x"))
        #expect(outcome.finalMessage == nil)
    }

    // MARK: - Talk about failures

    @Test(arguments: [
        "You've hit your usage limit. Try again at 11:30 PM.", "unexpected status 401 Unauthorized: x",
        "Error code: 429 - {'error': {'code': 'rate_limit_exceeded'}}", "Error: Client error '429 Too Many Requests'",
        "Selected model is at capacity. Please try a different model.", "Interrupted by user", "Stopped: terminated",
        "API Error: 529 Overloaded", "Quota exceeded. Check your plan and billing details.",
        "To resume this session: kimi -r 1",
    ])
    func aSuccessThatTalksAboutFailuresIsASuccess(_ words: String) throws {
        let message = JSONWriter.write(.string(words))
        let codex = try outcome(
            Codex.thread,
            Codex.turn,
            #"{"type":"item.completed","item":{"id":"i","type":"agent_message","text":\#(message)}}"#,
            Codex.done
        )
        let kimi = try outcome(#"{"role":"assistant","content":\#(message)}"#)
        let vibe = try outcome(Vibe.said(words))
        for outcome in [codex, kimi, vibe] {
            #expect(outcome.end == .ok)
            #expect(outcome.finalMessage == words)
        }
    }

    @Test func whatToolsReturnIsNobodysFailure() throws {
        let quoted = #"{\"type\":\"turn.failed\",\"error\":{\"message\":\"You've hit your usage limit.\"}}"#
        let outcome = try outcome(
            Codex.thread,
            Codex.turn,
            #"{"type":"item.completed","item":{"id":"i","type":"command_execution","command":"cat log","#
                + #""aggregated_output":"\#(quoted)","exit_code":1,"status":"failed"}}"#,
            Codex.said("done"),
            Codex.done
        )
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == "done")
    }

    // MARK: - Enormous lines

    @Test func aHugeLineIsReportedAndTheEndAfterItRead() throws {
        var reader = RecordReader<CodexTranscript>(
            request: try Samples.request(.command),
            zones: Samples.zones,
            lineLimit: 100_000
        )
        let call = #"{"type":"item.started","item":{"id":"i","type":"command_execution","command":"cat x"}}"#
        var events = reader.consume(Array("\(Codex.thread)\n\(Codex.turn)\n\(call)\n".utf8))
        let filling = String(repeating: "x\\n\\\"é", count: 40_000)
        let huge = #"{"type":"item.completed","item":{"id":"i","aggregated_output":""# + filling + "\"}}\n"
        events += reader.events(of: Array(huge.utf8)) { 7919 }
        #expect(events.contains(.oversizedLine(bytes: huge.utf8.count - 1)))
        #expect(events.contains(.toolCallEnded(id: "i", isError: false)))
        #expect(reader.read("\(Codex.said("found"))\n\(Codex.done)\n", Samples.exit(0)).finalMessage == "found")
    }

    @Test func aMessageThatIsTooLongIsNotReplacedByTheOneBefore() throws {
        let request = try Samples.request(.command)
        let filling = String(repeating: "x", count: 200_000)
        var codex = RecordReader<CodexTranscript>(request: request, zones: Samples.zones, lineLimit: 100_000)
        let lines = [Codex.thread, Codex.turn, Codex.said("ready: true"), Codex.said(filling), Codex.done]
        let outcome = codex.read(lines.joined(separator: "\n"), Samples.exit(0))
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == nil)
        var kimi = RecordReader<KimiTranscript>(request: request, zones: Samples.zones, lineLimit: 100_000)
        let said = ["ready: true", filling].map { #"{"role":"assistant","content":"\#($0)"}"# }
        #expect(kimi.read(said.joined(separator: "\n"), Samples.exit(0)).finalMessage == nil)
        var vibe = RecordReader<VibeTranscript>(request: request, zones: Samples.zones, lineLimit: 100_000)
        let entries = ["ready: true", filling].map { Vibe.said($0) }
        #expect(vibe.read(entries.joined(separator: "\n"), Samples.exit(0)).finalMessage == nil)
    }

    @Test func aLongMessageKeepsItsEnd() throws {
        let text = String(repeating: "x", count: 3 << 20) + "<END>"
        let message = try outcome(Codex.thread, Codex.turn, Codex.said(text), Codex.done).finalMessage
        #expect(message?.hasSuffix("<END>") == true)
        #expect((message?.utf8.count ?? 0) <= 1 << 20)
    }

    // MARK: - Which agent it is

    @Test(arguments: [
        #"{"type":"turn.started"}"#, #"{"type":"thread.started"}"#, #"{"role":"user","content":"x"}"#,
        #"{"role":"assistant"}"#, #"{"role":"assistant","content":5}"#, #"{"id":"a","type":"message"}"#,
        #"{"id":"a","sessionId":"b","turnId":"c","type":"other"}"#, #"{"id":"m","role":"assistant","content":"x"}"#,
        #"{"role": "assistant", "content": "x"}"#, #"{"content":"x","role":"assistant"}"#,
        #"{"role":"assistant","content":"x","refusal":null}"#, #"{"role":"assistant","content":"x","name":"y"}"#,
        #"{"role":"assistant","content":{"text":"x"}}"#, #"[{"role":"assistant","content":"x"}]"#,
        #"Look: {"role":"assistant","content":"x"}"#,
    ])
    func otherRecordsAreText(_ line: String) throws {
        #expect(try outcome(line) == AgentOutcome(end: .ok, finalMessage: line + "\n"))
    }
}

/// Records as Codex prints them, with what matters only.
enum Codex {
    static let thread = #"{"type":"thread.started","thread_id":"t1"}"#
    static let turn = #"{"type":"turn.started"}"#
    static let done = #"{"type":"turn.completed","usage":{"input_tokens":10,"output_tokens":2}}"#

    static func said(_ text: String) -> String {
        JSONWriter.write([
            "type": "item.completed", "item": ["id": "i", "type": "agent_message", "text": .string(text)],
        ])
    }

    static func failed(_ text: String) -> String {
        JSONWriter.write(["type": "turn.failed", "error": ["message": .string(text)]])
    }

    static func error(_ text: String) -> String {
        JSONWriter.write(["type": "error", "message": .string(text)])
    }
}

/// Records as Vibe prints them, with what matters only.
enum Vibe {
    static func said(_ text: String, outcome: String = "committed") -> String {
        JSONWriter.write([
            "id": "a", "sessionId": "s1", "turnId": "t", "type": "message", "role": "assistant",
            "content": [["type": "text", "text": .string(text)]], "outcome": ["type": .string(outcome)],
        ])
    }
}
