package import Domain

extension WireAgent {
    /// All of it but the variables, whose values are the daemon's affair.
    package init(_ agent: AgentConfiguration) {
        name = agent.name
        kind = agent.kind
        command = agent.command
        model = agent.model
        arguments = agent.arguments
        passEnvironment = agent.passEnvironment
        priceMicrodollars = agent.pricePerMillionTokens
        prices = agent.prices?.mapValues(WirePrices.init)
        fallBackTo = agent.fallBackTo
    }

    /// The agent as the message has it, and as `known`, configured here under the same name, where it says nothing.
    package func configuration(over known: AgentConfiguration?) throws(WireError) -> AgentConfiguration {
        guard let kind = kind ?? known?.kind, let command = command ?? known?.command else {
            throw .field(path: "name", .inconsistent(.agentUnknown))
        }
        var agent = AgentConfiguration(
            name: name,
            kind: kind,
            command: command,
            model: model ?? known?.model,
            environment: known?.environment ?? [:],
            passEnvironment: passEnvironment ?? known?.passEnvironment ?? [],
            arguments: arguments ?? known?.arguments ?? [],
            pricePerMillionTokens: priceMicrodollars ?? known?.pricePerMillionTokens
        )
        agent.prices = prices?.mapValues(\.prices) ?? known?.prices
        agent.fallBackTo = fallBackTo.isEmpty ? known?.fallBackTo ?? [] : fallBackTo
        return agent
    }
}

extension WirePrices {
    package init(_ prices: TokenPrices) {
        inputMicrodollars = prices.input
        outputMicrodollars = prices.output
        cacheReadMicrodollars = prices.cacheRead
        cacheWriteMicrodollars = prices.cacheWrite
    }

    package var prices: TokenPrices {
        TokenPrices(
            input: inputMicrodollars,
            output: outputMicrodollars,
            cacheRead: cacheReadMicrodollars,
            cacheWrite: cacheWriteMicrodollars
        )
    }
}
