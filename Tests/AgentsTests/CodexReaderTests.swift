import Domain
import Processes
import Testing

@testable import Agents

/// What is read out of the output of `codex exec --json`, beyond what recorded runs show.
struct CodexReaderTests {
    private func reader() throws -> RecordReader<CodexTranscript> {
        RecordReader(request: try Samples.request(.command), zones: Samples.zones)
    }

    private func outcome(_ lines: String..., exit: AgentExit = Samples.exit(0)) throws -> AgentOutcome {
        var reader = try reader()
        return reader.read(lines.joined(separator: "\n") + "\n", exit)
    }

    private func events(_ lines: String...) throws -> [AgentEvent] {
        var reader = try reader()
        return reader.consume(Array((lines.joined(separator: "\n") + "\n").utf8))
    }

    @Test func allThreadsOfOneOutputAreCounted() throws {
        let done = { (tokens: Int) in
            #"{"type":"turn.completed","usage":{"input_tokens":\#(tokens),"output_tokens":0}}"#
        }
        let other = #"{"type":"thread.started","thread_id":"t2"}"#
        let two = try outcome(Codex.thread, Codex.turn, done(1_000_000), other, Codex.turn, done(1000))
        #expect(two.usage.tokens == 1_001_000)
        #expect(two.tokens == ModelTokens(input: 1_001_000))
        let cut = try outcome(Codex.thread, Codex.turn, done(7), other, Codex.turn)
        #expect(cut.usage.tokens == 7)
        // The figures of one thread are its total.
        let same = try outcome(Codex.thread, Codex.turn, done(7), Codex.thread, Codex.turn, done(9))
        #expect(same.usage.tokens == 9)
    }

    @Test func tellsWhatTheAgentDoes() throws {
        let item = { (kind: String, rest: String) in #"{"type":"item.\#(kind)","item":{"id":"i1",\#(rest)}}"# }
        let command = #""type":"command_execution","command":"make\u001b[2J\nx""#
        let events = try events(
            Codex.thread,
            Codex.turn,
            item("started", #""type":"todo_list","items":[]"#),
            item("started", command + #","status":"in_progress""#),
            item("completed", command + #","exit_code":2,"status":"failed""#),
            item(
                "completed",
                #""type":"file_change","changes":[{"path":"/w/a.txt","kind":"add"}],"status":"completed""#
            ),
            Codex.said("Done."),
            Codex.done
        )
        #expect(
            events == [
                .session(id: "t1", model: nil),
                .toolCallBegan(id: "i1", name: "shell", summary: "make[2J"),
                .toolCallEnded(id: "i1", isError: true),
                .toolCallBegan(id: "i1", name: "apply_patch", summary: "/w/a.txt"),
                .toolCallEnded(id: "i1", isError: false),
                .text("Done."),
                .usage(Usage(tokens: 12)),
                .result(AgentResult(finalMessage: "Done.")),
            ]
        )
    }

    @Test func retriesAreSignsOfLifeAndNoFailures() throws {
        let events = try events(
            Codex.thread,
            Codex.error("Reconnecting... 2/5 (exceeded retry limit, last status: 429 Too Many Requests)"),
            Codex.error("Reconnecting... waiting for network (Connection failed: error sending request)"),
            Codex.error("Reconnecting... 1/5 (unexpected status 401 Unauthorized: x)")
        )
        #expect(
            events.dropFirst() == [
                .retrying(attempt: 2, of: 5, cause: .rateLimited), .retrying(attempt: 2, of: nil, cause: .network),
            ]
        )
    }

    @Test func aTurnThatBeganAfterTheLastOneEndedIsNotFinished() throws {
        let outcome = try outcome(Codex.thread, Codex.turn, Codex.said("ready"), Codex.done, Codex.turn)
        #expect(outcome.end == .incomplete)
        #expect(outcome.finalMessage == nil)
    }

    @Test func whatAnotherProcessSaidEndsWithTheNextOne() throws {
        let second = #"{"type":"thread.started","thread_id":"t2"}"#
        let ready = [Codex.thread, Codex.turn, Codex.said("ready: true"), Codex.done].joined(separator: "\n")
        let died = try outcome(ready, second)
        #expect(died.end == .incomplete)
        #expect(died.finalMessage == nil)
        #expect(died.sessionID == "t2")
        #expect(try outcome(ready, second, Codex.turn, Codex.done).finalMessage == nil)
        let failed = [Codex.thread, Codex.turn, Codex.failed("You've hit your usage limit.")].joined(separator: "\n")
        #expect(try outcome(failed, second, Codex.turn, Codex.said("done"), Codex.done).end == .ok)
    }

    @Test func aRefusalOfAnotherProcessIsNotTheNextOnes() throws {
        let declined =
            #"{"type":"item.completed","item":{"id":"i","type":"command_execution","command":"rm x","status":"declined"}}"#
        let outcome = try outcome(
            Codex.thread,
            Codex.turn,
            declined,
            Codex.done,
            Codex.thread,
            Codex.turn,
            Codex.said("done"),
            Codex.done
        )
        #expect(outcome.end == .ok)
    }

    @Test func aStreamThatIsCutAfterATurnIsNotFinished() throws {
        let broken = #"{"type":"turn.star"#
        let outcome = try outcome(Codex.thread, Codex.turn, Codex.said("ready"), Codex.done, broken)
        #expect(outcome.end == .incomplete)
        #expect(outcome.finalMessage == nil)
    }

    @Test func theMessageOfATurnBeforeIsNotTheFinalOne() throws {
        let outcome = try outcome(Codex.thread, Codex.turn, Codex.said("ready"), Codex.done, Codex.turn, Codex.done)
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == nil)
    }

    @Test(arguments: [AgentExit.Cause.exited(.signal(9)), .deadline(.iteration), .interrupted, .ownerLost(nil)])
    func aCompletedTurnOutranksHowTheProcessEnded(_ cause: AgentExit.Cause) throws {
        let exit = AgentExit(cause, endedAt: Samples.recorded)
        let outcome = try outcome(Codex.thread, Codex.turn, Codex.said("all done"), Codex.done, exit: exit)
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == "all done")
    }

