import Domain
import Testing

/// Every recorded run of aider 0.86.2, whose output is text and whose exit status is always 0.
struct AiderTranscriptTests {
    private static let program = "aider/0.86.2"

    @Test(arguments: failures + successes)
    func tellsHowItEnded(_ run: RecordedRun) throws {
        try run.check(of: Self.program)
    }

    @Test func everyRecordedRunIsInTheTable() throws {
        #expect(try Transcript.names(of: Self.program) == Self.all.map(\.name).sorted())
    }

    private static let all = failures + successes

    static let failures: [RecordedRun] = [
        RecordedRun("bad_edit", exit: 0, .agentError(message: "Only 3 reflections allowed, stopping.")),
        RecordedRun(
            "err_401",
            exit: 0,
            .authentication(message: "litellm.AuthenticationError: AuthenticationError: OpenAIException - Incorrect ")
        ),
        RecordedRun("err_429", exit: 0, .rateLimited(retryAfter: .milliseconds(1200))),
        RecordedRun("err_503", exit: 0, .overloaded),
        RecordedRun(
            "err_conn_refused",
            exit: 0,
            .network(message: "litellm.InternalServerError: InternalServerError: OpenAIException - Connection ")
        ),
        RecordedRun("err_prompt_too_long", exit: 0, .contextOverflow),
        RecordedRun("sig_sigint", exit: 0, .incomplete),
        RecordedRun("sig_sigterm", exit: -15, .killed(signal: 15)),
    ]

    static let successes: [RecordedRun] = [
        RecordedRun("basic", .ok, saying: "t\nCommit 68f8409 chore: scripted change\n"),
        RecordedRun("err_429_once", .ok, saying: "t\nCommit 49b657a chore: scripted change\n"),
        RecordedRun("err_cut_mid_stream", .ok, saying: "t\nCommit 9305f10 chore: scripted change\n"),
        RecordedRun("loop_aider_1", .ok, saying: "t\nCommit aed3471 chore: scripted change\n"),
        RecordedRun("loop_aider_2", .ok, saying: "t\nCommit 33bb5da chore: scripted change\n"),
        RecordedRun("loop_aider_3", .ok, saying: "```\n\nTokens: 2.6k sent, 3 received.\n\nls\n"),
        RecordedRun("new_file", .ok, saying: "t\nCommit a0e17e2 chore: scripted change\n"),
        RecordedRun("no_commits", .ok, saying: "ent, 22 received.\nApplied edit to a.txt\n"),
        RecordedRun("shell_suggest", .ok, saying: ": 2.7k sent, 8 received.\n\ntouch ran.txt\n"),
    ]
}
