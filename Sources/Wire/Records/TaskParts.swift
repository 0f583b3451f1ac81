package import Domain

/// What a task may spend.
package struct WireBudgets: WireRecord {
    package var maxCostMicrodollars: USD?
    package var maxTokens: Int?
    package var maxDurationMilliseconds: Duration?

    package init() {}

    package static let recordName = "budgets"
    package static let meaning = "What a task may spend over its whole life; 0 is that nothing may be spent."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("maxCostMicrodollars", &maxCostMicrodollars, .microdollars, "Cost.")
        try fields.optional("maxTokens", &maxTokens, .count, "Tokens of all kinds together.")
        try fields.optional(
            "maxDurationMilliseconds",
            &maxDurationMilliseconds,
            .milliseconds,
            "Time in which agents and checks run."
        )
    }
}

/// The time limits within an iteration.
package struct WireTimeouts: WireRecord {
    package var iterationMilliseconds: Duration?
    package var stallMilliseconds: Duration?
    package var firstOutputMilliseconds: Duration?
    package var toolCallMilliseconds: Duration?
    package var checkMilliseconds: Duration?
    package var orphanMilliseconds: Duration?

    package init() {}

    package static let recordName = "timeouts"
    package static let meaning =
        "The time limits within one iteration. What is left out is as the daemon's configuration says."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("iterationMilliseconds", &iterationMilliseconds, .milliseconds, "The whole process.")
        try fields.optional("stallMilliseconds", &stallMilliseconds, .milliseconds, "Without a sign of life.")
        try fields.optional(
            "firstOutputMilliseconds",
            &firstOutputMilliseconds,
            .milliseconds,
            "Until the first output."
        )
        try fields.optional("toolCallMilliseconds", &toolCallMilliseconds, .milliseconds, "One tool call.")
        try fields.optional("checkMilliseconds", &checkMilliseconds, .milliseconds, "One execution of one check.")
        try fields.optional(
            "orphanMilliseconds",
            &orphanMilliseconds,
            .milliseconds,
            "How long an agent works on when its makima is gone."
        )
    }
}

/// A command whose exit status decides.
package struct WireCheck: WireRecord {
    package var name = ""
    package var command = ""
    package var timeoutMilliseconds: Duration?
    package var clean = false
    package var network: NetworkMode?

    package init() {}

    package static let recordName = "check"
    package static let meaning = "A command whose exit status decides whether the work is accepted."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required(
            "name",
            &name,
            .text(upTo: WireLimits.command, from: 1),
            "Unique within the task; the command itself where it has no name."
        )
        try fields.required(
            "command",
            &command,
            .text(upTo: WireLimits.command, from: 1),
            "Run by `/bin/sh -c` in the workspace, in the sandbox."
        )
        try fields.optional("timeoutMilliseconds", &timeoutMilliseconds, .milliseconds, "Instead of the task's.")
        try fields.defaulted("clean", &clean, .flag, else: false, "In a clean checkout of the checkpoint.")
        try fields.optional("network", &network, .word, "What of the task's network it sees at most.")
    }
}

/// When a conversation is given up for a new one.
package struct WireRotation: WireRecord {
    package var fillPercent = 0
    package var resumes = 0

    package init() {}

    package static let recordName = "rotation"
    package static let meaning = "When an agent's conversation is given up for a new one before it is unusable."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required(
            "fillPercent",
            &fillPercent,
            .integer(0...100),
            "The used share of what the model can take; 0 is never."
        )
        try fields.required("resumes", &resumes, .integer(0...1_000_000), "How often one conversation is continued.")
    }
}

/// How work is put to review.
package struct WireForge: WireRecord {
    package var remote: String?
    package var draft = false
    package var rounds = 0
    package var patienceMilliseconds: Duration = .seconds(24 * 3600)
    package var intervalMilliseconds: Duration = .seconds(60)
    package var bots = false

    package init() {}

    package static let recordName = "forge"
    package static let meaning = "How work is put to review where `completionAction` is `pr`."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("remote", &remote, .identifier, "The remote to push to; `origin` where left out.")
        try fields.defaulted("draft", &draft, .flag, else: false, "The pull request is a draft.")
        try fields.defaulted(
            "rounds",
            &rounds,
            .integer(0...100),
            else: 0,
            "How often what comes back is given to the agent; with 0 nobody stays with the pull request."
        )
        try fields.defaulted(
            "patienceMilliseconds",
            &patienceMilliseconds,
            .milliseconds,
            else: .seconds(24 * 3600),
            "How long is stayed with it in all."
        )
        try fields.defaulted(
            "intervalMilliseconds",
            &intervalMilliseconds,
            .milliseconds,
            else: .seconds(60),
            "The time between two looks."
        )
        try fields.defaulted("bots", &bots, .flag, else: false, "Comments of programs are told too.")
    }
}

