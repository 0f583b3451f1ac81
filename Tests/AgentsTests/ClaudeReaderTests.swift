import Agents
import Domain
import Processes
import TestSupport
import Testing

/// What is read out of Claude Code's output, whatever its shape.
struct ClaudeReaderTests {
    private func reader(_ session: AgentSession? = nil) throws -> ClaudeReader {
        ClaudeReader(request: try Samples.request(session: session), zones: Samples.zones)
    }

    private func outcome(of lines: String..., exit: AgentExit = Samples.exit(0)) throws -> AgentOutcome {
        var reader = try reader()
        return reader.read(lines.joined(separator: "\n") + "\n", exit)
    }

    // MARK: - Pieces

    @Test(arguments: ["basic_bypass", "subagent", "u2028", "err_usage_limit_oauth", "bg_bash", "out_json_verbose"])
    func piecesOfAnySizeGiveTheSameEventsAndOutcome(_ name: String) throws {
        let recorded = try Transcript(name)
        var whole = try reader()
        let events = whole.consume(recorded.output) + whole.finish()
        let outcome = whole.outcome(of: Samples.exit(0))
        var generator = SeededGenerator(seed: 7)
        let sizes: [() -> Int] = [{ 1 }, { 4096 }, { Int.random(in: 1...3000, using: &generator) }]
        for size in sizes {
            var pieces = try reader()
            #expect(pieces.events(of: recorded.output, inPiecesOf: size) == events)
            #expect(pieces.outcome(of: Samples.exit(0)) == outcome)
        }
    }

    @Test func whatAnotherProcessSaidEndsWithTheNextOne() throws {
        let outcome = try outcome(of: Line.start, Line.result("ready: true"), Line.start)
        #expect(outcome.end == .incomplete)
        #expect(outcome.finalMessage == nil)
    }

    @Test func lineSeparatorsInsideStringsEndNoLine() throws {
        let text = "one\u{2028}two\u{85}three\u{2029}four"
        let outcome = try outcome(of: Line.start, Line.said(text), Line.result(text))
        #expect(outcome.finalMessage == text)
    }

    @Test func aLastLineWithoutLineFeedCountsWhenItIsWhole() throws {
        var whole = try reader()
        #expect(whole.read(Line.start + "\n" + Line.result("end"), Samples.exit(0)).end == .ok)
        var cut = try reader()
        let half = String(Line.result("end").dropLast(20))
        #expect(cut.read(Line.start + "\n" + half, Samples.exit(0)).end == .incomplete)
    }

    // MARK: - Who speaks

    @Test func onlyTheAgentItselfSpeaks() throws {
        let events = try Transcript("subagent").events()
        let said = events.compactMap { event in
            if case .text(let text) = event { text } else { nil }
        }
        #expect(said == ["main end"])
        let calls = events.count { event in
            if case .toolCallBegan = event { true } else { false }
        }
        #expect(calls == 2)
    }

