package import Domain

/// What a check said.
package struct WireVerdict: WireRecord {
    package var verdict = ""
    package var exitCode: Int?
    package var cause: String?
    package var program: String?
    package var paths: [String] = []
    package var afterMilliseconds: Duration?
    package var signal: Int?
    package var detail: String?

    package init() {}

    package static let recordName = "verdict"
    package static let meaning = "What a check said, or why it said nothing."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("verdict", &verdict, .identifier, "`passed`, `failed` or `not_evaluated`.")
        try fields.optional("exitCode", &exitCode, .integer(-(1 << 31)...(1 << 31) - 1), "Of one that failed.")
        try fields.optional(
            "cause",
            &cause,
            .identifier,
            """
            Of one that was not evaluated: `command_not_found`, `program_hidden`, `not_executable`, `timed_out`, `killed`, \
            `not_started`, `stopped`.
            """
        )
        try fields.optional("program", &program, .foundPath, "Which the sandbox does not show.")
        try fields.list("paths", &paths, .list(.foundPath, upTo: WireLimits.list), "Where the machine has it.")
        try fields.optional("afterMilliseconds", &afterMilliseconds, .milliseconds, "When it was ended for its time.")
        try fields.optional("signal", &signal, .integer(0...255), "What ended it.")
        try fields.optional("detail", &detail, .text(upTo: WireLimits.message), "Why it did not start.")
    }
}

/// The record of one execution of one check.
package struct WireReceipt: WireRecord {
    package var check = WireCheck()
    package var verdict = WireVerdict()
    package var iteration = 0
    package var durationMilliseconds = Duration.zero
    package var tree = ""
    package var base = ""
    package var outputTail = ""
    package var logPath = ""
    package var limitHits: WireLimitHits?

    package init() {}

    package static let recordName = "receipt"
    package static let meaning = "The record of one execution of one check."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("check", &check, .record, "What was run.")
        try fields.required("verdict", &verdict, .record, "What it said.")
        try fields.required("iteration", &iteration, .count, "After which it was run.")
        try fields.required("durationMilliseconds", &durationMilliseconds, .milliseconds, "How long it took.")
        try fields.required("tree", &tree, .commit, "The tree that was checked.")
        try fields.required("base", &base, .commit, "The commit that the task began at.")
        try fields.defaulted(
            "outputTail",
            &outputTail,
            .text(upTo: WireLimits.message),
            else: "",
            "The end of its output; shorter where a message would be too large."
        )
        try fields.defaulted("logPath", &logPath, .foundPath, else: "", "On the daemon's machine, the whole of it.")
        try fields.optional("limitHits", &limitHits, .record, "What it met at its limits.")
    }
}

/// What was found when the agent's final message was read for a gate.
package struct WireGate: WireRecord {
    package var reading = ""
    package var problem: String?
    package var found: String?
    package var statedReady: Bool?
    package var ready = false
    package var reason: String?
    package var progress: String?
    package var blockers: [String] = []

    package init() {}

    package static let recordName = "gate"
    package static let meaning = "What was found when the agent's final message was read for a completion gate."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        let text = Codec<String>.text(upTo: WireLimits.output)
        try fields.required("reading", &reading, .identifier, "`missing`, `malformed` or `stated`.")
        try fields.optional(
            "problem",
            &problem,
            .identifier,
            """
            Of one that cannot be understood: `unterminated`, `ready_missing`, `ready_unclear`, `ready_contradictory`, \
            `invalid_json`.
            """
        )
        try fields.optional("found", &found, text, "What stands there where `ready` is unclear.")
        try fields.optional("statedReady", &statedReady, .flag, "What the agent says.")
        try fields.defaulted("ready", &ready, .flag, else: false, "Whether the checks may be asked.")
        try fields.optional("reason", &reason, text, "Why, in the agent's words.")
        try fields.optional("progress", &progress, text, "How far, in the agent's words.")
        try fields.list("blockers", &blockers, .list(text, upTo: 100), "What keeps it from being ready.")
    }
}

