package import Domain

/// A contract as a server shows it.
package struct ContractView: WireRecord {
    package var contractId = ""
    package var name = ""
    package var goal = ""
    package var status = ContractStatus.working
    package var code: String?
    package var sentence = ""
    package var hint: String?
    package var goesOn = false
    package var obstacles: [ContractObstacleView] = []
    package var repository = ""
    package var targets: [String] = []
    package var phases: [WirePhase] = []
    package var phase = 0
    package var checks: [WireCheck] = []
    package var limits = WireContractLimits()
    package var orphans = OrphanPolicy.finish
    package var usage = WireUsage()
    package var activeMilliseconds = Duration.zero
    package var calls = 0
    package var supervisorId: String?
    package var tasks: [ContractTaskView] = []
    package var queues: [MergeQueueView] = []
    package var revision = 0
    package var createdAt = Timestamp(millisecondsSince1970: 0)
    package var updatedAt = Timestamp(millisecondsSince1970: 0)

    package init() {}

    package static let recordName = "contract"
    package static let meaning = "A goal, the tasks that work on it, and where they stand."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("contractId", &contractId, .taskID, "Its id.")
        try fields.required("name", &name, .text(upTo: WireLimits.sentence), "For people.")
        try fields.required("goal", &goal, .text(upTo: WireLimits.plan), "What is to be reached.")
        try fields.required("status", &status, .word, "Where it stands.")
        try fields.optional("code", &code, .identifier, "Why it does not go on by itself.")
        try fields.required("sentence", &sentence, .text(upTo: WireLimits.message), "The same for people.")
        try fields.optional("hint", &hint, .text(upTo: WireLimits.message), "What to do.")
        try fields.defaulted(
            "goesOn",
            &goesOn,
            .flag,
            else: false,
            "Whether something in it is at work, or will be by itself: also while something else in it needs a person."
        )
        try fields.list(
            "obstacles",
            &obstacles,
            .list(.record, upTo: WireLimits.list),
            "All that needs a person, what keeps it back first; tasks that have stopped are with the tasks."
        )
        try visitPlan(&fields)
        try visitWork(&fields)
    }

    private mutating func visitPlan(_ fields: inout some FieldVisitor) throws(WireError) {
        let branch = Codec<String>.text(upTo: WireLimits.path)
        try fields.required("repository", &repository, branch, "Its address or path.")
        try fields.required("targets", &targets, .list(branch, upTo: 64), "The branches that work is merged into.")
        try fields.list("phases", &phases, .list(.record, upTo: 100), "What is to be reached one after the other.")
        try fields.required("phase", &phase, .count, "The index of the one that is worked on.")
        try fields.list(
            "checks",
            &checks,
            .list(.record, upTo: WireLimits.checks),
            "What every tip of a target passes."
        )
        try fields.required("limits", &limits, .record, "What it is held to.")
        try fields.required("orphans", &orphans, .word, "What becomes of tasks without a supervisor.")
    }

    private mutating func visitWork(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("usage", &usage, .record, "Spent by all its tasks.")
        try fields.defaulted(
            "activeMilliseconds",
            &activeMilliseconds,
            .milliseconds,
            else: .zero,
            "How long agents and checks of all its tasks ran together."
        )
        try fields.required("calls", &calls, .count, "Calls of supervisors that had an effect.")
        try fields.optional("supervisorId", &supervisorId, .taskID, "Who leads.")
        try fields.list("tasks", &tasks, .list(.record, upTo: 100_000), "All its tasks, parents before children.")
        try fields.list("queues", &queues, .list(.record, upTo: 64), "What is to be merged.")
        try fields.required("revision", &revision, .count, "Counted up with each change.")
        try fields.required("createdAt", &createdAt, .time, "When it was made.")
        try fields.required("updatedAt", &updatedAt, .time, "When it changed last.")
    }
}

/// Something that a person has to do something about.
package struct ContractObstacleView: WireRecord {
    package var code = ""
    package var sentence = ""
    package var hint: String?
    package var taskId: String?
    package var target: String?

    package init() {}

    package static let recordName = "contractObstacle"
    package static let meaning = "Something in a contract that a person has to do something about."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("code", &code, .identifier, "What it is; others may come.")
        try fields.required("sentence", &sentence, .text(upTo: WireLimits.message), "The same for people.")
        try fields.optional("hint", &hint, .text(upTo: WireLimits.message), "What to do.")
        try fields.optional("taskId", &taskId, .taskID, "The task that it is about.")
        try fields.optional("target", &target, .text(upTo: WireLimits.path), "The branch whose queue it is about.")
    }
}

