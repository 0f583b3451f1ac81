/// A task is to stop.
package struct StopRequest: WireRecord {
    package var force = false

    package init() {}

    package static let recordName = "stopRequest"
    package static let meaning = "How a task is to be stopped."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.defaulted("force", &force, .flag, else: false, "The agent is killed at once.")
    }
}

/// An order about which nothing needs to be said.
package struct PlainRequest: WireRecord {
    package init() {}

    package static let recordName = "plainRequest"
    package static let meaning = "An order about which nothing needs to be said."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {}
}

/// The present iteration is to end.
package struct InterruptRequest: WireRecord {
    package var message: String?

    package init() {}

    package static let recordName = "interruptRequest"
    package static let meaning = "How the present iteration is to end."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("message", &message, .text(upTo: WireLimits.message, from: 1), "For the next prompt.")
    }
}

/// A person says something to the agent.
package struct MessageRequest: WireRecord {
    package var text = ""

    package init() {}

    package static let recordName = "messageRequest"
    package static let meaning = "What a person says to the agent."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("text", &text, .text(upTo: WireLimits.message, from: 1), "What is said.")
    }
}

/// A person answers a question.
package struct AnswerRequest: WireRecord {
    package var question = 0
    package var attempt: Int?
    package var text = ""

    package init() {}

    package static let recordName = "answerRequest"
    package static let meaning = "A person's answer to a question of the agent."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("question", &question, .ordinal, "Its number.")
        try fields.optional("attempt", &attempt, .ordinal, "In which it was asked; the present one where left out.")
        try fields.required("text", &text, .text(upTo: WireLimits.message, from: 1), "The answer.")
    }
}

/// A task's files are to become those of a checkpoint.
package struct RestoreRequest: WireRecord {
    package var checkpoint = 0

    package init() {}

    package static let recordName = "restoreRequest"
    package static let meaning = "Which checkpoint a task's files are to become."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("checkpoint", &checkpoint, .count, "Its number; 0 is the base.")
    }
}

/// A task that has stopped is to go on.
package struct ResumeRequest: WireRecord {
    package var elsewhere = false
    /// What is changed; its names do not count.
    package var changes = ResumeTask()

    package init() {}

    package static let recordName = "resumeRequest"
    package static let meaning = "How a task that has stopped is to go on; what is left out stays."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.defaulted(
            "elsewhere",
            &elsewhere,
            .flag,
            else: false,
            "Any daemon may have it, with what the server has of its work."
        )
        try changes.visitLimits(&fields)
        try changes.visitConfinement(&fields)
    }
}

/// A daemon is to take no new tasks, or to take some again.
package struct DrainRequest: WireRecord {
    package var draining = true
    package var stopAfterMilliseconds: Duration?

    package init() {}

    package static let recordName = "drainRequest"
    package static let meaning = "Whether a daemon is to take new tasks."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.defaulted("draining", &draining, .flag, else: true, "`false` ends it.")
        try fields.optional(
            "stopAfterMilliseconds",
            &stopAfterMilliseconds,
            .milliseconds,
            "What runs after that time is stopped."
        )
    }
}

/// A daemon is to be known.
package struct DaemonRequest: WireRecord {
    package var daemonId = ""
    package var daemonName: String?

    package init() {}

    package static let recordName = "daemonRequest"
    package static let meaning = "A daemon that is to be let in."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("daemonId", &daemonId, .identifier, "Names it for ever.")
        try fields.optional("daemonName", &daemonName, .label, "For people; the id where left out.")
    }
}

/// A token is to be made.
package struct TokenRequest: WireRecord {
    package var label = ""
    package var scope = WireScope.viewer
    package var userId: String?
    package var daemonId: String?
    package var expiresInSeconds: Int?

    package init() {}

    package static let recordName = "tokenRequest"
    package static let meaning = "A token that is to be made: of the daemon where one is named, else of the user."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("label", &label, .label, "For people.")
        try fields.required("scope", &scope, .word, "What it allows.")
        try fields.optional("userId", &userId, .identifier, "Whose it is; the asker's where left out.")
        try fields.optional("daemonId", &daemonId, .identifier, "Whose it is; needed for the scope `daemon`.")
        try fields.optional("expiresInSeconds", &expiresInSeconds, .integer(1...3_153_600_000), "How long it holds.")
    }

    package func validate() throws(WireError) {
        guard (scope == .daemon) == (daemonId != nil), daemonId == nil || userId == nil else {
            throw .field(path: "daemonId", .inconsistent(.scopeAndOwner))
        }
    }
}

/// What a token allows.
package enum WireScope: String, WireWord, CaseIterable {
    case admin
    case `operator`
    case viewer
    case daemon

    package var wireWord: String { rawValue }
}
