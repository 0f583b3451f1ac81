package import Domain

/// An agent that may work on a task.
package struct WireAgent: WireRecord {
    package var name = ""
    package var kind: AgentKind?
    package var command: [String]?
    package var model: String?
    package var arguments: [String]?
    package var passEnvironment: [String]?
    package var priceMicrodollars: USD?
    package var prices: [String: WirePrices]?
    package var fallBackTo: [String] = []

    package init() {}

    package static let recordName = "agent"
    package static let meaning = """
        An agent that may work on a task. What is left out is as the daemon's configuration has it under `[agents.NAME]`. A daemon \
        runs the agents of its own configuration and no others: one that it does not know is refused with `agent_unknown`, and one \
        whose `kind`, `command`, `arguments` or `passEnvironment` are given and are not as it has them with `not_allowed`. Only \
        the daemon of `makima up`, whose requests are its own user's, takes them as they are. Variables with their values are \
        never sent: an agent has those of the daemon's configuration, where its `kind` and `command` are of it, too.
        """

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        let argument = Codec<String>.text(upTo: WireLimits.command)
        try fields.required("name", &name, .label, "As configured.")
        try fields.optional("kind", &kind, .word, "How its program is driven.")
        try fields.optional("command", &command, .list(argument, upTo: 256), "The program and its arguments.")
        try fields.optional("model", &model, .label, "The model that it is told to use.")
        try fields.optional("arguments", &arguments, .list(argument, upTo: 256), "After those that makima gives.")
        try fields.optional(
            "passEnvironment",
            &passEnvironment,
            .list(.variable, upTo: 256),
            "Variables of the daemon's own environment that are passed on."
        )
        try fields.optional("priceMicrodollars", &priceMicrodollars, .microdollars, "Of a million tokens.")
        try fields.optional("prices", &prices, .table(.record, upTo: 256), "By model.")
        try fields.list("fallBackTo", &fallBackTo, .list(.label, upTo: 64), "Who takes over while it is at a limit.")
    }
}

/// What a million tokens of one model cost, by kind.
package struct WirePrices: WireRecord {
    package var inputMicrodollars: USD?
    package var outputMicrodollars: USD?
    package var cacheReadMicrodollars: USD?
    package var cacheWriteMicrodollars: USD?

    package init() {}

    package static let recordName = "prices"
    package static let meaning = "What a million tokens of one model cost, by kind."

    package mutating func visit(_ fields: inout some FieldVisitor) throws(WireError) {
        try fields.optional("inputMicrodollars", &inputMicrodollars, .microdollars, "Input.")
        try fields.optional("outputMicrodollars", &outputMicrodollars, .microdollars, "Output.")
        try fields.optional("cacheReadMicrodollars", &cacheReadMicrodollars, .microdollars, "As input where left out.")
        try fields.optional(
            "cacheWriteMicrodollars",
            &cacheWriteMicrodollars,
            .microdollars,
            "As input where left out."
        )
    }
}
