package import Domain

/// What a daemon has to offer now.
package struct WireCapacity: WireRecord {
    package var slots = 0
    package var freeSlots = 0
    package var cpus: Int?
    package var loadMilli: Int?
    package var memoryMiB: Int?
    package var freeMemoryMiB: Int?
    package var diskMiB: Int?
    package var freeDiskMiB: Int?

    package init() {}

    package static let recordName = "capacity"
    package static let meaning = "What a daemon has to offer now."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("slots", &slots, .integer(0...100_000), "Tasks that it runs side by side.")
        try fields.required(
            "freeSlots",
            &freeSlots,
            .integer(0...100_000),
            "Those of them that are free; 0 while it drains."
        )
        try fields.optional("cpus", &cpus, .count, "Processors.")
        try fields.optional("loadMilli", &loadMilli, .count, "Thousandths of the load average of one minute.")
        try fields.optional("memoryMiB", &memoryMiB, .count, "Of the machine.")
        try fields.optional("freeMemoryMiB", &freeMemoryMiB, .count, "What can be taken.")
        try fields.optional("diskMiB", &diskMiB, .count, "Of the state directory's file system.")
        try fields.optional("freeDiskMiB", &freeDiskMiB, .count, "What can be taken above the reserve.")
    }
}

/// An agent that a daemon can start.
package struct WireAgentOffer: WireRecord {
    package var name = ""
    package var kind = AgentKind.command
    package var version: String?
    package var model: String?

    package init() {}

    package static let recordName = "agentOffer"
    package static let meaning = "An agent that a daemon can start."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("name", &name, .label, "As configured.")
        try fields.required("kind", &kind, .word, "How its program is driven.")
        try fields.optional("version", &version, .label, "As its program tells it.")
        try fields.optional("model", &model, .label, "The model that it is told to use.")
    }
}

/// A repository that a daemon has already.
package struct WireRepository: WireRecord {
    package var repoUrl: String?
    package var path: String?

    package init() {}

    package static let recordName = "repository"
    package static let meaning = "A repository that a daemon has already: tasks on it begin faster there."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("repoUrl", &repoUrl, .repositoryURL, "Where it was cloned from.")
        try fields.optional("path", &path, .absolutePath, "Where it is, of one of the machine's own.")
    }

    package func validate() throws(WireError) {
        if repoUrl == nil, path == nil { throw .field(path: "", .inconsistent(.repositoryMissing)) }
    }
}

/// An attempt that a daemon holds.
package struct WireHeldAttempt: WireRecord {
    package var taskId = ""
    package var attempt = 0
    package var status = TaskStatus.pending
    package var iteration = 0
    package var sequence = 0

    package init() {}

    package static let recordName = "heldAttempt"
    package static let meaning = "An attempt that a daemon works on, or whose end the server has not acknowledged yet."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required("attempt", &attempt, .ordinal, "The attempt.")
        try fields.required("status", &status, .word, "Where it stands.")
        try fields.required(
            "iteration",
            &iteration,
            .count,
            "The present iteration, or the last one; 0 before the first."
        )
        try fields.required("sequence", &sequence, .count, "Of the last message of the attempt; 0 before the first.")
    }
}

/// What is to become of an attempt that a daemon holds.
package struct WireAttemptRuling: WireRecord {
    package var taskId = ""
    package var attempt = 0
    package var ruling = AttemptRuling.goOn

    package init() {}

    package static let recordName = "attemptRuling"
    package static let meaning = "What is to become of an attempt that a daemon holds."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required("attempt", &attempt, .ordinal, "The attempt.")
        try fields.required(
            "ruling",
            &ruling,
            .word,
            """
            `go_on`: it is the daemon's still. `fenced`: it is not any more; its agent is stopped at once, its files are kept.
            """
        )
    }
}

/// What is to become of an attempt.
package enum AttemptRuling: String, WireWord, CaseIterable {
    case goOn = "go_on"
    case fenced

    package var wireWord: String { rawValue }
}
