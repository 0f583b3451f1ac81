import Domain
import Testing

/// Every recorded run of mistral-vibe 3.0.3, and what is to be read out of it.
struct VibeTranscriptTests {
    private static let program = "vibe/3.0.3"

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
            "agent_ask",
            .permissionDenied(what: "file_system.write_file: b.txt"),
            saying: "All done.\nCOMPLETION_GATE: ready",
            in: "4ab8ffc6b0a4"
        ),
        RecordedRun(
            "err_401",
            exit: 1,
            .authentication(
                message: "Error: Invalid API key (from env var LAB_KEY). Please check your API key and try again."
            ),
            in: "18ce9c823e40"
        ),
        RecordedRun(
            "err_404",
            exit: 2,
            .launchFailure(
                message:
                    "Error: Client error '404 Not Found' for url 'http://127.0.0.1:45239/v1/chat/completions' "
                    + "For more information check: https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/404: "
                    + "The model `lab-model` does not exist or you do not have access to it."
            )
        ),
        RecordedRun(
            "err_conn_refused_e5",
            exit: 2,
            .network(message: "Error: All connection attempts failed"),
            in: "f7267562c563"
        ),
        RecordedRun(
            "err_no_key",
            exit: 1,
            .authentication(message: "Error: Missing LAB_KEY environment variable for lab provider")
        ),
        RecordedRun("err_overloaded_e5", exit: 2, .overloaded, in: "1864547f3e80"),
        RecordedRun("err_prompt_too_long", exit: 2, .contextOverflow),
        RecordedRun(
            "err_quota_e5",
            exit: 2,
            .billing(
                message:
                    "Error: Client error '429 Too Many Requests' for url "
                    + "'http://127.0.0.1:38353/v1/chat/completions' For more information check: "
                    + "https://developer.mozilla.org/en-US/docs/Web/HTTP/Status/429: You exceeded your current "
                    + "quota, please check your plan and billing details."
            ),
            in: "3c3b9dc76388"
        ),
        RecordedRun("err_rate_limit_e5", exit: 2, .rateLimited(retryAfter: .milliseconds(1200)), in: "17009076a63b"),
        RecordedRun("err_server_error_e5", exit: 2, .overloaded, in: "a3597b4ed916"),
        RecordedRun("resume_3_unknown", exit: 1, .unusableSession),
    ]

    static let interruptions: [RecordedRun] = [
        .hung("err_429", in: "de924651cab8"),
        .hung("err_500", in: "4263ffd8a1a6"),
        .hung("err_529", in: "e436b743a793"),
        .hung("err_conn_refused", in: "4f5b36f08452"),
        .hung("err_cut_mid_forever", in: "1db75084c59f"),
        .hung("err_hang", in: "e871aef6dbfe"),
        .hung("err_quota", in: "fcfd984f182e"),
        RecordedRun("max_price", exit: 3, .incomplete, in: "efdd380e2ce1"),
        RecordedRun("max_tokens", exit: 3, .incomplete, in: "947f94d857dc"),
        RecordedRun("max_turns", exit: 3, .incomplete, in: "a7de1a83b977"),
        RecordedRun("sig_sigint", exit: 3, .incomplete, in: "ec8d79eeea6e"),
        RecordedRun("sig_sigkill", exit: -9, .killed(signal: 9), in: "c3760c942070"),
        RecordedRun("sig_sigterm", exit: 3, .incomplete, in: "0182b81fe2a3"),
        RecordedRun(
            "time_limit",
            exit: 3,
            .agentError(
                message:
                    "Reading API keys from the system keyring (set them as environment variables to skip "
                    + "this)\nStopped: deadline"
            )
        ),
    ]

    static let successes: [RecordedRun] = [
        RecordedRun("basic_streaming", .ok, saying: "All done.\nCOMPLETION_GATE: ready", in: "46b8e091ec9d"),
        RecordedRun("basic_text", .ok, saying: "All done.\nCOMPLETION_GATE: ready\n"),
        RecordedRun("bwrap_ok", .ok, saying: "end", in: "cdebb18d42a6"),
        RecordedRun("cmd_fails", .ok, saying: "end", in: "7aeb3b68a2aa"),
        RecordedRun("empty_text", .ok, in: "a7b941d3c54d"),
        RecordedRun("err_429_once", .ok, saying: "recovered", in: "2ec07b695dbb"),
        RecordedRun("err_cut_end", .ok, saying: "after cut", in: "2431602b824c"),
        RecordedRun("err_cut_mid", .ok, saying: "after cut", in: "e304b4012844"),
        RecordedRun("loop_vibe_1", .ok, saying: "COMPLETION_GATE ready: false", in: "824238a77aa5"),
        RecordedRun("loop_vibe_2", .ok, saying: "COMPLETION_GATE ready: false", in: "f9fac9590e55"),
        RecordedRun("loop_vibe_3", .ok, saying: "COMPLETION_GATE ready: true", in: "90723729f0cc"),
        RecordedRun("mcp_tool", .ok, saying: "end", in: "e699d28c90c4"),
        RecordedRun("resume_0_first", .ok, saying: "first BANANA", in: "d1a1cbcb60bc"),
        RecordedRun("resume_1_id", .ok, saying: "second", in: "d1a1cbcb60bc"),
        RecordedRun("resume_2_continue", .ok, saying: "third", in: "d1a1cbcb60bc"),
        RecordedRun("stop_max_tokens", .ok, saying: "Done.", in: "098b909ce93f"),
        RecordedRun("u2028", .ok, saying: "line\u{2028}sep\u{85}nel\ttab nul emoji 🎉 ? end", in: "3239967db779"),
        RecordedRun("unknown_tool", .ok, saying: "end", in: "5ecc42d47494"),
    ]
}
