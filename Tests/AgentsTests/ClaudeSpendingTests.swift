import Agents
import Domain
import Processes
import Testing

/// What one process has spent, as opposed to its conversation.
struct ClaudeSpendingTests {
    @Test func aResumedProcessCountsOnlyWhatItSpentItself() throws {
        let first = try Transcript("resume_0_first").outcome(.exited(.code(0)))
        #expect(first.usage == Usage(cost: USD(microdollars: 51_120), tokens: 12_744))
        let session = AgentSession(id: try #require(first.sessionID), cost: first.usage.cost)
        let second = try Transcript("resume_1_resume").outcome(.exited(.code(0)), session: session)
        #expect(second.usage == Usage(cost: USD(microdollars: 51_152), tokens: 12_776))
    }

    @Test func olderVersionsSayTheTotalOfTheConversationOnly() throws {
        let session = AgentSession(id: "s1", cost: USD(microdollars: 200_000))
        #expect(try cost(ofTotals: [0.31], session: session) == USD(microdollars: 110_000))
        #expect(try cost(ofTotals: [0.31], session: nil) == USD(microdollars: 310_000))
        #expect(try cost(ofTotals: [0.25, 0.31], session: session) == USD(microdollars: 110_000))
        #expect(
            try cost(ofTotals: [0.31], session: AgentSession(id: "other", cost: session.cost))
                == USD(microdollars: 310_000)
        )
    }

    @Test func aTotalThatWentDownCountsFromZero() throws {
        let session = AgentSession(id: "s1", cost: USD(microdollars: 500_000))
        #expect(try cost(ofTotals: [0.31], session: session) == USD(microdollars: 310_000))
    }

    @Test func subAgentsAreCounted() throws {
        let outcome = try Transcript("subagent").outcome(.exited(.code(0)))
        #expect(outcome.usage == Usage(cost: USD(microdollars: 174_344), tokens: 43_398))
    }

    @Test func aResultOfItsOwnTurnAloneLeavesTheTokensOfSubAgents() throws {
        let used = #""usage":{"input_tokens":1000,"output_tokens":1}"#
        let lines = [
            Line.start,
            #"{"type":"assistant","message":{"id":"m1","model":"big","content":"x",\#(used)}}"#,
            #"{"type":"assistant","parent_tool_use_id":"t","message":{"id":"m2","model":"big","content":"x",\#(used)}}"#,
            #"{"type":"result","session_id":"s1","result":"x","total_cost_usd":0.5,"usage":{"input_tokens":1000,"output_tokens":9}}"#,
        ]
        var reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        let outcome = reader.read(lines.joined(separator: "\n"), Samples.exit(0))
        #expect(outcome.usage == Usage(cost: USD(microdollars: 500_000), tokens: 2010))
    }

    @Test func aTurnThatBrokeOffAfterAResultIsWithoutACost() throws {
        let used = #""usage":{"input_tokens":70}"#
        let lines = [
            Line.start, Line.result("x", cost: 0.5),
            #"{"type":"assistant","message":{"id":"m2","model":"big","content":"x",\#(used)}}"#,
        ]
        var reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        let outcome = reader.read(lines.joined(separator: "\n"), AgentExit(.stalled, endedAt: Samples.recorded))
        #expect(outcome.usage.cost == USD(microdollars: 500_000))
        #expect(outcome.usage.unpricedTokens == 70)
        #expect(outcome.tokens == ModelTokens(model: "big", input: 70))
    }

    @Test func aKilledProcessCountsAtLeastWhatItsMessagesBeganWith() throws {
        let outcome = try Transcript("resume_after_sigkill_a").outcome(.exited(.signal(9)))
        #expect(outcome.usage.cost == nil)
        #expect(outcome.usage.tokens == 25_567)
    }

    @Test func aKilledProcessTellsTheKindsOfItsTokens() throws {
        let killed = try Transcript("sig_sigkill").outcome(.stalled)
        #expect(killed.tokens == ModelTokens(model: "claude-opus-5-5", input: 12_791, output: 1))
        #expect(try Transcript("basic_bypass").outcome(.exited(.code(0))).tokens == nil)
    }

    @Test func tokensOfSeveralModelsAreNotToldByKind() throws {
        let lines = ["a", "b"]
            .map { model in
                #"{"type":"assistant","message":{"id":"\#(model)","model":"\#(model)","content":"x","#
                    + #""usage":{"input_tokens":5,"cache_read_input_tokens":2}}}"#
            }
        var reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        #expect(reader.read(lines.joined(separator: "\n"), Samples.exit(0)).tokens == nil)
        reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        #expect(reader.read(lines[0], Samples.exit(0)).tokens == ModelTokens(model: "a", input: 5, cacheRead: 2))
    }

    @Test(arguments: ["1e308", "-5", "9223372036854775807", "\"many\"", "null", "1e13"])
    func absurdFiguresAreNoFiguresAndDoNoHarm(_ figure: String) throws {
        let models = #"{"m":{"costUSD":\#(figure),"inputTokens":\#(figure),"outputTokens":\#(figure)}}"#
        let line = #"{"type":"result","session_id":"s1","result":"x","model_usage_since_last_result":\#(models)}"#
        var reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        let outcome = reader.read(Array(repeating: line, count: 50).joined(separator: "\n"), Samples.exit(0))
        #expect((outcome.usage.tokens ?? 0) >= 0)
        #expect((outcome.usage + outcome.usage).tokens ?? 0 >= 0)
    }

    private func cost(ofTotals totals: [Double], session: AgentSession?) throws -> USD? {
        var reader = ClaudeReader(request: try Samples.request(session: session), zones: Samples.zones)
        let lines = [Line.start] + totals.map { Line.result("x", cost: $0) }
        return reader.read(lines.joined(separator: "\n"), Samples.exit(0)).usage.cost
    }
}
