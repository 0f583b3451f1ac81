package import Domain

/// What happened to a task, in the order in which a server learned of it.
package struct EventView: WireRecord {
    package var taskId = ""
    package var position = 0
    package var attempt = 0
    package var kind = ""
    package var at = Timestamp(millisecondsSince1970: 0)
    package var body = JSONValue.null

    package init() {}

    package static let recordName = "event"
    package static let meaning = "Something that has happened to a task."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required("position", &position, .count, "Counts the events of the task, and is never used twice.")
        try fields.required("attempt", &attempt, .count, "The attempt that it is about; 0 before the first.")
        try fields.required(
            "kind",
            &kind,
            .identifier,
            "`output`, `agent`, `status`, `iteration`, `checkpoint`, `check`, `question`, `person`, `note`; others may come."
        )
        try fields.required("at", &at, .time, "When.")
        try fields.required(
            "body",
            &body,
            .anything,
            "What is told by daemons is their message, as PROTOCOL.md has it."
        )
    }
}

/// Some events of a task.
package struct EventPageView: WireRecord {
    package var events: [EventView] = []
    package var next: Int?

    package init() {}

    package static let recordName = "eventPage"
    package static let meaning = "Some events of a task, in their order."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("events", &events, .list(.record, upTo: WireLimits.list), "The events.")
        try fields.optional("next", &next, .count, "The `after` of the next page; left out where there is none yet.")
    }
}

/// A piece of what a program has printed.
package struct OutputView: WireRecord {
    package var position = 0
    package var attempt = 0
    package var iteration = 0
    package var tryNumber = 1
    package var stream = OutputStream.stdout
    package var check: String?
    package var offset = 0
    package var byteCount = 0
    package var text = ""

    package init() {}

    package static let recordName = "output"
    package static let meaning = "A piece of what a program of a task has printed."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("position", &position, .count, "Of its event.")
        try fields.required("attempt", &attempt, .count, "The attempt.")
        try fields.required("iteration", &iteration, .count, "The iteration; 0 before the first.")
        try fields.defaulted("tryNumber", &tryNumber, .ordinal, else: 1, "Which try of the iteration.")
        try fields.required("stream", &stream, .word, "Where it comes from.")
        try fields.optional("check", &check, .text(upTo: WireLimits.command), "The name of the check.")
        try fields.required("offset", &offset, .count, "Where in the stream it begins.")
        try fields.required("byteCount", &byteCount, .count, "How much of the stream it is.")
        try fields.required("text", &text, .text(upTo: WireLimits.output), "What was printed.")
    }
}

/// Some of what was printed.
package struct OutputPageView: WireRecord {
    package var pieces: [OutputView] = []
    package var next: Int?

    package init() {}

    package static let recordName = "outputPage"
    package static let meaning = "Some of what programs of a task have printed."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required(
            "pieces",
            &pieces,
            .list(.record, upTo: WireLimits.list),
            "In the order in which they came."
        )
        try fields.optional("next", &next, .count, "The `after` of the next page; left out where there is none yet.")
    }
}

/// An iteration of a task.
package struct IterationView: WireRecord {
    package var attempt = 0
    package var number = 0
    package var tryNumber = 1
    package var startedAt = Timestamp(millisecondsSince1970: 0)
    package var endedAt: Timestamp?
    package var report = JSONValue.null

    package init() {}

    package static let recordName = "iteration"
    package static let meaning = "An iteration of a task."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("attempt", &attempt, .count, "The attempt.")
        try fields.required("number", &number, .count, "Counted over the life of the task.")
        try fields.defaulted("tryNumber", &tryNumber, .ordinal, else: 1, "Which try of it.")
        try fields.required("startedAt", &startedAt, .time, "When it began.")
        try fields.optional("endedAt", &endedAt, .time, "When it ended.")
        try fields.required("report", &report, .anything, "The daemon's `iterationEnded`.")
    }
}

package struct IterationListView: WireRecord {
    package var iterations: [IterationView] = []

    package init() {}

    package static let recordName = "iterationList"
    package static let meaning = "The iterations of a task."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("iterations", &iterations, .list(.record, upTo: 1_000_000), "In their order.")
    }
}

/// What the iterations of a task that ended in a time have spent.
package struct TaskSpendingView: WireRecord {
    package var taskId = ""
    package var iterations = 0
    package var usage = WireUsage()

    package init() {}

    package static let recordName = "taskSpending"
    package static let meaning = "What a task has spent in a time."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required("iterations", &iterations, .count, "Those that ended in the time, and counted.")
        try fields.required("usage", &usage, .record, "Of all that ended in the time.")
    }
}

