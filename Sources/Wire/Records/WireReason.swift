package import Domain

/// Why a task is in its status.
package struct WireReason: WireRecord {
    package var code = ""
    package var message = ""
    package var hint: String?
    package var facts = WireFacts()

    package init() {}

    /// Those of `waiting` in which a task is at no daemon, until the server lets it go on.
    static let contractCodes: Set<String> = ["dependency", "acceptance"]

    package static let recordName = "reason"
    package static let meaning = """
        Why a task is in its status. `code` is one of those in [REASONS.md](REASONS.md), which says what each means; further ones \
        may come, and a reader that does not know one shows `message`. The other fields are the data of the reason; which of them \
        are there follows from status and code. Nothing is decided by `message` or `hint`.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("code", &code, .identifier, "Unique within the status.")
        try fields.required("message", &message, .text(upTo: WireLimits.message), "One sentence for people.")
        try fields.optional("hint", &hint, .text(upTo: WireLimits.message), "What to do next.")
        try facts.visitAmounts(&fields)
        try facts.visitNames(&fields)
        try facts.visitMachine(&fields)
    }
}

/// The data of a reason: each reason has some of these.
package struct WireFacts: Hashable, Sendable {
    package var used: Int?
    package var limit: Int?
    package var ceiling: Int?
    package var spentMicrodollars: USD?
    package var knownMicrodollars: USD?
    package var estimateMicrodollars: USD?
    package var limitMicrodollars: USD?
    package var spentTokens: Int?
    package var knownTokens: Int?
    package var limitTokens: Int?
    package var spentMilliseconds: Duration?
    package var limitMilliseconds: Duration?
    package var iterations: Int?
    package var period: Int?
    package var times: Int?
    package var attempts: Int?
    package var count: Int?
    package var until: Timestamp?

    package var blockers: [String]?
    package var signature: String?
    package var check: WireCheck?
    package var verdict: WireVerdict?
    package var question: String?
    package var questionNumber: Int?
    package var permission: String?
    package var agent: String?
    package var detail: String?
    package var branch: String?
    package var remote: String?
    package var cause: String?
    package var paths: [String]?
    package var receipts: [WireReceipt]?

    package var problem: String?
    package var path: String?
    package var command: String?
    package var operation: String?
    package var exitCode: Int?
    package var outputTail: String?
    package var limitHits: WireLimitHits?
    package var free: Int?
    package var reserve: Int?
    package var usedMiB: Int?
    package var limitMiB: Int?
    package var variables: [WireVariable]?

    package init() {}

    mutating func visitAmounts(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("used", &used, .count, "Iterations that are used up.")
        try fields.optional("limit", &limit, .count, "Iterations that were allowed.")
        try fields.optional("ceiling", &ceiling, .count, "The most that a resume may name.")
        try fields.optional("spentMicrodollars", &spentMicrodollars, .microdollars, "What was spent.")
        try fields.optional("knownMicrodollars", &knownMicrodollars, .microdollars, "What is known of it.")
        try fields.optional("estimateMicrodollars", &estimateMicrodollars, .microdollars, "What it is taken to be.")
        try fields.optional("limitMicrodollars", &limitMicrodollars, .microdollars, "The budget.")
        try fields.optional("spentTokens", &spentTokens, .count, "What was spent.")
        try fields.optional("knownTokens", &knownTokens, .count, "What is known of it.")
        try fields.optional("limitTokens", &limitTokens, .count, "The budget.")
        try fields.optional("spentMilliseconds", &spentMilliseconds, .milliseconds, "What was spent.")
        try fields.optional("limitMilliseconds", &limitMilliseconds, .milliseconds, "The budget.")
        try fields.optional("iterations", &iterations, .count, "In a row, without progress or with the same error.")
        try fields.optional("period", &period, .count, "So many trees make the circle.")
        try fields.optional("times", &times, .count, "In a row the check could not be evaluated.")
        try fields.optional("attempts", &attempts, .count, "So many tries were made.")
        try fields.optional("count", &count, .count, "So many objects are missing.")
        try fields.optional("until", &until, .time, "When the task goes on by itself.")
    }

    mutating func visitNames(_ fields: inout some FieldVisitor) throws(WireError) {
        let text = Codec<String>.text(upTo: WireLimits.message)
        try fields.optional("blockers", &blockers, .list(text, upTo: 100), "What the agent named last.")
        try fields.optional("signature", &signature, text, "The error without its volatile parts.")
        try fields.optional("check", &check, .record, "The check that cannot be evaluated.")
        try fields.optional("verdict", &verdict, .record, "Why it cannot.")
        try fields.optional("question", &question, text, "What the agent asks.")
        try fields.optional("questionNumber", &questionNumber, .ordinal, "The question to be answered.")
        try fields.optional("permission", &permission, text, "What the agent wants to be allowed.")
        try fields.optional("agent", &agent, .text(upTo: WireLimits.label), "The agent's name.")
        try fields.optional("detail", &detail, text, "What was found.")
        try fields.optional(
            "branch",
            &branch,
            .text(upTo: WireLimits.path),
            "The branch to be merged into, or to be pushed."
        )
        try fields.optional("remote", &remote, .text(upTo: WireLimits.label), "The remote to push to.")
        try fields.optional(
            "cause",
            &cause,
            .identifier,
            "What keeps the work from being merged or put to review, or what is waited for."
        )
        try fields.optional("paths", &paths, .list(.foundPath, upTo: WireLimits.list), "The files it is about.")
        try fields.optional(
            "receipts",
            &receipts,
            .list(.record, upTo: WireLimits.checks),
            "The checks that do not pass on top of the branch."
        )
    }

    mutating func visitMachine(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("problem", &problem, .identifier, "What of the machine is missing.")
        try fields.optional("path", &path, .foundPath, "Where.")
        try fields.optional("operation", &operation, .text(upTo: WireLimits.label), "What git was to do.")
        try fields.optional("command", &command, .text(upTo: WireLimits.command), "What failed, or what helps.")
        try fields.optional("exitCode", &exitCode, .integer(-(1 << 31)...(1 << 31) - 1), "How it ended.")
        try fields.optional("outputTail", &outputTail, .text(upTo: WireLimits.message), "The end of its output.")
        try fields.optional("limitHits", &limitHits, .record, "What it met at its limits.")
        try fields.optional("free", &free, .count, "MiB or inodes that are free.")
        try fields.optional("reserve", &reserve, .count, "MiB or inodes that are to stay free.")
        try fields.optional("usedMiB", &usedMiB, .count, "What the task's files take.")
        try fields.optional("limitMiB", &limitMiB, .count, "What they may take.")
        try fields.optional("variables", &variables, .list(.record, upTo: 256), "Variables without a value.")
    }
}

/// A variable whose value is needed and configured no longer.
package struct WireVariable: WireRecord {
    package var agent = ""
    package var name = ""

    package init() {}

    package static let recordName = "missingVariable"
    package static let meaning = "A variable whose value is needed and configured no longer."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("agent", &agent, .text(upTo: WireLimits.label), "The agent that needs it.")
        try fields.required("name", &name, .text(upTo: WireLimits.label), "Its name.")
    }
}

/// What the kernel did at the limits of a program.
package struct WireLimitHits: WireRecord {
    package var killed = 0
    package var memoryMiB: Int?
    package var refused = 0
    package var processes: Int?

    package init() {}

    package static let recordName = "limitHits"
    package static let meaning = "What the kernel did to a program at the limits of its control group."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.defaulted("killed", &killed, .count, else: 0, "Processes ended because memory had run out.")
        try fields.optional(
            "memoryMiB",
            &memoryMiB,
            .count,
            "The limit that was reached; the machine's where left out."
        )
        try fields.defaulted("refused", &refused, .count, else: 0, "How often no process could be started.")
        try fields.optional("processes", &processes, .count, "The limit that was reached.")
    }
}