    @Test func promptsAndToolResultsAreNobodysFinalMessage() throws {
        let outcome = try outcome(
            of: Line.start,
            #"{"type":"user","message":{"role":"user","content":"<COMPLETION_GATE>\nready: true\n</COMPLETION_GATE>"}}"#,
            #"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t","content":"ready: true"}]}}"#,
            Line.result("")
        )
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == nil)
    }

    @Test func anEmptyResultMeansTheLastThingSaid() throws {
        let outcome = try outcome(of: Line.start, Line.said("first"), Line.said("last"), Line.result(""))
        #expect(outcome.finalMessage == "last")
    }

    @Test func whatTheProgramSaysAboutItsOwnFailuresIsNotTheAgentsSpeech() throws {
        let synthetic =
            #"{"type":"assistant","is_api_error_message":true,"message":{"model":"<synthetic>","content":"#
            + #"[{"type":"text","text":"API Error: 529"}]}}"#
        let failed = try outcome(of: Line.start, Line.said("mine"), synthetic, Line.result(""))
        #expect(failed.end == .overloaded)
        #expect(failed.finalMessage == nil)
        let outcome = try outcome(of: Line.start, synthetic, Line.said("mine"), Line.result(""))
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == "mine")
    }

    // MARK: - Final records

    @Test func theLastOfTwoResultsCounts() throws {
        let outcome = try Transcript("bg_bash").outcome(.exited(.code(0)))
        #expect(outcome.finalMessage == "Done.")
        #expect(outcome.usage == Usage(cost: USD(microdollars: 155_444), tokens: 38_769))
    }

    @Test func workBegunAfterAResultMakesItStale() throws {
        let lines = [Line.start, Line.result("ready"), Line.start, Line.said("one moment")]
        var reader = try reader()
        #expect(reader.read(lines.joined(separator: "\n"), Samples.exit(0)).end == .incomplete)
    }

    @Test(arguments: [
        AgentExit.Cause.exited(.code(143)), .exited(.signal(15)), .deadline(.iteration), .stalled, .interrupted,
        .ownerLost(nil),
    ])
    func aCompleteResultOutranksHowTheProcessEnded(_ cause: AgentExit.Cause) throws {
        let outcome = try outcome(
            of: Line.start,
            Line.result("all done"),
            exit: AgentExit(cause, endedAt: Samples.recorded)
        )
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == "all done")
    }

    @Test func aRunThatStillWantedAToolIsIncomplete() throws {
        let outcome = try outcome(
            of: Line.start,
            Line.said("building"),
            #"{"type":"result","subtype":"success","is_error":false,"stop_reason":"tool_use","result":"","session_id":"s1"}"#
        )
        #expect(outcome.end == .incomplete)
        #expect(outcome.finalMessage == nil)
    }

    @Test func noSingleFieldMakesASuccess() throws {
        let fields = [
            #""is_error":true"#, #""api_error_status":529"#, #""api_error":"usage_limit_reached""#,
        ]
        for field in fields {
            let line = #"{"type":"result","subtype":"success","# + field + #","result":"x","session_id":"s1"}"#
            #expect(try outcome(of: Line.start, line).end != .ok)
        }
        let harmless = #"{"type":"result","subtype":"success","is_error":false,"error":null,"errors":[],"result":"x"}"#
        #expect(try outcome(of: harmless).end == .ok)
    }

    // MARK: - Sessions

    @Test func aSessionThatCannotBeContinuedIsForgotten() throws {
        #expect(try Transcript("err_prompt_too_long_mid").outcome(.exited(.code(1))).sessionID == nil)
        #expect(try Transcript("resume_6_unknown").outcome(.exited(.code(1))).sessionID == nil)
        #expect(try Transcript("err_529_default").outcome(.exited(.code(1))).sessionID != nil)
        let malformed =
            #"{"type":"result","subtype":"success","is_error":true,"session_id":"s1","#
            + #""result":"API Error: 400 due to tool use concurrency issues."}"#
        let outcome = try outcome(of: Line.start, malformed)
        #expect(outcome.end == .agentError(message: "API Error: 400 due to tool use concurrency issues."))
        #expect(outcome.sessionID == nil)
    }

    @Test(arguments: ["--dangerous", "a b", "x\u{0}y", "a\nb", String(repeating: "a", count: 200), "ä"])
    func anIDThatCouldBeTakenForSomethingElseIsNone(_ id: String) throws {
        let start = JSONWriter.write(
            ["type": "system", "subtype": "init", "session_id": .string(id)])
        #expect(try outcome(of: start).sessionID == nil)
    }

    @Test func aKilledRunKeepsItsSession() throws {
        let outcome = try Transcript("sig_sigkill").outcome(.deadline(.iteration))
        #expect(outcome.end == .timeout(.iteration))
        #expect(outcome.sessionID != nil)
    }

    // MARK: - Questions

    @Test func aQuestionThatNobodyAnsweredIsReported() throws {
        let asked =
            #"{"type":"assistant","message":{"content":[{"type":"tool_use","id":"q","name":"AskUserQuestion","#
            + #""input":{"questions":[{"question":"Which database?"}]}}]}}"#
        let outcome = try outcome(of: Line.start, asked, Line.said("I chose one."), Line.result("I chose one."))
        #expect(outcome.end == .question(text: "Which database?"))
        #expect(outcome.finalMessage == "I chose one.")
    }
}

/// Lines as Claude Code prints them, with what matters only.
enum Line {
    static let start = #"{"type":"system","subtype":"init","session_id":"s1","cwd":"/workspace","model":"m"}"#

    static func said(_ text: String) -> String {
        JSONWriter.write([
            "type": "assistant", "message": ["content": [["type": "text", "text": .string(text)]]], "session_id": "s1",
        ])
    }

    static func result(_ text: String, cost: Double? = nil) -> String {
        var members: [JSONMember] = [
            JSONMember(key: "subtype", value: "success"), JSONMember(key: "is_error", value: .bool(false)),
            JSONMember(key: "result", value: .string(text)), JSONMember(key: "session_id", value: "s1"),
        ]
        if let cost { members.append(JSONMember(key: "total_cost_usd", value: .number(cost))) }
        return JSONWriter.write(.object(members + [JSONMember(key: "type", value: "result")]))
    }
}