/// How one agent process ended.
package struct WireIterationEnd: WireRecord {
    package var code = ""
    package var message: String?
    package var resetsAt: Timestamp?
    package var retryAfterMilliseconds: Duration?
    package var questionNumber: Int?
    package var signal: Int?
    package var silent = false

    package init() {}

    package static let recordName = "iterationEnd"
    package static let meaning =
        "How one process of an agent ended. [REASONS.md](REASONS.md) has the codes; others may come."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("code", &code, .identifier, "The class.")
        try fields.optional("message", &message, .text(upTo: WireLimits.output), "What was said, asked or refused.")
        try fields.optional("resetsAt", &resetsAt, .time, "Of `usage_limit`: when it is over, where the agent said so.")
        try fields.optional("retryAfterMilliseconds", &retryAfterMilliseconds, .milliseconds, "Of `rate_limited`.")
        try fields.optional("questionNumber", &questionNumber, .ordinal, "Of `permission_asked`.")
        try fields.optional("signal", &signal, .integer(0...255), "Of `killed`.")
        try fields.defaulted("silent", &silent, .flag, else: false, "Of `launch_failure`: nothing known was said.")
    }
}

/// A commit of the complete workspace tree.
package struct WireCheckpoint: WireRecord {
    package var number = 0
    package var commit = ""
    package var tree = ""
    package var cause = CheckpointCause.iterationEnded
    package var iteration = 0
    package var agentHead: String?
    package var takenAt = Timestamp(millisecondsSince1970: 0)
    package var change = WireChange()

    package init() {}

    package static let recordName = "checkpointRecord"
    package static let meaning = "A commit of the complete workspace tree."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("number", &number, .count, "Counted from 1 over the life of the task; 0 is the base.")
        try fields.required("commit", &commit, .commit, "The commit.")
        try fields.required("tree", &tree, .commit, "Its tree.")
        try fields.required("cause", &cause, .word, "What made makima take it.")
        try fields.required("iteration", &iteration, .count, "In or after which it was taken; 0 before the first.")
        try fields.optional("agentHead", &agentHead, .commit, "The agent's own HEAD.")
        try fields.required("takenAt", &takenAt, .time, "When.")
        try fields.required("change", &change, .record, "Against the one before.")
    }
}

/// How much changed between two trees.
package struct WireChange: WireRecord {
    package var files = 0
    package var insertions = 0
    package var deletions = 0

    package init() {}

    package static let recordName = "change"
    package static let meaning = "How much differs between two trees."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("files", &files, .count, "Files.")
        try fields.required("insertions", &insertions, .count, "Lines that were added.")
        try fields.required("deletions", &deletions, .count, "Lines that were removed.")
    }
}

/// A wait that is over by itself.
package struct WireWait: WireRecord {
    package var cause = WaitCause.usageLimit
    package var role = TaskWait.Role.waits
    package var until = Timestamp(millisecondsSince1970: 0)
    package var stated: Timestamp?
    package var since = Timestamp(millisecondsSince1970: 0)
    package var tryNumber = 1
    package var agent: String?

    package init() {}

    package static let recordName = "wait"
    package static let meaning = "A wait that is over by itself."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("cause", &cause, .word, "What is waited for.")
        try fields.required("role", &role, .word, "What the task does about it.")
        try fields.required("until", &until, .time, "When it is over, by the daemon's clock.")
        try fields.optional("stated", &stated, .time, "The reset that the service stated.")
        try fields.required("since", &since, .time, "When the limit was met.")
        try fields.required("tryNumber", &tryNumber, .ordinal, "The try of the iteration that follows.")
        try fields.optional("agent", &agent, .text(upTo: WireLimits.label), "The agent that is free first.")
    }
}

/// The wish of an agent to use a tool.
package struct WirePermission: WireRecord {
    package var tool = ""
    package var kind = PermissionRequest.Kind.other
    package var subject = ""
    package var input: String?

    package init() {}

    package static let recordName = "permissionRequest"
    package static let meaning = "The wish of an agent to use a tool."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("tool", &tool, .text(upTo: WireLimits.sentence), "The tool, as the program calls it.")
        try fields.required("kind", &kind, .word, "What it does.")
        try fields.required("subject", &subject, .text(upTo: WireLimits.message), "The whole command, or the file.")
        try fields.optional("input", &input, .text(upTo: WireLimits.message), "All that the tool is given.")
    }
}
