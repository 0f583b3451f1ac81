import Domain
import FoundationEssentials

extension Scenario {
    init(reading reader: inout FieldReader) throws(FieldError) {
        id = try reader.required("id", .text)
        title = try reader.required("title", .text)
        for key in ["failure", "source", "category"] { _ = try reader.optional(key, .text) }
        needs = try Self.needs(&reader)
        limits = try reader.object("limits", Limits.init(reading:)) ?? Limits()
        turns = try reader.objects("iterations", Turn.init(reading:))
        guard !turns.isEmpty else { throw reader.problem("iterations", "must hold one at least") }
        repeatsLast = try reader.optional("repeat_last", .truth) ?? false
        setup = try reader.object("setup", Setup.init(reading:)) ?? Setup()
        plan = try Self.plan(&reader)
        timeouts = try reader.object("config", ShortTimeouts.init(reading:)) ?? ShortTimeouts()
        clock = try reader.optional("clock", .time)
        let entries = try reader.optional("daemon_env", .entries) ?? []
        environment = Dictionary(entries.map { ($0.key, $0.value) }) { _, last in last }
        phases = try Self.phases(&reader)
        let expected = try reader.object("expect", Expectation.init(reading:))
        guard let expected else { throw reader.problem("expect", "is missing") }
        expectation = expected
    }

    private static func needs(_ reader: inout FieldReader) throws(FieldError) -> Set<Need> {
        var needs: Set<Need> = []
        for name in try reader.optional("needs", .texts) ?? [] {
            guard let need = Need(rawValue: name) else {
                throw reader.problem("needs", "there is no capability '\(name)'")
            }
            needs.insert(need)
        }
        return needs
    }

    /// The first phase is the run itself, whether the scenario speaks of it or not.
    private static func phases(_ reader: inout FieldReader) throws(FieldError) -> [Phase] {
        var phases = try reader.objects("phases", Phase.init(reading:))
        if phases.first?.resume != nil { phases.insert(Phase(), at: 0) }
        if let index = phases.indices.dropFirst().first(where: { phases[$0].resume == nil }) {
            throw reader.problem("phases[\(index)]", "must say with what it is resumed")
        }
        return phases
    }

    private static func plan(_ reader: inout FieldReader) throws(FieldError) -> Plan {
        let text = try reader.optional("prompt", .text)
        let count = try reader.optional("prompt_bytes", .integer)
        if let text { return .text(text) }
        return count.map { .bytes($0) } ?? .any
    }
}

extension Scenario.Limits {
    init(reading reader: inout FieldReader) throws(FieldError) {
        maxIterations = try reader.optional("max_iterations", .integer)
        ceiling = try reader.optional("hard_limit", .integer)
        noChange = try reader.optional("no_change_threshold", .integer)
        sameError = try reader.optional("same_error_threshold", .integer)
    }
}

extension Scenario.ShortTimeouts {
    init(reading reader: inout FieldReader) throws(FieldError) {
        iteration = try reader.optional("iteration_timeout_s", .seconds)
        stall = try reader.optional("idle_timeout_s", .seconds)
        toolCall = try reader.optional("tool_timeout_s", .seconds)
    }
}

extension Scenario.Phase {
    init(reading reader: inout FieldReader) throws(FieldError) {
        resume = try reader.object("resume") { (reader) throws(FieldError) in
            Scenario.Resume(maxIterations: try reader.optional("max_iterations", .integer))
        }
        status = try reader.optional("expect_state", .text)
        iterations = try reader.optional("iterations", .integer)
    }
}

