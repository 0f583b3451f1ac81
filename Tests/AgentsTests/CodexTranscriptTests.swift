import Domain
import Testing

/// Every recorded run of Codex 0.163.0, and what is to be read out of it.
struct CodexTranscriptTests {
    private static let program = "codex/0.163.0"

    @Test(arguments: failures + interruptions + successes)
    func tellsHowItEnded(_ run: RecordedRun) throws {
        try run.check(of: Self.program)
    }

    @Test func everyRecordedRunIsInTheTable() throws {
        #expect(try Transcript.names(of: Self.program) == Self.all.map(\.name).sorted())
    }

    static let all = failures + interruptions + successes

    static let failures: [RecordedRun] = [
        RecordedRun(
            "err_401",
            exit: 1,
            .authentication(
                message:
                    "unexpected status 401 Unauthorized: Incorrect API key provided: dummy. You can find your "
                    + "API key at https://platform.openai.com/account/api-keys., url: "
                    + "http://127.0.0.1:40811/v1/responses"
            ),
            in: "0ac5a92cf328"
        ),
        RecordedRun(
            "err_403",
            exit: 1,
            .authentication(
                message:
                    "unexpected status 403 Forbidden: You do not have access to this resource., url: "
                    + "http://127.0.0.1:39097/v1/responses"
            ),
            in: "32d017fc80ad"
        ),
        RecordedRun(
            "err_404",
            exit: 1,
            .launchFailure(
                message:
                    "unexpected status 404 Not Found: The model `gpt-5.5` does not exist or you do not have "
                    + "access to it., url: http://127.0.0.1:33067/v1/responses"
            )
        ),
        RecordedRun("err_429_default", exit: 1, .rateLimited(retryAfter: nil), in: "a2d2591812c7"),
        RecordedRun("err_500_default", exit: 1, .overloaded, in: "29378e01d2e6"),
        RecordedRun("err_502_r1", exit: 1, .overloaded, in: "dc150a31e38f"),
        RecordedRun("err_503_default", exit: 1, .overloaded, in: "ca7fa7ba7746"),
        RecordedRun("err_529_r1", exit: 1, .overloaded, in: "235bf90f3a8c"),
        RecordedRun(
            "err_conn_refused_bounded",
            exit: 1,
            .network(message: "Connection failed: error sending request"),
            in: "b8773af17b99"
        ),
        RecordedRun(
            "err_cut_mid_forever_r1",
            exit: 1,
            .network(
                message:
                    "stream disconnected before completion: Transport error: network error: error decoding "
                    + "response body"
            ),
            in: "58a0da10f239"
        ),
        RecordedRun(
            "err_hang_stream_r1",
            exit: 1,
            .network(message: "stream disconnected before completion: idle timeout waiting for SSE"),
            in: "b49a3b88fd82"
        ),
        RecordedRun(
            "err_no_key",
            exit: 1,
            .authentication(message: "Missing environment variable: `LAB_KEY`."),
            in: "474ac989fafb"
        ),
        RecordedRun("err_prompt_too_long", exit: 1, .contextOverflow),
        RecordedRun("err_prompt_too_long_mid", exit: 1, .contextOverflow),
        RecordedRun("err_prompt_too_long_stream", exit: 1, .contextOverflow),
        RecordedRun(
            "err_quota",
            exit: 1,
            .billing(message: "Quota exceeded. Check your plan and billing details."),
            in: "bdc427722787"
        ),
        RecordedRun(
            "err_quota_stream",
            exit: 1,
            .billing(message: "Quota exceeded. Check your plan and billing details."),
            in: "64e0a241526e"
        ),
        RecordedRun("err_usage_limit", exit: 1, .usageLimit(resetsAt: untilTwoToEleven), in: "43cc70d1e353"),
        // The exit status of the next two is 0: a tool and a patch were refused, and the model went on.
        RecordedRun(
            "mcp_tool_workspace_write",
            .permissionDenied(what: "orch.report_gate"),
            saying: "end",
            in: "1601d5b5bfc8"
        )
        .spending(20868),
        RecordedRun("resume_4_unknown", exit: 1, .unusableSession),
        RecordedRun(
            "sandbox_readonly_default",
            .permissionDenied(what: refusedPatch),
            saying: "All done.\nCOMPLETION_GATE: ready",
            in: "500d994979af"
        )
        .spending(49964),
        RecordedRun(
            "stop_max_tokens",
            exit: 1,
            .agentError(message: "Incomplete response returned, reason: max_output_tokens"),
            in: "957cbc4bb0c5"
        ),
    ]

