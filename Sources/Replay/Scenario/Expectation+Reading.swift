import Domain

extension Expectation {
    init(reading reader: inout FieldReader) throws(FieldError) {
        status = try reader.required("status", .text)
        reason = try reader.optional("reason", .text)
        proof = try reader.optional("proof", .text)
        iterations = try reader.optional("iterations", .integer)
        starts = try reader.optional("runs", .integer)
        _ = try reader.optional("why", .text)
        then = try reader.object("then") { (reader) throws(FieldError) in try reader.required("status", .text) }
        flags = try reader.optional("flags", .texts) ?? []
        waits = try Waits(reading: &reader)
        try readStarts(&reader)
        try readProcesses(&reader)
        try readWorkspace(&reader)
        // What happens to daemons; compared when there are some.
        for key in ["cancel_latency_after_reconnect_s_max", "second_daemon", "merged_once"] { _ = reader.given(key) }
    }

    private mutating func readStarts(_ reader: inout FieldReader) throws(FieldError) {
        firstStartEnded = try reader.optional("run1_kill", .text)
        secondResume = try Self.session("run2_resume", &reader)
        session = try Self.session("session", &reader)
        nextPromptMentions = try reader.optional("next_prompt_mentions", .text)
        messageContains = try reader.optional("message_contains", .text)
        absentVariables = try reader.optional("child_env_absent", .texts) ?? []
        absentArguments = try reader.optional("argv_absent", .texts) ?? []
        settingSources = try reader.optional("settings_sources", .text)
    }

    private mutating func readProcesses(_ reader: inout FieldReader) throws(FieldError) {
        mostWallTime = try reader.optional("wall_s_max", .seconds)
        mostCancelTime = try reader.optional("cancel_latency_s_max", .seconds)
        survivors = try reader.optional("survivors", .integer)
        mostMemory = try reader.optional("rss_mb_max", .integer)
    }

    private mutating func readWorkspace(_ reader: inout FieldReader) throws(FieldError) {
        leastCheckpoints = try reader.optional("checkpoints_min", .integer)
        if try reader.optional("checkpoint", .truth) == true { leastCheckpoints = max(leastCheckpoints ?? 1, 1) }
        for key in ["tree_contains", "files_preserved", "result_contains"] {
            paths += try reader.optional(key, .texts) ?? []
        }
        // Compared after every play.
        _ = try reader.optional("parent_repo_untouched", .truth)
        isResumable = try reader.optional("resumable", .truth)
    }

    private static func session(_ key: String, _ reader: inout FieldReader) throws(FieldError) -> Session {
        switch reader.given(key) {
        case nil: return .any
        case .null: return .none
        case .string(let session): return .named(session)
        default: throw reader.problem(key, "expected the id of a session, or null")
        }
    }
}

extension Expectation.Waits {
    init(reading reader: inout FieldReader) throws(FieldError) {
        count = try reader.optional("waits", .integer)
        until = try reader.optional("wait_until", .time)
        if let epoch = try reader.optional("wait_until_epoch", .integer) {
            until = LocalTime(Timestamp(millisecondsSince1970: Int64(epoch) * 1000))
        }
        longest = try reader.optional("wait_s_max", .seconds)
        leastGap = try reader.optional("min_gap_s", .seconds)
        mostGap = try reader.optional("max_gap_s", .seconds)
        backoff = try reader.optional("backoff", .text)
    }
}
