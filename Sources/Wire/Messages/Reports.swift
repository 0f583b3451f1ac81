package import Domain

/// Where output comes from.
package enum OutputStream: String, WireWord, CaseIterable {
    case stdout
    case stderr
    case check
    case setup

    package var wireWord: String { rawValue }
}

/// What a program of the task has printed.
package struct TaskOutput: DurableMessage {
    package var stamp = Stamp()
    package var iteration = 0
    package var tryNumber = 1
    package var stream = OutputStream.stdout
    package var check: String?
    package var offset = 0
    package var byteCount = 0
    package var text = ""

    package init() {}

    package static let type = "taskOutput"
    package static let meaning = """
        What a program of the task has printed, secrets taken out, piece by piece and without gaps. What is not UTF-8 was replaced; \
        `offset` and `byteCount` count the bytes as they were printed.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try stamp.visit(&fields)
        try fields.required("iteration", &iteration, .count, "The iteration; 0 before the first.")
        try fields.defaulted("tryNumber", &tryNumber, .ordinal, else: 1, "Which try of the iteration.")
        try fields.required("stream", &stream, .word, "Where it comes from.")
        try fields.optional("check", &check, .text(upTo: WireLimits.command), "The name of the check.")
        try fields.required("offset", &offset, .count, "Where in the stream it begins.")
        try fields.required("byteCount", &byteCount, .count, "How much of the stream it is.")
        try fields.required("text", &text, .text(upTo: WireLimits.output), "What was printed; NUL is U+FFFD.")
    }
}

/// Something that happened while the task ran.
package struct TaskEventReport: DurableMessage {
    package var stamp = Stamp()
    package var at = Timestamp(millisecondsSince1970: 0)
    package var iteration = 0
    package var event = ""
    package var text: String?
    package var code: String?
    package var toolId: String?
    package var tool: String?
    package var isError: Bool?
    package var usage: WireUsage?
    package var until: Timestamp?
    package var question: Int?
    package var check: String?
    package var receipt: WireReceipt?
    package var agent: String?
    package var limit: Int?
    package var tryNumber: Int?

    package init() {}

    package static let type = "taskEvent"
    package static let meaning = """
        Something that happened while the task ran, for people who look on. Nothing is decided by it. A reader passes over events \
        that it does not know.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        let text = Codec<String>.text(upTo: WireLimits.message)
        try stamp.visit(&fields)
        try fields.required("at", &at, .time, "When.")
        try fields.required("iteration", &iteration, .count, "The iteration; 0 before the first.")
        try fields.required(
            "event",
            &event,
            .identifier,
            """
            `preparing`, `iteration_began`, `session`, `text`, `error_text`, `tool_began`, `tool_ended`, `usage`, \
            `retrying`, `rate_limit`, `permission_denied`, `permission_asked`, `permission_withdrawn`, `message_taken`, `result`, \
            `oversized_line`, `check_began`, `check_ended`, `waiting`, `notice`; others may come.
            """
        )
        try fields.optional("text", &self.text, text, "What was said, or is to be shown.")
        try fields.optional("code", &code, .identifier, "Of a notice, a preparation or a cause.")
        try fields.optional("toolId", &toolId, .text(upTo: WireLimits.sentence), "Names a tool call.")
        try fields.optional("tool", &tool, .text(upTo: WireLimits.sentence), "The tool.")
        try fields.optional("isError", &isError, .flag, "Of a tool call that has ended, or of a rejecting rate limit.")
        try fields.optional("usage", &usage, .record, "Of the process so far.")
        try fields.optional("until", &until, .time, "When something is over.")
        try fields.optional("question", &question, .ordinal, "The number of a question or a message.")
        try fields.optional("check", &check, .text(upTo: WireLimits.command), "The name of a check.")
        try fields.optional("receipt", &receipt, .record, "Of a check that has ended.")
        try fields.optional("agent", &agent, .text(upTo: WireLimits.label), "The agent.")
        try fields.optional(
            "limit",
            &limit,
            .count,
            "The iterations allowed; the retries of an agent; the bytes of a line."
        )
        try fields.optional("tryNumber", &tryNumber, .count, "Which try.")
    }
}

/// The status of a task has changed.
package struct StatusChange: DurableMessage {
    package var stamp = Stamp()
    package var at = Timestamp(millisecondsSince1970: 0)
    package var status = TaskStatus.initializing
    package var reason: WireReason?
    package var iteration = 0
    package var wait: WireWait?

    package init() {}

    package static let type = "statusChange"
    package static let meaning = """
        The task has another status, and the attempt goes on. The status that ends an attempt comes in `taskComplete` only.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try stamp.visit(&fields)
        try fields.required("at", &at, .time, "When.")
        try fields.required("status", &status, .word, "The new status.")
        try fields.optional("reason", &reason, .record, "Why.")
        try fields.required("iteration", &iteration, .count, "The present iteration, or the last one.")
        try fields.optional("wait", &wait, .record, "Of `waiting`.")
    }

    package func validate() throws(WireError) {
        if status.endsAttempt { throw .field(path: "status", .inconsistent(.attemptEnded)) }
    }
}

/// A checkpoint was taken.
package struct CheckpointReport: DurableMessage {
    package var stamp = Stamp()
    package var checkpoint = WireCheckpoint()
    package var patch: WirePatch?

    package init() {}

    package static let type = "checkpoint"
    package static let meaning = """
        A checkpoint was taken. Where the server is to have the work itself, the patch is in here, or has come before in \
        `checkpointPart`.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try stamp.visit(&fields)
        try fields.required("checkpoint", &checkpoint, .record, "What was kept.")
        try fields.optional("patch", &patch, .record, "The work since the base.")
    }
}

/// An agent asks something, or its question is settled.
package struct QuestionReport: DurableMessage {
    package var stamp = Stamp()
    package var question = 0
    package var text = ""
    package var options: [String] = []
    package var fallback: String?
    package var iteration = 0
    package var askedAt = Timestamp(millisecondsSince1970: 0)
    package var permission: WirePermission?
    package var answer: String?
    package var answeredBy: TaskQuestion.Source?
    package var answeredAt: Timestamp?

    package init() {}

    package static let type = "question"
    package static let meaning = """
        An agent asks something or wants to be allowed something; sent again with the answer when it is settled.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try stamp.visit(&fields)
        try fields.required("question", &question, .ordinal, "Its number at this daemon.")
        try fields.required("text", &text, .text(upTo: WireLimits.output), "What is asked.")
        try fields.list(
            "options",
            &options,
            .list(.text(upTo: WireLimits.sentence), upTo: 100),
            "The answers to choose from; any is wanted where there are none."
        )
        try fields.optional("fallback", &fallback, .text(upTo: WireLimits.message), "What holds if nobody answers.")
        try fields.required("iteration", &iteration, .count, "In which it was asked.")
        try fields.required("askedAt", &askedAt, .time, "When.")
        try fields.optional("permission", &permission, .record, "What the agent wants to be allowed.")
        try fields.optional("answer", &answer, .text(upTo: WireLimits.message), "What it was settled by.")
        try fields.optional("answeredBy", &answeredBy, .word, "Who settled it.")
        try fields.optional("answeredAt", &answeredAt, .time, "When.")
    }
}
