package import Domain

/// What a message of a task carries that waits in the outbox until it is acknowledged.
package struct Stamp: Hashable, Sendable {
    package var number = 0
    package var taskId = ""
    package var attempt = 0
    package var sequence = 0

    package init() {}

    package init(number: Int, task: TaskID, attempt: Int, sequence: Int) {
        self.number = number
        taskId = task.rawValue
        self.attempt = attempt
        self.sequence = sequence
    }

    mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("number", &number, .ordinal, "Of the entry in the daemon's outbox, without gaps.")
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required("attempt", &attempt, .ordinal, "The attempt that the daemon works on: the fencing token.")
        try fields.required(
            "sequence",
            &sequence,
            .ordinal,
            "Counts the messages of this attempt from 1, without gaps."
        )
    }
}

/// A message that waits in the outbox until it is acknowledged.
package protocol DurableMessage: WireMessage {
    var stamp: Stamp { get set }
}

/// What names a command and the attempt that it is meant for.
package struct CommandHead: Hashable, Sendable {
    package var id = ""
    package var taskId = ""
    package var attempt = 0

    package init() {}

    package init(_ id: String, task: TaskID, attempt: Int) {
        self.id = id
        taskId = task.rawValue
        self.attempt = attempt
    }

    mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("id", &id, .identifier, "Names the command: who has carried it out does not do it again.")
        try fields.required("taskId", &taskId, .taskID, "The task.")
        try fields.required(
            "attempt",
            &attempt,
            .ordinal,
            "The attempt that it is meant for. A daemon that has another one refuses it with `stale_attempt`."
        )
    }
}

/// A command about one task.
package protocol TaskCommand: WireMessage {
    var head: CommandHead { get set }
}