package struct SpendingView: WireRecord {
    package var from = Timestamp(millisecondsSince1970: 0)
    package var to = Timestamp(millisecondsSince1970: 0)
    package var tasks: [TaskSpendingView] = []

    package init() {}

    package static let recordName = "spending"
    package static let meaning = "What was spent in a time, by task."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("from", &from, .time, "Where the time begins.")
        try fields.required("to", &to, .time, "Where it ends; what ended then is not in it.")
        try fields.required("tasks", &tasks, .list(.record, upTo: 1_000_000), "Tasks with an iteration in it.")
    }
}

/// The record of one execution of a check.
package struct ReceiptView: WireRecord {
    package var attempt = 0
    package var iteration = 0
    package var check = ""
    package var at = Timestamp(millisecondsSince1970: 0)
    package var receipt = JSONValue.null

    package init() {}

    package static let recordName = "receiptEntry"
    package static let meaning = "The record of one execution of a check."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("attempt", &attempt, .count, "The attempt.")
        try fields.required("iteration", &iteration, .count, "The iteration.")
        try fields.required("check", &check, .text(upTo: WireLimits.command), "The name of the check.")
        try fields.required("at", &at, .time, "When.")
        try fields.required("receipt", &receipt, .anything, "The daemon's `receipt`.")
    }
}

package struct ReceiptListView: WireRecord {
    package var receipts: [ReceiptView] = []

    package init() {}

    package static let recordName = "receiptList"
    package static let meaning = "The receipts of a task."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("receipts", &receipts, .list(.record, upTo: 1_000_000), "In the order in which they came.")
    }
}

/// A checkpoint of a task.
package struct CheckpointView: WireRecord {
    package var attempt = 0
    package var number = 0
    package var takenAt = Timestamp(millisecondsSince1970: 0)
    package var sha256: String?
    package var size: Int?
    package var stored = false
    package var report = JSONValue.null

    package init() {}

    package static let recordName = "checkpointEntry"
    package static let meaning = "A checkpoint of a task."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("attempt", &attempt, .count, "The attempt.")
        try fields.required("number", &number, .count, "Counted over the life of the task.")
        try fields.required("takenAt", &takenAt, .time, "When it was taken.")
        try fields.optional("sha256", &sha256, .sha256, "Of its patch; left out where only the daemon has the files.")
        try fields.optional("size", &size, .count, "Bytes of its patch.")
        try fields.defaulted("stored", &stored, .flag, else: false, "Whether all of the patch is here.")
        try fields.required("report", &report, .anything, "The daemon's `checkpoint`, without the bytes.")
    }
}

package struct CheckpointListView: WireRecord {
    package var checkpoints: [CheckpointView] = []

    package init() {}

    package static let recordName = "checkpointList"
    package static let meaning = "The checkpoints of a task."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("checkpoints", &checkpoints, .list(.record, upTo: 1_000_000), "In their order.")
    }
}

/// A question of an agent.
package struct QuestionView: WireRecord {
    package var taskId = ""
    package var attempt = 0
    package var question = 0
    package var askedAt = Timestamp(millisecondsSince1970: 0)
    package var withdrawn = false
    package var answer: String?
    package var answeredBy: String?
    package var answeredAt: Timestamp?
    package var report = JSONValue.null

    package init() {}

    package static let recordName = "questionEntry"
    package static let meaning = "A question of an agent."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required("attempt", &attempt, .count, "The attempt.")
        try fields.required("question", &question, .count, "Its number.")
        try fields.required("askedAt", &askedAt, .time, "When it was asked.")
        try fields.defaulted("withdrawn", &withdrawn, .flag, else: false, "The agent does not wait any more.")
        try fields.optional("answer", &answer, .text(upTo: WireLimits.message), "What was answered.")
        try fields.optional("answeredBy", &answeredBy, .text(upTo: WireLimits.label), "By whom.")
        try fields.optional("answeredAt", &answeredAt, .time, "When.")
        try fields.required("report", &report, .anything, "The daemon's `question`.")
    }
}

package struct QuestionListView: WireRecord {
    package var questions: [QuestionView] = []

    package init() {}

    package static let recordName = "questionList"
    package static let meaning = "Questions of agents."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("questions", &questions, .list(.record, upTo: 1_000_000), "The questions.")
    }
}
