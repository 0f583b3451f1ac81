/// The server has taken messages of the outbox.
package struct OutboxAck: WireMessage {
    package var upTo = 0
    package var beat: Int?

    package init() {}

    package init(upTo: Int, beat: Int? = nil) {
        self.upTo = upTo
        self.beat = beat
    }

    package static let type = "ack"
    package static let meaning = """
        The server has taken everything of the daemon's outbox up to a number, with its effect, on its disk. The daemon drops it. \
        What was taken before, or belongs to an attempt that is not current any more, is acknowledged too.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("upTo", &upTo, .count, "The last number.")
        try fields.optional("beat", &beat, .ordinal, "The last heartbeat of the session that has renewed the lease.")
    }
}

/// The daemon has a command on its disk.
package struct CommandAck: WireMessage {
    package var id = ""

    package init() {}

    package init(id: String) { self.id = id }

    package static let type = "ack"
    package static let meaning = """
        The daemon has a command on its disk and will carry it out, also after a death. The server sends it again, until there is \
        a `commandAnswer`, after each new `welcome` only.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("id", &id, .identifier, "Of the command.")
    }
}

/// What came of a command.
package struct CommandAnswer: WireMessage {
    package var id = ""
    package var outcome = CommandOutcome.done
    package var taskId: String?
    package var attempt: Int?
    package var code: String?
    package var message: String?
    package var hint: String?
    package var checkpoint: Int?
    package var checkpoints: [WireCheckpoint] = []
    package var delivered: String?
    package var wasRunning: Bool?
    package var merge: WireMergeReport?

    package init() {}

    package static let type = "commandAnswer"
    package static let meaning = """
        What came of a command; the same for each repetition of it. Not numbered: a server that has not got it sends the command \
        again after the next `welcome`.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("id", &id, .identifier, "Of the command.")
        try fields.required("outcome", &outcome, .word, "`refused`: nothing was done. `failed`: it was tried.")
        try fields.optional("taskId", &taskId, .taskID, "The task, of a command about one.")
        try fields.optional("attempt", &attempt, .ordinal, "Its attempt.")
        try fields.optional(
            "code",
            &code,
            .identifier,
            """
            Why not: `stale_attempt`, `unknown_task`, `wrong_status`, `no_slot`, `draining`, `repository`, `agent_unknown`, \
            `not_allowed`, `patch`, `disk`, `internal`; others may come.
            """
        )
        try fields.optional("message", &message, .text(upTo: WireLimits.message), "One sentence for people.")
        try fields.optional("hint", &hint, .text(upTo: WireLimits.message), "What to do next.")
        try fields.optional("checkpoint", &checkpoint, .count, "Of `restoreCheckpoint`: the one taken before.")
        try fields.list(
            "checkpoints",
            &checkpoints,
            .list(.record, upTo: 2),
            "Of `restoreCheckpoint`: those that it took, before and after; no other message tells of them."
        )
        try fields.optional(
            "delivered",
            &delivered,
            .identifier,
            "Of `sendMessage`: `live` where the agent has it, `queued` where it stands in its next prompt."
        )
        try fields.optional(
            "wasRunning",
            &wasRunning,
            .flag,
            "Of `stopTask` and `interruptTask`: whether an agent ran."
        )
        try fields.optional("merge", &merge, .record, "Of `mergeTasks`: what has become of it.")
    }
}

package enum CommandOutcome: String, WireWord, CaseIterable {
    case done
    case refused
    case failed

    package var wireWord: String { rawValue }
}

/// A message could not be taken.
package struct Refused: WireMessage {
    package var code = ""
    package var message = ""
    package var hint: String?
    package var field: String?
    package var of: String?
    package var id: String?
    package var number: Int?

    package init() {}

    /// Refuses a frame that cannot be read; `reference` is what can be told of it.
    package init(_ error: WireError, of reference: FrameReference?) {
        code = error.code
        // What was found is in it, cut; still it is somebody else's text.
        message = error.description.replacing("\0", with: "\u{FFFD}")
        field = error.path.flatMap { $0.utf8.count <= WireLimits.sentence ? $0.replacing("\0", with: "\u{FFFD}") : nil }
        of = reference?.type
        id = reference?.id
        number = reference?.number
    }

    package static let type = "refused"
    package static let meaning = """
        A message could not be taken, or the connection cannot be: then it is closed after this. A numbered message that cannot be \
        read is refused *and* acknowledged by the next `ack`, so that it does not hold up those behind it; the server keeps it.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required(
            "code",
            &code,
            .identifier,
            """
            For connections `version`, `fenced`, `not_allowed`, `outbox_gap`, `outbox_lost`, `outbox_ahead`, `shutting_down`; for messages those \
            below, `not_expected` and `stale_attempt`; others may come.
            """
        )
        try fields.required("message", &message, .text(upTo: WireLimits.message), "One sentence for people.")
        try fields.optional("hint", &hint, .text(upTo: WireLimits.message), "What to do next.")
        try fields.optional("field", &field, .text(upTo: WireLimits.sentence), "Which field, as `checks[2].name`.")
        try fields.optional("of", &of, .identifier, "The `type` of the message.")
        try fields.optional("id", &id, .identifier, "Its id, of a command.")
        try fields.optional("number", &number, .ordinal, "Its number, of one from the outbox.")
    }
}

/// A message was of a type that the receiver does not know.
package struct NotUnderstood: WireMessage {
    package var of = ""
    package var id: String?
    package var number: Int?

    package init() {}

    package init(_ reference: FrameReference) {
        of = reference.type ?? ""
        id = reference.id
        number = reference.number
    }

    package static let type = "unknown"
    package static let meaning = """
        A message was of a type that the receiver does not know. Nothing was done. A numbered one is acknowledged all the same. An \
        `unknown` is never answered.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("of", &of, .identifier, "The `type` that was found.")
        try fields.optional("id", &id, .identifier, "Its id, where it had one.")
        try fields.optional("number", &number, .ordinal, "Its number, where it had one.")
    }
}
