package import Domain

/// An iteration has ended.
package struct IterationEnded: DurableMessage {
    package var stamp = Stamp()
    package var iteration = 0
    package var tryNumber = 1
    package var run = 1
    package var startedAt = Timestamp(millisecondsSince1970: 0)
    package var endedAt: Timestamp?
    package var end = WireIterationEnd()
    package var counted = false
    package var ownerDied = false
    package var wasStopped = false
    package var exitStatus: Int?
    package var agent: String?
    package var agentKind: AgentKind?
    package var finalMessage: String?
    package var gate = WireGate()
    package var receipts: [WireReceipt] = []
    package var checkpoint: Int?
    package var change: WireChange?
    package var notes: [String] = []
    package var limitHits: WireLimitHits?
    package var usage = WireUsage()
    package var stdoutBytes: Int?
    package var stderrBytes: Int?
    package var standing = WireStanding()

    package init() {}

    package static let type = "iterationEnded"
    package static let meaning = """
        An iteration has ended and is decided about. All its output, checkpoints and events come before; none come after. With \
        `standing` another daemon can go on from here.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try stamp.visit(&fields)
        try fields.required("iteration", &iteration, .ordinal, "Counted from 1 over the life of the task.")
        try fields.defaulted("tryNumber", &tryNumber, .ordinal, else: 1, "Which try of it.")
        try fields.required("run", &run, .ordinal, "The run of the daemon that it belongs to.")
        try fields.required("startedAt", &startedAt, .time, "When it began.")
        try fields.optional("endedAt", &endedAt, .time, "When it ended; left out where nobody knows.")
        try fields.required("end", &end, .record, "How its process ended.")
        try fields.required("counted", &counted, .flag, "Whether it used up one of the task's iterations.")
        try fields.defaulted("ownerDied", &ownerDied, .flag, else: false, "The makima that ran it died.")
        try fields.defaulted("wasStopped", &wasStopped, .flag, else: false, "A person's stop ended it.")
        try fields.optional("exitStatus", &exitStatus, .integer(-(1 << 31)...(1 << 31) - 1), "Of its program.")
        try visitWork(&fields)
        try visitAmounts(&fields)
    }

    private mutating func visitWork(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("agent", &agent, .text(upTo: WireLimits.label), "Who worked.")
        try fields.optional("agentKind", &agentKind, .word, "How its program is driven.")
        try fields.optional(
            "finalMessage",
            &finalMessage,
            .text(upTo: WireLimits.output),
            "What it said last; shortened where the message would be too large."
        )
        try fields.required("gate", &gate, .record, "What the final message says about being ready.")
        try fields.list("receipts", &receipts, .list(.record, upTo: WireLimits.checks), "Of the checks after it.")
        try fields.optional("checkpoint", &checkpoint, .count, "The number of the checkpoint after it.")
        try fields.optional("change", &change, .record, "What it changed.")
        try fields.list(
            "notes",
            &notes,
            .list(.text(upTo: WireLimits.message), upTo: 100),
            "What the agent noted by its tool."
        )
        try fields.optional("limitHits", &limitHits, .record, "What the agent met at its limits.")
    }

    private mutating func visitAmounts(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("usage", &usage, .record, "What its process spent.")
        try fields.optional(
            "stdoutBytes",
            &stdoutBytes,
            .count,
            "All that it printed: so much has come in `taskOutput`, or the server asks for nothing more."
        )
        try fields.optional("stderrBytes", &stderrBytes, .count, "The same of the other stream.")
        try fields.required("standing", &standing, .record, "Where the task stands after it.")
    }
}

/// An attempt has ended.
package struct TaskComplete: DurableMessage {
    package var stamp = Stamp()
    package var at = Timestamp(millisecondsSince1970: 0)
    package var status = TaskStatus.failed
    package var reason = WireReason()
    package var proof: Proof?
    package var branch: String?
    package var commit: String?
    package var checkpoint: Int?
    package var standing = WireStanding()

    package init() {}

    package static let type = "taskComplete"
    package static let meaning = """
        The attempt has ended: the last message of it, once for each attempt. Whether the task is done, at a limit, blocked or \
        stalled is told by its own status, and by nothing else.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try stamp.visit(&fields)
        try fields.required("at", &at, .time, "When.")
        try fields.required(
            "status",
            &status,
            .word,
            "One that ends an attempt: none in which something goes on by itself, but `waiting` for tasks that it leads."
        )
        try fields.required("reason", &reason, .record, "Why.")
        try fields.optional("proof", &proof, .word, "Of `done`.")
        try fields.optional("branch", &branch, .branch, "The branch that holds the work.")
        try fields.optional("commit", &commit, .commit, "The commit of the work.")
        try fields.optional("checkpoint", &checkpoint, .count, "The last checkpoint.")
        try fields.required("standing", &standing, .record, "Where the task stands.")
    }

    package func validate() throws(WireError) {
        let waitsForContract = status == .waiting && WireReason.contractCodes.contains(reason.code)
        guard status.endsAttempt || waitsForContract else {
            throw .field(path: "status", .inconsistent(.attemptNotEnded))
        }
    }
}