extension Scenario.Setup {
    init(reading reader: inout FieldReader) throws(FieldError) {
        files = (try reader.optional("files", .entries) ?? []).map { (path: $0.key, text: $0.value) }
        _ = try reader.optional("prior_task_state", .text)
        earlierFailures = try reader.object("prior_counters") { (reader) throws(FieldError) in
            _ = try reader.optional("same_error", .integer)
            return try reader.optional("no_change", .integer) ?? 0
        }
        unsetConfiguration = try reader.optional("git_config_unset", .texts) ?? []
        isBranchCheckedOutElsewhere = try reader.optional("branch_checked_out_elsewhere", .truth) ?? false
        hasStaleWorktree = try reader.optional("stale_worktree_registration", .truth) ?? false
        branchFiles = try reader.optional("branch_has_commits", .texts) ?? []
        heldLock = try reader.object("hold_lock") { (reader) throws(FieldError) in
            let path = try reader.required("path", .text)
            return Scenario.HeldLock(path: path, time: try reader.required("for_s", .seconds))
        }
        hasStaleIndexLock = try reader.optional("stale_index_lock", .truth) ?? false
        completion = try reader.optional("completion_action", .text)
    }
}

extension Turn {
    init(reading reader: inout FieldReader) throws(FieldError) {
        output = try Self.output(&reader)
        errorOutput = try reader.optional("stderr", .text) ?? ""
        exit = try reader.optional("exit", .integer) ?? 0
        writes = (try reader.optional("writes", .entries) ?? []).map { (path: $0.key, text: $0.value) }
        shell = try reader.optional("run", .text)
        commits = try reader.optional("commits", .truth) ?? false
        sleep = try reader.optional("sleep_s", .seconds) ?? .zero
        if let name = try reader.optional("after_stdout", .text) {
            guard let given = Ending(rawValue: name) else {
                throw reader.problem("after_stdout", "there is no '\(name)'")
            }
            ending = given
        }
        // The scripted agent always does.
        let before = try reader.optional("before_stdout", .text)
        guard before == nil || before == "read_stdin_to_eof" else {
            throw reader.problem("before_stdout", "there is no '\(before ?? "")'")
        }
        refusedVariables = try reader.optional("require_env_absent", .texts) ?? []
        leastPromptBytes = try reader.optional("require_prompt_bytes_min", .integer) ?? 0
        // Something that happens to a daemon: played when there is one.
        _ = reader.given("daemon_event")
    }

    private static func output(_ reader: inout FieldReader) throws(FieldError) -> Output {
        let text = try reader.optional("stdout", .text) ?? ""
        let tail = try reader.optional("stdout_tail", .text) ?? ""
        let bytes = try reader.optional("stdout_b64", .base64)
        let chunks = try chunks("stdout_chunks", .text, &reader) { Array($0.utf8) }
        let byteChunks = try Self.chunks("stdout_chunks_b64", .base64, &reader) { $0 }
        let long = try reader.object("stdout_big") { (reader) throws(FieldError) in
            LongLine(
                prefix: try reader.optional("prefix", .text) ?? "",
                fill: try reader.required("fill", .character),
                count: try reader.required("bytes", .integer),
                suffix: try reader.optional("suffix", .text) ?? ""
            )
        }
        if let long { return .long(head: text, long, tail: tail) }
        if let chunks = chunks ?? byteChunks {
            return .chunks([Chunk(delay: .zero, bytes: Array(text.utf8))] + chunks)
        }
        return .bytes(Array(text.utf8) + (bytes ?? []) + Array(tail.utf8))
    }

    private static func chunks<T>(
        _ key: String,
        _ kind: FieldKind<T>,
        _ reader: inout FieldReader,
        bytes: (T) -> [UInt8]
    ) throws(FieldError) -> [Chunk]? {
        guard let elements = try reader.optional(key, .array) else { return nil }
        var chunks: [Chunk] = []
        for element in elements {
            guard let delay = element[0]?.double, let given = element[1], let content = kind.read(given) else {
                throw reader.problem(key, "expected pairs of seconds and \(kind.name)")
            }
            chunks.append(Chunk(delay: .seconds(delay), bytes: bytes(content)))
        }
        return chunks
    }
}

extension FieldKind {
    static var base64: FieldKind<[UInt8]> {
        FieldKind<[UInt8]>(name: "a text in base 64") { value in
            value.string.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        }
    }

    static var character: FieldKind<String> {
        FieldKind<String>(name: "one ASCII letter or digit") { value in
            value.string.flatMap { text in
                let isOne = text.utf8.count == 1 && text.allSatisfy { $0.isLetter || $0.isNumber }
                return isOne ? text : nil
            }
        }
    }
}