/// What becomes of an agent's questions.
package struct WireQuestionPolicy: WireRecord {
    package var deadlineMilliseconds: Duration?
    package var fallback: String?
    package var patienceMilliseconds: Duration?

    package init() {}

    package static let recordName = "questionPolicy"
    package static let meaning = "What becomes of the agent's questions. Where a task has none, nobody answers."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional(
            "deadlineMilliseconds",
            &deadlineMilliseconds,
            .milliseconds,
            "How long an answer is waited for; for ever where left out."
        )
        try fields.optional("fallback", &fallback, .text(upTo: WireLimits.message), "What holds when that is over.")
        try fields.optional(
            "patienceMilliseconds",
            &patienceMilliseconds,
            .milliseconds,
            "How long an agent that waits for a permission is kept waiting."
        )
    }
}

/// The templates of the prompts.
package struct WirePrompts: WireRecord {
    package var first: String?
    package var handover: String?
    package var continued: String?

    package init() {}

    package static let recordName = "prompts"
    package static let meaning = "Templates of the prompts; what is left out is makima's own."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("first", &first, .text(upTo: WireLimits.message), "Of the first iteration.")
        try fields.optional(
            "handover",
            &handover,
            .text(upTo: WireLimits.message),
            "Of a later iteration in a new conversation."
        )
        try fields.optional(
            "continued",
            &continued,
            .text(upTo: WireLimits.message),
            "Of a later iteration in the same conversation."
        )
    }
}

/// One piece of an earlier conversation.
package struct WireTurn: WireRecord {
    package var speaker = ""
    package var text = ""

    package init() {}

    package static let recordName = "turn"
    package static let meaning = "One piece of an earlier conversation, for an agent that has to take it up again."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("speaker", &speaker, .identifier, "`person`, `agent` or `makima`; others may come.")
        try fields.required("text", &text, .text(upTo: WireLimits.message), "What was said.")
    }
}

/// Where a task stands on which an earlier attempt has worked.
package struct WireStanding: WireRecord {
    package var iterations = 0
    package var runs = 0
    package var usage = WireUsage()
    package var activeMilliseconds = Duration.zero
    package var sessionId: String?
    package var loopMemory: String?
    package var acceptedTree: String?
    package var checkpoint: Int?

    package init() {}

    package static let recordName = "standing"
    package static let meaning = """
        Where a task stands on which earlier attempts have worked, perhaps at another daemon: limits and budgets hold over \
        its whole life.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.required("iterations", &iterations, .count, "Iterations that are used up.")
        try fields.required("runs", &runs, .count, "Runs that were begun.")
        try fields.required("usage", &usage, .record, "What was spent.")
        try fields.required(
            "activeMilliseconds",
            &activeMilliseconds,
            .milliseconds,
            "Time that agents and checks ran."
        )
        try fields.optional("sessionId", &sessionId, .text(upTo: WireLimits.sentence), "The agent's conversation.")
        try fields.optional(
            "loopMemory",
            &loopMemory,
            .text(upTo: WireLimits.plan),
            "What the loop remembers, as `iterationEnded` had it; nobody but the loop reads it."
        )
        try fields.optional(
            "acceptedTree",
            &acceptedTree,
            .commit,
            "Changes to protected paths up to this tree are allowed by a person."
        )
        try fields.optional("checkpoint", &checkpoint, .count, "The number of the checkpoint that the work begins at.")
    }
}

/// What was spent.
package struct WireUsage: WireRecord {
    package var costMicrodollars: USD?
    package var tokens: Int?
    package var unpricedTokens: Int?
    package var pricedCostMicrodollars: USD?
    package var untoldProcesses: Int?

    package init() {}

    package static let recordName = "usage"
    package static let meaning = "What agents have spent, as far as they have told it."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("costMicrodollars", &costMicrodollars, .microdollars, "Left out where none was told.")
        try fields.optional("tokens", &tokens, .count, "Of all kinds together.")
        try fields.optional("unpricedTokens", &unpricedTokens, .count, "Those whose cost is not in the cost.")
        try fields.optional(
            "pricedCostMicrodollars",
            &pricedCostMicrodollars,
            .microdollars,
            "What of the cost was made of tokens by prices."
        )
        try fields.optional("untoldProcesses", &untoldProcesses, .count, "Processes that worked and told nothing.")
    }
}
