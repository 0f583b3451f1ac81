package import Domain

/// A task that somebody wants to be made.
package struct TaskRequest: WireRecord {
    package var taskId: String?
    /// What a daemon is told; only what is said about plan, place, limits and agent counts.
    package var spawn = SpawnTask()
    package var labels: [String] = []
    package var priority = 0
    package var keys: [WireConcurrencyKey] = []
    package var dependencies: [WireDependency] = []
    package var notBefore: Timestamp?
    package var share: String?
    package var memoryMiB: Int?
    package var diskMiB: Int?

    package init() {}

    package static let recordName = "taskRequest"
    package static let meaning = "A task that is to be made."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional(
            "taskId",
            &taskId,
            .taskID,
            "Drawn by who asks, so that tasks of one request can depend on each other; by the server where left out."
        )
        try spawn.visitPlan(&fields)
        try spawn.visitPlace(&fields)
        try spawn.visitLimits(&fields)
        try spawn.visitAgent(&fields)
        try visitDemands(&fields)
    }

    private mutating func visitDemands(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.list("labels", &labels, .list(.identifier, upTo: 64), "A daemon must have all of these.")
        try fields.defaulted("priority", &priority, .integer(-100...100), else: 0, "Higher is sooner.")
        try fields.list("keys", &keys, .list(.record, upTo: 16), "Of each, only so many tasks are at work at once.")
        try fields.list("dependencies", &dependencies, .list(.record, upTo: 256), "What must have happened first.")
        try fields.optional("notBefore", &notBefore, .time, "It is not begun before.")
        try fields.optional("share", &share, .identifier, "Daemons are shared fairly between these.")
        try fields.optional("memoryMiB", &memoryMiB, .count, "Free memory that it needs.")
        try fields.optional("diskMiB", &diskMiB, .count, "Free space that it needs.")
    }

    package func validate() throws(WireError) {
        if spawn.repoUrl == nil, spawn.targetRepoPath == nil {
            throw .field(path: "", .inconsistent(.repositoryMissing))
        }
    }
}

/// Several tasks that are to be made, or none of them.
package struct TaskBatchRequest: WireRecord {
    package var tasks: [TaskRequest] = []

    package init() {}

    /// So many are made at a time.
    package static let most = WireLimits.list

    package static let recordName = "taskBatchRequest"
    package static let meaning = "Tasks that are to be made, all of them or none."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("tasks", &tasks, .list(.record, upTo: Self.most), "They may depend on each other.")
    }
}

/// A name of which only so many tasks may be at work at once.
package struct WireConcurrencyKey: WireRecord {
    package var name = ""
    package var limit = 1

    package init() {}

    package static let recordName = "concurrencyKey"
    package static let meaning = "A name of which only so many tasks may be at work at once."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("name", &name, .text(upTo: WireLimits.label, from: 1), "As of a contract or a repository.")
        try fields.defaulted("limit", &limit, .integer(1...10_000), else: 1, "How many.")
    }
}

/// That another task must be done first.
package struct WireDependency: WireRecord {
    package var taskId = ""
    package var condition = WireDependencyCondition.done

    package init() {}

    package static let recordName = "dependency"
    package static let meaning = "That another task must be done first."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The other task.")
        try fields.defaulted(
            "condition",
            &condition,
            .word,
            else: .done,
            "`merged`: its work must be in the target branch too."
        )
    }
}

/// What a dependency waits for.
package enum WireDependencyCondition: String, WireWord, CaseIterable {
    case done
    case merged

    package var wireWord: String { rawValue }
}

/// What of a task is to be changed.
package struct TaskPatch: WireRecord {
    package var taskName: String?
    package var priority: Int?
    package var labels: [String]?
    package var notBefore: Timestamp?

    package init() {}

    package static let recordName = "taskPatch"
    package static let meaning = "What of a task is to be changed; what is left out stays."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("taskName", &taskName, .label, "For people.")
        try fields.optional("priority", &priority, .integer(-100...100), "Higher is sooner.")
        try fields.optional("labels", &labels, .list(.identifier, upTo: 64), "A daemon must have all of these.")
        try fields.optional("notBefore", &notBefore, .time, "It is not begun before; 0 is at once.")
    }
}
