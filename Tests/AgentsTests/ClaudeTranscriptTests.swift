import Agents
import Domain
import Processes
import Testing

/// Every recorded run of Claude Code 2.1.330, and what is to be read out of it.
struct ClaudeTranscriptTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String
        let exit: Int32
        let end: IterationEnd
        /// What the final message is, for ends that have one.
        var message: String?

        init(_ name: String, exit: Int32 = 0, _ end: IterationEnd, saying message: String? = nil) {
            self.name = name
            self.exit = exit
            self.end = end
            self.message = message
        }

        var testDescription: String { name }
    }

    @Test(arguments: failures + refusals + interruptions)
    func tellsWhatWentWrong(_ row: Row) throws {
        let status: Processes.ExitStatus = row.exit < 0 ? .signal(-row.exit) : .code(row.exit)
        let outcome = try Transcript(row.name).outcome(.exited(status))
        #expect(outcome.end == row.end)
        #expect(outcome.finalMessage == row.message)
    }

    @Test(arguments: successes)
    func findsTheFinalMessage(name: String, message: String) throws {
        let outcome = try Transcript(name).outcome(.exited(.code(0)))
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == message)
        #expect(outcome.sessionID != nil)
        #expect(outcome.usage.cost != nil)
    }

    @Test func everyRecordedRunIsInATable() throws {
        let rows = (Self.failures + Self.refusals + Self.interruptions).map(\.name) + Self.successes.map(\.0)
        #expect(try Transcript.names(of: "claude/2.1.330") == rows.sorted())
    }

    @Test(arguments: failures)
    func aTimerOfMakimasIsNeverTakenForAFailureOfTheService(_ row: Row) throws {
        let recorded = try Transcript(row.name)
        guard recorded.isWithoutResult else { return }
        #expect(try recorded.outcome(.deadline(.iteration)).end == .timeout(.iteration))
        #expect(try recorded.outcome(.stalled).end == .stall)
    }

    static let failures: [Row] = [
        Row("err_401_retries2", exit: 1, .authentication(message: "Invalid API key · Fix external API key")),
        Row(
            "err_403",
            exit: 1,
            .authentication(
                message: "Failed to authenticate. API Error: 403 Your API key does not have permission to use the "
                    + "specified resource."
            )
        ),
        Row(
            "err_404_model",
            exit: 1,
            .launchFailure(
                message: "There's an issue with the selected model (claude-opus-5-5). It may not exist or you may not "
                    + "have access to it. Run --model to pick a different model."
            )
        ),
        Row("err_413", exit: 1, .unusableSession),
        Row("err_429_default", exit: 1, .rateLimited(retryAfter: nil)),
        Row("err_429_noheader_default", exit: 1, .rateLimited(retryAfter: nil)),
        Row("err_429_retries2", exit: 1, .rateLimited(retryAfter: nil)),
        Row("err_500_retries2", exit: 1, .overloaded),
        Row("err_502_html_retries2", exit: 1, .overloaded),
        Row("err_529_default", exit: 1, .overloaded),
        Row("err_529_out_json", exit: 1, .overloaded),
        Row("err_529_out_text", exit: 1, .overloaded),
        Row("err_conn_refused_default", exit: 1, .network(message: connectionRefused)),
        Row("err_conn_refused_retries2", exit: 1, .network(message: connectionRefused)),
        Row("err_credit", exit: 1, .billing(message: "Credit balance is too low")),
        Row(
            "err_cut_mid_forever",
            exit: 1,
            .network(
                message:
                    "API Error: Connection dropped (ECONNRESET). Check the gateway set in ANTHROPIC_BASE_URL, then "
                    + "try again."
            )
        ),
        Row(
            "err_hang_apitimeout",
            exit: 1,
            .network(
                message: "Request timed out. If the API is slow to answer, or a proxy or gateway holds responses, set "
                    + "API_TIMEOUT_MS above 3000."
            )
        ),
        Row("err_no_key", exit: 1, .authentication(message: "Not logged in · Please run /login")),
        Row(
            "err_oauth_expired",
            exit: 1,
            .authentication(
                message: "Failed to authenticate. API Error: 401 OAuth token has expired. Please obtain a new token or "
                    + "refresh your existing token."
            )
        ),
        Row("err_prompt_too_long", exit: 1, .contextOverflow),
        Row("err_prompt_too_long_mid", exit: 1, .contextOverflow),
        Row("err_quota_key", exit: 1, .usageLimit(resetsAt: Timestamp(millisecondsSince1970: 1_796_083_200_000))),
        Row("err_usage_limit_key", exit: 1, .rateLimited(retryAfter: nil)),
        Row("err_usage_limit_oauth", exit: 1, .usageLimit(resetsAt: reset)),
        Row("err_usage_limit_oauth_mid", exit: 1, .usageLimit(resetsAt: reset + .seconds(1))),
        Row("resume_5_session_id_again", exit: 1, .unusableSession),
        Row("resume_6_unknown", exit: 1, .unusableSession),
        Row("root_no_sandbox", exit: 1, .launchFailure(message: rootRefused)),
        Row("perm_bypass_mode_root", exit: 1, .launchFailure(message: rootRefused)),
        Row(
            "sj_badjson",
            exit: 1,
            .silentLaunchFailure(message: "Error parsing streaming input line (type=unknown, 16 chars): SyntaxError")
        ),
        Row("prompt_dash_prompt", exit: 1, .silentLaunchFailure(message: "error: unknown option '-fix it'")),
        Row(
            "streamjson_no_verbose",
            exit: 1,
            .launchFailure(message: "Error: When using --print, --output-format=stream-json requires --verbose")
        ),
    ]

    static let refusals: [Row] = [
        Row("bypass_deny_rule", .permissionDenied(what: "Bash: touch zz; rm zz"), saying: "end"),
        Row("hook_stop_block", .permissionDenied(what: "Bash: echo hi"), saying: "second stop after block"),
        Row("mcp_tool_not_allowed", .permissionDenied(what: "mcp__orch__report_gate"), saying: "gate reported"),
        Row("perm_acceptEdits_bash", .permissionDenied(what: "Write: /srv/lab/outside.txt"), saying: "e"),
        Row("perm_default_denied", .permissionDenied(what: "Edit: a.txt"), saying: "All done."),
        Row("perm_dontAsk", .permissionDenied(what: "Edit: a.txt"), saying: "All done."),
        Row("perm_plan", .permissionDenied(what: "Edit: a.txt"), saying: "All done."),
        Row("perm_prompt_tool_mcp", .permissionDenied(what: "Bash: rm -rf a.txt"), saying: "All done."),
        Row("perm_prompts_none", .permissionDenied(what: "Edit: a.txt"), saying: "All done."),
        Row("sj_perm_eof", .permissionDenied(what: "Bash: touch x1"), saying: "end"),
        Row("settings_permissions", .permissionDenied(what: "Bash: curl http://127.0.0.1:1/"), saying: "end"),
    ]

    /// Exit status 0 proves nothing: three of these have it.
    static let interruptions: [Row] = [
        Row("sig_hang_sigint", .incomplete),
        Row("sig_sigint", .incomplete),
        Row("out_text", .incomplete),
        Row("err_401", exit: 124, .incomplete),
        Row("err_hang_stream", exit: 124, .incomplete),
        Row("max_budget", exit: 1, .incomplete),
        Row("max_turns", exit: 1, .incomplete),
        Row("sj_can_use_tool", exit: 1, .incomplete),
        // A command of the program's own in place of a prompt: no model was asked, and nothing was said.
        Row("prompt_slash_compact", .ok),
        Row("sj_sig_sigint", .incomplete),
        Row("sj_sig_sigterm", exit: 143, .killed(signal: 15)),
        Row("sig_sighup", exit: 129, .killed(signal: 1)),
        Row("sig_sigterm", exit: 143, .killed(signal: 15)),
        Row("sig_sigkill", exit: -9, .killed(signal: 9)),
        Row("resume_after_sigkill_a", exit: -9, .killed(signal: 9)),
    ]

    private static let reset = Timestamp(millisecondsSince1970: 1_795_344_315_000)
    private static let connectionRefused =
        "API Error: Connection refused — a firewall or proxy may be blocking it (ECONNREFUSED)"
    private static let rootRefused =
        "--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons"

    static let successes: [(String, String)] = [
        ("append_resume_0", "a"),
        ("append_resume_1", "Done."),
        ("append_resume_2", "Done."),
        ("append_system_prompt", "ok"),
        ("aux_traffic", "ok"),
        ("bare", "ok"),
        ("bash_fails", "end"),
        ("basic_bypass", "All done.\nCOMPLETION_GATE: ready"),
        ("bg_bash", "Done."),
        ("bwrap_ok", "end"),
        ("config_dir", "ok"),
        ("empty_text", "Done."),
        ("err_429_once", "recovered"),
        ("err_529_fallback_model", "from fallback"),
        ("err_529_once", "recovered"),
        ("err_compact", "after compaction"),
        ("err_cut_before", "after cut"),
        ("err_cut_end", "after cut"),
        ("err_cut_mid", "after cut"),
        ("err_cut_mid_tool", "after cut"),
        ("err_cut_reset", "after cut"),
        ("err_hang_stream_default", "after hang"),
        ("err_stream_overloaded", "after"),
        ("err_stream_overloaded_forever", "partial then overloaded error event"),
        ("json_schema", "{\"ready\":true,\"reason\":\"done\"}"),
        ("json_schema_bad", "still none"),
        ("key_url_taskA", "I am A"),
        ("key_url_taskB", "B second"),
        ("loop_claude_1", "COMPLETION_GATE ready: false"),
        ("loop_claude_2", "COMPLETION_GATE ready: false"),
        ("loop_claude_3", "COMPLETION_GATE ready: true"),
        ("mcp_failed_server", "ok"),
        ("mcp_slow_45", "end"),
        ("mcp_slow_8", "end"),
        ("mcp_tool", "gate reported"),
        ("mcp_tool_allowed", "gate reported"),
        ("nested_CLAUDECODE", "ok"),
        ("out_json", "All done."),
        ("out_json_verbose", "All done."),
        ("partial_messages", "All done."),
        ("perm_acceptEdits", "All done."),
        ("perm_allowedTools", "All done."),
        ("perm_auto", "All done."),
        ("perm_disallowedTools", "All done."),
        (
            "prompt_slash_cost",
            """
            Estimated cost:        $0.0000
            Total duration (API):  0s
            Total duration (wall): 0s
            Total code changes:    0 lines added, 0 lines removed
            Usage:                 0 input, 0 output, 0 cache read, 0 cache write
            """
        ),
        ("prompt_slash_path", "model answered"),
        ("prompt_slash_unknown", "model answered"),
        ("prompt_stdin_300k", "got 1"),
        ("resume_0_first", "first answer: the code word is BANANA"),
        ("resume_1_resume", "resumed answer"),
        ("resume_2_continue", "continued"),
        ("resume_3_fork", "forked"),
        ("resume_4_session_id", "fixed id"),
        ("resume_7_nopersist", "x"),
        ("resume_8_other_cwd", "y"),
        ("resume_after_sigkill_b", "picked up after kill"),
        ("resume_budget_0", "a"),
        ("resume_budget_1", "Done."),
        ("resume_budget_2", "Done."),
        ("sj_error_then_ok", "works now"),
        ("sj_interrupt_bash", "after interrupt answer"),
        ("sj_interrupt_stream", "second"),
        ("sj_two_turns", "turn two done"),
        ("stdin_open_pipe", "one"),
        ("stop_max_tokens", "Done."),
        ("stop_refusal", "Done."),
        ("subagent", "main end"),
        ("system_prompt_snapshot", "ok"),
        ("tool_env", "end"),
        ("u2028", "line\u{2028}sep\u{85}nel\ttab nul emoji 🎉 ? end"),
        ("unknown_tool", "end"),
    ]
}

extension Transcript {
    fileprivate var isWithoutResult: Bool {
        !String(decoding: output, as: UTF8.self).contains(#""type":"result""#)
    }
}