    static let interruptions: [RecordedRun] = [
        // Ended by the time limit of the laboratory, while they waited for ever.
        .hung("err_conn_refused", in: "25dcb9d09964"),
        .hung("err_hang_r1", in: "2b76d86e3fb7"),
        RecordedRun("resume_after_sigkill_a", exit: -9, .killed(signal: 9), in: "d87d8662b80e"),
        RecordedRun("sig_hang_sigint", exit: 1, .incomplete, in: "91fbda2e1223"),
        RecordedRun("sig_sigint", exit: 1, .incomplete, in: "0287b68d489b"),
        RecordedRun("sig_sigkill", exit: -9, .killed(signal: 9), in: "ac08ebc375aa"),
        RecordedRun("sig_sigterm", exit: -15, .killed(signal: 15), in: "a46ca90cc8bb"),
    ]

    static let successes: [RecordedRun] = [
        RecordedRun("bad_patch", .ok, saying: "end", in: "5286826e9cad").spending(19452),
        RecordedRun("basic_bypass", .ok, saying: "All done.\nCOMPLETION_GATE: ready", in: "900c78c98709")
            .spending(49875),
        RecordedRun("bwrap_nested_sandbox", .ok, saying: "end", in: "a349dc9d709d").spending(29931),
        RecordedRun("bwrap_ok", .ok, saying: "end", in: "ac88357e9999").spending(29340),
        RecordedRun("cmd_fails", .ok, saying: "end", in: "0c59c95ec431").spending(19434),
        RecordedRun("code_mode", .ok, saying: "All done.\nCOMPLETION_GATE: ready", in: "bb50f4131856").spending(62909),
        RecordedRun("empty_text", .ok, in: "1a2828b2ab6a").spending(9654),
        RecordedRun("err_429_once", .ok, saying: "recovered", in: "7e3362f53bbb").spending(9657),
        RecordedRun("err_cut_before", .ok, saying: "after cut", in: "fa77dd775660").spending(9659),
        RecordedRun("err_cut_end", .ok, saying: "after cut", in: "f2d2a153078e").spending(9705),
        RecordedRun("err_cut_mid", .ok, saying: "after cut", in: "5e9ceddef448").spending(9656),
        RecordedRun("err_stream_ratelimit_once", .ok, saying: "ok", in: "2003f8d1595f").spending(9669),
        RecordedRun("loop_codex_1", .ok, saying: "COMPLETION_GATE ready: false", in: "3370a9b45548").spending(30927),
        RecordedRun("loop_codex_2", .ok, saying: "COMPLETION_GATE ready: false", in: "a51fa1d80a7e").spending(30837),
        RecordedRun("loop_codex_3", .ok, saying: "COMPLETION_GATE ready: true", in: "9a3e68a49805").spending(30817),
        RecordedRun("mcp_tool_bypass", .ok, saying: "end", in: "6b13197089c5").spending(20434),
        RecordedRun("mcp_tool_ww_approve", .ok, saying: "end", in: "024236f03450").spending(20834),
        RecordedRun("not_git", .ok, saying: "x", in: "150dab5ef1aa").spending(9603),
        RecordedRun("out_text", .ok, saying: "thinking\n"),
        RecordedRun("output_schema", .ok, saying: "{\"ready\":true}", in: "69b47c6e281d").spending(9712),
        RecordedRun("output_schema_bad", .ok, saying: "not json", in: "bda7c4baca70").spending(9715),
        RecordedRun("prompt_stdin_300k", .ok, saying: "got", in: "c20c577b79e1").spending(84660),
        // The tokens are those of the whole thread.
        RecordedRun("resume_0_first", .ok, saying: "first answer BANANA", in: "f81e654873e3").spending(19440),
        RecordedRun("resume_1_resume", .ok, saying: "resumed answer", in: "f81e654873e3").spending(29301),
        RecordedRun("resume_2_last", .ok, saying: "last answer", in: "f81e654873e3").spending(39245),
        RecordedRun("resume_3_fork", .ok, saying: "forked answer", in: "6e20b1662411").spending(49298),
        RecordedRun("resume_5_ephemeral", .ok, saying: "x", in: "fa397c314ccd").spending(9619),
        RecordedRun("resume_after_sigkill_b", .ok, saying: "picked up", in: "d87d8662b80e").spending(19600),
        RecordedRun("sandbox_denied_network", .ok, saying: "end", in: "8b47658063d5").spending(19913),
        RecordedRun("sandbox_denied_write", .ok, saying: "end", in: "5e806ee261b6").spending(30000),
        RecordedRun("sandbox_workspace_write", .ok, saying: "All done.\nCOMPLETION_GATE: ready", in: "3cfc875188e7")
            .spending(50934),
        RecordedRun("u2028", .ok, saying: "line\u{2028}sep\u{85}nel\ttab nul emoji 🎉 ? end", in: "889eeb228541")
            .spending(9655),
        RecordedRun("unknown_tool", .ok, saying: "end", in: "bb02466ab8bd").spending(19395),
    ]

    /// 10:58 on the day it was recorded.
    private static let untilTwoToEleven = Timestamp(millisecondsSince1970: 1_795_345_080_000)
    private static let refusedPatch =
        "apply_patch: writing is blocked by read-only sandbox; rejected by user approval settings"
}