/// A task in its contract.
package struct ContractTaskView: WireRecord {
    package var taskId = ""
    package var name = ""
    package var role = TaskRole.task
    package var parentTaskId: String?
    package var depth = 0
    package var status = TaskStatus.pending
    package var reason: WireReason?
    package var iterations = 0
    package var usage = WireUsage()
    package var target = ""
    package var touches: [String] = []
    package var merge = "none"
    package var commit: String?
    package var returns = 0
    package var forgotten = false
    package var mergeWaitsFor: String?
    package var mergeSentence: String?
    package var heldBy: [String] = []
    package var endedWithContract = false

    package init() {}

    package static let recordName = "contractTask"
    package static let meaning = "A task in its contract."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "Its id.")
        try fields.required("name", &name, .text(upTo: WireLimits.sentence), "Unique within the contract.")
        try fields.required("role", &role, .word, "What it is for the others.")
        try fields.optional("parentTaskId", &parentTaskId, .taskID, "Who spawned it.")
        try fields.required("depth", &depth, .count, "How many tasks are above it.")
        try fields.required("status", &status, .word, "Where it stands.")
        try fields.optional("reason", &reason, .record, "Why it stands there.")
        try fields.required("iterations", &iterations, .count, "Used over its life.")
        try fields.required("usage", &usage, .record, "Spent over its life.")
        try fields.required("target", &target, .text(upTo: WireLimits.path), "The branch that its work goes into.")
        try fields.list("touches", &touches, .list(.text(upTo: WireLimits.path), upTo: 256), "What it may change.")
        try fields.required("merge", &merge, .identifier, "`none`, `queued`, `merged` or `returned`.")
        try fields.optional("commit", &commit, .text(upTo: 64), "As which it was merged.")
        try fields.defaulted("returns", &returns, .count, else: 0, "How often its work came back from the queue.")
        try fields.optional("mergeWaitsFor", &mergeWaitsFor, .identifier, MergeWaitWords.code)
        try fields.optional(
            "mergeSentence",
            &mergeSentence,
            .text(upTo: WireLimits.message),
            "The same for people."
        )
        try fields.defaulted(
            "forgotten",
            &forgotten,
            .flag,
            else: false,
            "The task itself is not there any more; what it has spent counts all the same."
        )
        try fields.list(
            "heldBy",
            &heldBy,
            .list(.taskID, upTo: WireLimits.list),
            "Tasks at work that keep it back, because both may change the same paths."
        )
        try fields.defaulted(
            "endedWithContract",
            &endedWithContract,
            .flag,
            else: false,
            "Whether its contract ended it: what lets that go on lets it go on, and `reason` says so."
        )
    }
}

/// What a field means that more than one record has.
enum MergeWaitWords {
    static let code = """
        What its finished work waits for on its way into the target: `being_merged`; `queue`: those before it; \
        `conflict_of_another`; the `halt` or the `obstacle` of its queue; or the `status` of its contract, where that does not go \
        on. Others may come.
        """
}

/// The queue of a branch.
package struct MergeQueueView: WireRecord {
    package var target = ""
    package var waiting: [String] = []
    package var batch: [String] = []
    package var batchNumber: Int?
    package var halt: String?
    package var obstacle: String?
    package var sentence: String?
    package var hint: String?

    package init() {}

    package static let recordName = "mergeQueue"
    package static let meaning = "What is to be merged into a branch."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("target", &target, .text(upTo: WireLimits.path), "The branch.")
        try fields.list("waiting", &waiting, .list(.taskID, upTo: 100_000), "Whose work waits, in order.")
        try fields.list("batch", &batch, .list(.taskID, upTo: 100_000), "Whose work is being merged and checked.")
        try fields.optional("batchNumber", &batchNumber, .ordinal, "Of what is at work.")
        try fields.optional("halt", &halt, .identifier, "Why it stands still.")
        try fields.optional(
            "obstacle",
            &obstacle,
            .identifier,
            """
            Why no daemon merges what is at work, until one can: `no_daemons`, `repository_away`, `work_away`, `draining` or \
            `unsendable`; others may come.
            """
        )
        try fields.optional("sentence", &sentence, .text(upTo: WireLimits.message), "The obstacle, for people.")
        try fields.optional("hint", &hint, .text(upTo: WireLimits.message), "What to do about the obstacle.")
    }
}

/// Some of the contracts.
package struct ContractPageView: WireRecord {
    package var contracts: [ContractView] = []
    package var damaged: [String] = []
    package var next: String?

    package init() {}

    package static let recordName = "contractPage"
    package static let meaning = "Contracts, newest first."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("contracts", &contracts, .list(.record, upTo: WireLimits.list), "The contracts.")
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

/// What has come of a request for a contract.
package struct ContractCreationView: WireRecord {
    package var contract = ContractView()
    package var repeated = false

    package init() {}

    package static let recordName = "contractCreation"
    package static let meaning = "The contract that a request has made."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("contract", &contract, .record, "As it is now.")
        try fields.defaulted("repeated", &repeated, .flag, else: false, "The same request had made it before.")
    }
}

/// Something that happened in a contract.
package struct TimelineEntryView: WireRecord {
    package var position = 0
    package var at = Timestamp(millisecondsSince1970: 0)
    package var event = ""
    package var taskId: String?
    package var sentence = ""
    package var detail: String?
    package var returns: Int?
    package var maxReturns: Int?
    package var rivals: [WireMergeRival] = []

    package init() {}

    package static let recordName = "timelineEntry"
    package static let meaning = "Something that happened in a contract."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("position", &position, .count, "Counts the entries of the contract.")
        try fields.required("at", &at, .time, "When.")
        try fields.required("event", &event, .identifier, "What, as `merged`; others may come.")
        try fields.optional("taskId", &taskId, .taskID, "The task that it is about.")
        try fields.required("sentence", &sentence, .text(upTo: WireLimits.message), "The same for people.")
        try fields.optional("detail", &detail, .text(upTo: WireLimits.output), "What checks said, or paths.")
        try fields.optional("returns", &returns, .count, "Of `returned`: which return of the task's work it is.")
        try fields.optional("maxReturns", &maxReturns, .count, "Of `returned`: how many the contract allowed.")
        try fields.list(
            "rivals",
            &rivals,
            .list(.record, upTo: WireLimits.list),
            "Of `returned` by a conflict: the latest commits of the branch that changed the same paths, newest first."
        )
    }
}

/// Some of what happened in a contract.
package struct TimelineView: WireRecord {
    package var entries: [TimelineEntryView] = []
    package var next: Int?

    package init() {}

    package static let recordName = "timeline"
    package static let meaning = "Some of what happened in a contract, in the order that was asked for."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("entries", &entries, .list(.record, upTo: WireLimits.list), "The entries.")
        try fields.optional(
            "next",
            &next,
            .count,
            "The `after`, or `before`, of the next page; left out after the last."
        )
    }
}
