import Domain
import Testing

/// Every recorded run of kimi-cli 1.51.0, and what is to be read out of it.
///
/// Where it fails before it says anything, there is no record, and its words are judged as those of any program.
struct KimiTranscriptTests {
    private static let program = "kimi/1.51.0"

    @Test(arguments: failures + interruptions + successes)
    func tellsHowItEnded(_ run: RecordedRun) throws {
        try run.check(of: Self.program)
    }

    @Test func everyRecordedRunIsInTheTable() throws {
        #expect(try Transcript.names(of: Self.program) == Self.all.map(\.name).sorted())
    }

    private static let all = failures + interruptions + successes

    static let failures: [RecordedRun] = [
        RecordedRun(
            "err_401",
            exit: 1,
            .authentication(message: "Error code: 401 - {'error': {'message': 'Incorrect API key provided: dummy. You ")
        ),
        RecordedRun(
            "err_403",
            exit: 1,
            .authentication(message: "Error code: 403 - {'error': {'message': 'You do not have access to this resource")
        ),
        RecordedRun(
            "err_404",
            exit: 1,
            .launchFailure(message: "Error code: 404 - {'error': {'message': 'The model `lab-model` does not exist or")
        ),
        RecordedRun("err_429", exit: 75, .rateLimited(retryAfter: .milliseconds(1200))),
        RecordedRun("err_500", exit: 75, .overloaded),
        RecordedRun("err_502", exit: 75, .overloaded),
        RecordedRun("err_503", exit: 75, .overloaded),
        RecordedRun("err_529", exit: 1, .overloaded),
        RecordedRun("err_conn_refused", exit: 75, .network(message: "Connection error.")),
        RecordedRun(
            "err_cut_mid_forever",
            exit: 75,
            .network(message: "peer closed connection without sending complete message body (incomplete chunked"),
            in: "90a2671e7ea4"
        ),
        RecordedRun("err_no_config", exit: 1, .authentication(message: "LLM not set")),
        RecordedRun("err_prompt_too_long", exit: 1, .contextOverflow),
        RecordedRun(
            "err_quota",
            exit: 75,
            .billing(message: "Error code: 429 - {'error': {'message': 'You exceeded your current quota, please")
        ),
    ]

    static let interruptions: [RecordedRun] = [
        .hung("err_hang"),
        RecordedRun("max_steps", exit: 1, .incomplete, in: "ff2072760323"),
        RecordedRun("sig_sigint", exit: 1, .incomplete, in: "26b0fd581293"),
        RecordedRun("sig_sigkill", exit: -9, .killed(signal: 9)),
        RecordedRun("sig_sigterm", exit: -15, .killed(signal: 15)),
    ]

    static let successes: [RecordedRun] = [
        RecordedRun("basic_print", .ok, saying: "All done.\nCOMPLETION_GATE: ready", in: "af1860b7986d"),
        RecordedRun("bwrap_ok", .ok, saying: "end", in: "69443f9f4c98"),
        RecordedRun("cmd_fails", .ok, saying: "end", in: "1565038f5834"),
        RecordedRun("err_429_once", .ok, saying: "recovered", in: "c0c6407556d0"),
        RecordedRun("err_cut_end", .ok, saying: "wholeafter cut", in: "ed816ede1fef"),
        RecordedRun("err_cut_mid", .ok, saying: "a long answer beafter cut", in: "9dd4c51206d9"),
        RecordedRun("loop_kimi_1", .ok, saying: "COMPLETION_GATE ready: false", in: "02ce1b5cb238"),
        RecordedRun("loop_kimi_2", .ok, saying: "COMPLETION_GATE ready: false", in: "5545f52ea1d5"),
        RecordedRun("loop_kimi_3", .ok, saying: "COMPLETION_GATE ready: true", in: "2b9dd69218b1"),
        RecordedRun("mcp_tool", .ok, saying: "end", in: "d3162ef74ed3"),
        RecordedRun("out_quiet", .ok, saying: "final\n"),
        RecordedRun("ralph", .ok, saying: "four <choice>STOP</choice>", in: "d04b0cb72852"),
        RecordedRun("resume_0_first", .ok, saying: "first BANANA", in: "0dfb23141a2b"),
        RecordedRun("resume_1_r", .ok, saying: "second", in: "0dfb23141a2b"),
        RecordedRun("resume_2_continue", .ok, saying: "third", in: "0dfb23141a2b"),
        RecordedRun("resume_3_chosen_id", .ok, saying: "fourth", in: "my-own-id"),
        RecordedRun("resume_unknown", .ok, saying: "x", in: "000000000000"),
        RecordedRun("stop_max_tokens", .ok, saying: "cut", in: "23784fd2ee0e"),
        RecordedRun("stream_input", .ok, saying: "two", in: "98a383fdc727"),
        RecordedRun("u2028", .ok, saying: "line\u{2028}sep\u{85}nel\ttab nul emoji 🎉 ? end", in: "bdf83558f6f7"),
        RecordedRun("unknown_tool", .ok, saying: "end", in: "b1db3ded89ef"),
    ]
}
