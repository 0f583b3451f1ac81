package import Domain

/// A daemon as a server shows it.
package struct DaemonView: WireRecord {
    package var daemonId = ""
    package var daemonName = ""
    package var connected = false
    package var session: Int?
    package var draining = false
    package var labels: [String] = []
    package var repositories: [String] = []
    package var agents: [String] = []
    package var makimaVersion: String?
    package var slots: Int?
    package var usedSlots: Int?
    package var assigned = 0
    package var enrolledAt = Timestamp(millisecondsSince1970: 0)
    package var lastSeenAt: Timestamp?

    package init() {}

    package static let recordName = "daemon"
    package static let meaning = "A daemon, and what it has to offer."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("daemonId", &daemonId, .identifier, "Its id.")
        try fields.required("daemonName", &daemonName, .text(upTo: WireLimits.sentence), "For people.")
        try fields.required("connected", &connected, .flag, "Whether it has a session that lives.")
        try fields.optional("session", &session, .ordinal, "That session.")
        try fields.defaulted("draining", &draining, .flag, else: false, "It gets no new tasks.")
        try fields.list("labels", &labels, .list(.text(upTo: WireLimits.label), upTo: 256), "As it calls itself.")
        try fields.list(
            "repositories",
            &repositories,
            .list(.text(upTo: WireLimits.path), upTo: WireLimits.list),
            "Those that it has."
        )
        try fields.list("agents", &agents, .list(.text(upTo: WireLimits.label), upTo: 256), "Those that it can start.")
        try fields.optional("makimaVersion", &makimaVersion, .text(upTo: WireLimits.label), "Its version.")
        try fields.optional("slots", &slots, .count, "Tasks that it runs side by side.")
        try fields.optional("usedSlots", &usedSlots, .count, "Those of them that are in use.")
        try fields.defaulted("assigned", &assigned, .count, else: 0, "Tasks that it has, by the server's view.")
        try fields.required("enrolledAt", &enrolledAt, .time, "Since when it is known.")
        try fields.optional("lastSeenAt", &lastSeenAt, .time, "When it connected last.")
    }
}

package struct DaemonListView: WireRecord {
    package var daemons: [DaemonView] = []

    package init() {}

    package static let recordName = "daemonList"
    package static let meaning = "All daemons."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("daemons", &daemons, .list(.record, upTo: 1_000_000), "By their ids.")
    }
}

/// A command to a daemon.
package struct CommandView: WireRecord {
    package var commandId = ""
    package var daemonId = ""
    package var taskId: String?
    package var attempt: Int?
    package var queuedAt = Timestamp(millisecondsSince1970: 0)
    package var answeredAt: Timestamp?
    package var withdrawn = false
    package var answer: JSONValue?

    package init() {}

    package static let recordName = "command"
    package static let meaning = "What a daemon was told, and what came of it."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("commandId", &commandId, .identifier, "Its id.")
        try fields.required("daemonId", &daemonId, .identifier, "To whom.")
        try fields.optional("taskId", &taskId, .taskID, "About which task.")
        try fields.optional("attempt", &attempt, .count, "And which attempt.")
        try fields.required("queuedAt", &queuedAt, .time, "When it was queued.")
        try fields.optional("answeredAt", &answeredAt, .time, "When it was answered.")
        try fields.defaulted("withdrawn", &withdrawn, .flag, else: false, "Its attempt ended before.")
        try fields.optional("answer", &answer, .anything, "The daemon's `commandAnswer`.")
    }
}

/// What is kept of a token.
package struct TokenView: WireRecord {
    package var tokenId = ""
    package var label = ""
    package var scopes: [WireScope] = []
    package var userId: String?
    package var daemonId: String?
    package var createdAt = Timestamp(millisecondsSince1970: 0)
    package var expiresAt: Timestamp?
    package var revokedAt: Timestamp?
    package var lastUsedAt: Timestamp?
    package var token: String?

    package init() {}

    package static let recordName = "token"
    package static let meaning = "A token; the token itself is told once only, when it is made."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("tokenId", &tokenId, .identifier, "Its id, which is no secret.")
        try fields.required("label", &label, .text(upTo: WireLimits.sentence), "For people.")
        try fields.required("scopes", &scopes, .list(.word, upTo: 4), "What it allows.")
        try fields.optional("userId", &userId, .identifier, "Whose it is.")
        try fields.optional("daemonId", &daemonId, .identifier, "Whose it is.")
        try fields.required("createdAt", &createdAt, .time, "When it was made.")
        try fields.optional("expiresAt", &expiresAt, .time, "From when on it is not accepted.")
        try fields.optional("revokedAt", &revokedAt, .time, "When it was revoked.")
        try fields.optional("lastUsedAt", &lastUsedAt, .time, "To the minute.")
        try fields.optional("token", &token, .text(upTo: WireLimits.label), "The secret, where it was just made.")
    }
}

package struct TokenListView: WireRecord {
    package var tokens: [TokenView] = []

    package init() {}

    package static let recordName = "tokenList"
    package static let meaning = "All tokens."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("tokens", &tokens, .list(.record, upTo: 1_000_000), "By their ids.")
    }
}

/// An entry of the audit log.
package struct AuditView: WireRecord {
    package var number = 0
    package var at = Timestamp(millisecondsSince1970: 0)
    package var actor = ""
    package var action = ""
    package var subject = ""
    package var detail = ""

    package init() {}

    package static let recordName = "auditEntry"
    package static let meaning = "That somebody has done something."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        let text = Codec<String>.text(upTo: WireLimits.message)
        try fields.required("number", &number, .count, "Counts up.")
        try fields.required("at", &at, .time, "When.")
        try fields.required("actor", &actor, text, "Who.")
        try fields.required("action", &action, text, "What.")
        try fields.required("subject", &subject, text, "On what.")
        try fields.required("detail", &detail, text, "JSON or nothing.")
    }
}

package struct AuditPageView: WireRecord {
    package var entries: [AuditView] = []
    package var next: Int?

    package init() {}

    package static let recordName = "auditPage"
    package static let meaning = "Some of the audit log, newest first."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("entries", &entries, .list(.record, upTo: WireLimits.list), "The entries.")
        try fields.optional("next", &next, .count, "The `before` of the next page.")
    }
}

/// Why a request has failed.
package struct Problem: WireRecord {
    package var status = 500
    package var code = ""
    package var message = ""
    package var hint: String?
    package var field: String?

    package init() {}

    package static let recordName = "problem"
    package static let meaning = "Why a request has failed."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("status", &status, .integer(400...599), "The status of the answer.")
        try fields.required("code", &code, .identifier, "For programs; further ones may come.")
        try fields.required("message", &message, .text(upTo: WireLimits.message), "One sentence for people.")
        try fields.optional("hint", &hint, .text(upTo: WireLimits.message), "What to do next.")
        try fields.optional("field", &field, .text(upTo: WireLimits.sentence), "Which field or parameter.")
    }
}

/// That a server lives.
package struct HealthView: WireRecord {
    package var status = "ok"

    package init() {}

    package static let recordName = "health"
    package static let meaning = "That a server lives, or is ready."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("status", &status, .identifier, "`ok`.")
    }
}