    @Test func aFailedTurnIsAFailureWhateverTheStatus() throws {
        let outcome = try outcome(Codex.thread, Codex.turn, Codex.said("ready"), Codex.failed("model melted"))
        #expect(outcome == AgentOutcome(end: .agentError(message: "model melted"), sessionID: "t1"))
    }

    @Test func anErrorThatIsNotFollowedByAFailedTurnCountsWithTheStatus() throws {
        let error = Codex.error("stream disconnected before completion: x")
        let failed = try outcome(Codex.thread, Codex.turn, error, exit: Samples.exit(1))
        #expect(failed.end == .network(message: "stream disconnected before completion: x"))
        #expect(
            try outcome(Codex.thread, Codex.turn, error, Codex.said("on"), exit: Samples.exit(1)).end == .incomplete
        )
        #expect(try outcome(Codex.thread, Codex.turn, error).end == .incomplete)
    }

    @Test func failuresAreToldByCodeThenByStatusThenByWords() throws {
        let rows: [(String, IterationEnd)] = [
            (#"{"error":{"message":"m","code":"insufficient_quota"}}"#, .billing(message: "m")),
            (#"{"error":{"message":"m","type":"server_error","code":null}}"#, .overloaded),
            (#"{"error":{"message":"overloaded"}}"#, .overloaded), (#"{"error":"#, .agentError(message: #"{"error":"#)),
            (
                "unexpected status 402 Payment Required: x",
                .billing(message: "unexpected status 402 Payment Required: x")
            ),
            ("unexpected status 400 Bad Request: x", .agentError(message: "unexpected status 400 Bad Request: x")),
            ("exceeded retry limit, last status: 503 Service Unavailable", .overloaded),
            (
                "rate limit exceeded: Rate limit reached for m. Please try again in 1m30s.",
                .rateLimited(retryAfter: .seconds(90))
            ),
            (
                "You’ve hit your usage limit. Upgrade or try again in 3 hours 5 minutes.",
                .usageLimit(resetsAt: Samples.recorded + .seconds(11_100))
            ),
            (
                "You've hit your usage limit. Try again at Nov 25th, 2026 9:05 AM.",
                .usageLimit(resetsAt: Timestamp(millisecondsSince1970: 1_795_597_500_000))
            ),
        ]
        for (words, end) in rows {
            #expect(try outcome(Codex.thread, Codex.turn, Codex.failed(words), exit: Samples.exit(1)).end == end)
        }
    }

    @Test func aDeclinedCommandIsReported() throws {
        let declined =
            #"{"type":"item.completed","item":{"id":"i","type":"command_execution","command":"rm x","status":"declined"}}"#
        let outcome = try outcome(Codex.thread, Codex.turn, declined, Codex.said("I could not."), Codex.done)
        #expect(outcome.end == .permissionDenied(what: "shell: rm x"))
        #expect(outcome.finalMessage == "I could not.")
    }

    @Test func figuresOfAnySizeAreSurvived() throws {
        let huge = #"{"type":"turn.completed","usage":{"input_tokens":9223372036854775807,"output_tokens":5}}"#
        #expect(try outcome(Codex.thread, Codex.turn, huge).usage == Usage(tokens: 1_000_000_000_000_000))
    }

    @Test func whatTheCacheHadIsPartOfTheInput() throws {
        let done =
            #"{"type":"turn.completed","usage":{"input_tokens":100,"cached_input_tokens":70,"#
            + #""cache_write_input_tokens":10,"output_tokens":5}}"#
        let outcome = try outcome(Codex.thread, Codex.turn, done)
        #expect(outcome.usage == Usage(tokens: 105))
        #expect(outcome.tokens == ModelTokens(input: 20, output: 5, cacheRead: 70, cacheWrite: 10))
    }
}
