import Domain
import Testing

/// Every recorded run of mini-swe-agent 2.4.6, whose output is text.
struct MiniTranscriptTests {
    private static let program = "mini/2.4.6"

    @Test(arguments: failures + successes)
    func tellsHowItEnded(_ run: RecordedRun) throws {
        try run.check(of: Self.program)
    }

    @Test func everyRecordedRunIsInTheTable() throws {
        #expect(try Transcript.names(of: Self.program) == Self.all.map(\.name).sorted())
    }

    private static let all = failures + successes

    static let failures: [RecordedRun] = [
        RecordedRun(
            "err_401",
            exit: 1,
            .authentication(message: "litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect ")
        ),
        RecordedRun("err_429_r2", exit: 1, .rateLimited(retryAfter: .milliseconds(1200))),
        RecordedRun(
            "err_conn_refused_r2",
            exit: 1,
            .network(message: "litellm.InternalServerError: InternalServerError: OpenAIException - Connection ")
        ),
        RecordedRun("err_prompt_too_long", exit: 1, .contextOverflow),
        RecordedRun("sig_sigint", exit: 1, .incomplete),
        RecordedRun("sig_sigterm", exit: -15, .killed(signal: 15)),
        RecordedRun("step_limit", exit: 0, .incomplete),
    ]

    static let successes: [RecordedRun] = [
        RecordedRun("basic", .ok, saying: "tory to '/srv/lab/mini/basic/traj.json'\n"),
        RecordedRun("no_tool_call", .ok, saying: " '/srv/lab/mini/no_tool_call/traj.json'\n"),
    ]
}
