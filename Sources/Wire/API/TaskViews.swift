package import Domain

/// A task as a server shows it.
package struct TaskView: WireRecord {
    package var taskId = ""
    package var taskName = ""
    package var status = TaskStatus.pending
    package var reason: WireReason?
    package var priority = 0
    package var labels: [String] = []
    package var keys: [WireConcurrencyKey] = []
    package var dependencies: [WireDependency] = []
    package var notBefore: Timestamp?
    package var repoUrl: String?
    package var parentTaskId: String?
    package var contractId: String?
    package var agentName: String?
    package var attempt = 0
    package var daemonId: String?
    package var accepted = false
    package var home: String?
    package var iterations = 0
    package var usage = WireUsage()
    package var branch: String?
    package var merged = false
    package var losses = 0
    package var revision = 0
    package var waitsFor: [String] = []
    package var standstill: WireStandstill?
    package var contractStanding: [String] = []
    package var mergeWaitsFor: String?
    package var endedWithContract = false
    package var queuedAt = Timestamp(millisecondsSince1970: 0)
    package var createdAt = Timestamp(millisecondsSince1970: 0)
    package var updatedAt = Timestamp(millisecondsSince1970: 0)

    package init() {}

    package static let recordName = "task"
    package static let meaning = "A task and where it stands."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "Its id.")
        try fields.required("taskName", &taskName, .text(upTo: WireLimits.sentence), "For people.")
        try fields.required("status", &status, .word, "Where it stands.")
        try fields.optional("reason", &reason, .record, "Why it stands there.")
        try visitDemands(&fields)
        try visitWork(&fields)
        try visitRecord(&fields)
    }

    private mutating func visitDemands(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("priority", &priority, .integer(-100...100), "Higher is sooner.")
        try fields.list("labels", &labels, .list(.text(upTo: WireLimits.label), upTo: 256), "A daemon must have these.")
        // A task of a contract has more than it was asked for with.
        try fields.list("keys", &keys, .list(.record, upTo: 64), "Of each, only so many tasks are at work at once.")
        try fields.list("dependencies", &dependencies, .list(.record, upTo: 256), "What must have happened first.")
        try fields.optional("notBefore", &notBefore, .time, "It is not begun before.")
        try fields.optional("repoUrl", &repoUrl, .text(upTo: WireLimits.path), "Its repository.")
        try fields.optional("parentTaskId", &parentTaskId, .taskID, "The task that spawned it.")
        try fields.optional("contractId", &contractId, .text(upTo: WireLimits.label), "The contract it belongs to.")
        try fields.optional("agentName", &agentName, .text(upTo: WireLimits.label), "The agent that is to work on it.")
    }

    private mutating func visitWork(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("attempt", &attempt, .count, "The latest hand-over to a daemon; 0 before the first.")
        try fields.optional("daemonId", &daemonId, .identifier, "Who has it now.")
        try fields.defaulted("accepted", &accepted, .flag, else: false, "Whether that daemon has said so.")
        try fields.optional("home", &home, .identifier, "The daemon that has its workspace.")
        try fields.required("iterations", &iterations, .count, "Used over its life.")
        try fields.required("usage", &usage, .record, "Spent over its life.")
        try fields.optional("branch", &branch, .text(upTo: WireLimits.path), "The branch with its work.")
        try fields.defaulted("merged", &merged, .flag, else: false, "Whether its work is in the target branch.")
        try fields.defaulted("losses", &losses, .count, else: 0, "Attempts in a row that were lost with their daemon.")
    }

    private mutating func visitRecord(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("revision", &revision, .count, "Counted up with each change; its `ETag`.")
        try fields.list(
            "waitsFor",
            &waitsFor,
            .list(.text(upTo: WireLimits.sentence), upTo: WireLimits.list),
            "Sentences that say why it is not handed out; of one task only."
        )
        try fields.optional(
            "standstill",
            &standstill,
            .record,
            "Of a queued task that does not begin until somebody does something: why, and what to do."
        )
        try fields.list(
            "contractStanding",
            &contractStanding,
            .list(.text(upTo: WireLimits.message), upTo: WireLimits.list),
            "Sentences that say where it stands in its contract: what it waits for there, and how far its work is; of one task only."
        )
        try fields.optional("mergeWaitsFor", &mergeWaitsFor, .identifier, MergeWaitWords.code + " Of one task only.")
        try fields.defaulted(
            "endedWithContract",
            &endedWithContract,
            .flag,
            else: false,
            "Whether its contract ended it: `reason` says then what lets that go on; of one task only."
        )
        try fields.required("queuedAt", &queuedAt, .time, "Since when it is queued, or was last.")
        try fields.required("createdAt", &createdAt, .time, "When it was made.")
        try fields.required("updatedAt", &updatedAt, .time, "When it changed last.")
    }
}

/// Why a queued task does not begin until somebody does something.
package struct WireStandstill: WireRecord {
    package var code = ""
    package var message = ""
    package var hint = ""

    package init() {}

    package static let recordName = "standstill"
    package static let meaning = "Why a queued task does not begin until somebody does something."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required(
            "code",
            &code,
            .identifier,
            """
            `no_daemon`, `daemon_away`, `labels_missing`, `refused`, `disk_low`, `parent_stopped`, `parent_not_merged` or \
            `parent_missing`; others may come.
            """
        )
        try fields.required("message", &message, .text(upTo: WireLimits.message), "For people.")
        try fields.required("hint", &hint, .text(upTo: WireLimits.message), "What to do.")
    }
}

/// Some of the tasks.
package struct TaskPageView: WireRecord {
    package var tasks: [TaskView] = []
    package var damaged: [String] = []
    package var next: String?

    package init() {}

    package static let recordName = "taskPage"
    package static let meaning = "Some of the tasks, newest first."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("tasks", &tasks, .list(.record, upTo: WireLimits.list), "The tasks.")
        try fields.list(
            "damaged",
            &damaged,
            .list(.text(upTo: WireLimits.label), upTo: WireLimits.list),
            "The ids of those that cannot be read."
        )
        try fields.optional(
            "next",
            &next,
            .text(upTo: WireLimits.label),
            "Names the next page; left out after the last."
        )
    }
}

/// What has come of a request for tasks.
package struct CreationView: WireRecord {
    package var tasks: [TaskView] = []
    package var repeated = false

    package init() {}

    package static let recordName = "creation"
    package static let meaning = "The tasks that a request has made."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("tasks", &tasks, .list(.record, upTo: WireLimits.list), "As they are now.")
        try fields.defaulted(
            "repeated",
            &repeated,
            .flag,
            else: false,
            "The same request, by its key, had made them before."
        )
    }
}

/// What has come of an order.
package struct OrderView: WireRecord {
    package var outcome = OrderOutcome.nothing
    package var commandId: String?
    package var task = TaskView()

    package init() {}

    package static let recordName = "order"
    package static let meaning = "What has come of an order."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required(
            "outcome",
            &outcome,
            .word,
            "`changed`: it is done. `told`: a daemon is told, and its report changes the task. `nothing`: it was so."
        )
        try fields.optional("commandId", &commandId, .identifier, "Of the command to the daemon.")
        try fields.required("task", &task, .record, "As it is now.")
    }
}

package enum OrderOutcome: String, WireWord, CaseIterable {
    case changed
    case told
    case nothing

    package var wireWord: String { rawValue }
}
