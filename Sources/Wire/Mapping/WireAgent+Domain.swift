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
    ///
    /// A stranger's message names an agent that is known, and changes nothing of how its program is started. Variables are
    /// given to the configured program only, whoever asks.
    package func configuration(
        over known: AgentConfiguration?,
        trust: RequestTrust
    ) throws(WireError) -> AgentConfiguration {
        if trust == .stranger { try requireAsConfigured(known) }
        guard let kind = kind ?? known?.kind, let command = command ?? known?.command else {
            throw .field(path: "name", .inconsistent(.agentUnknown))
        }
        var agent = AgentConfiguration(
            name: name,
            kind: kind,
            command: command,
            model: model ?? known?.model,
            environment: known.map { $0.kind == kind && $0.command == command ? $0.environment : [:] } ?? [:],
            passEnvironment: passEnvironment ?? known?.passEnvironment ?? [],
            arguments: arguments ?? known?.arguments ?? [],
            pricePerMillionTokens: priceMicrodollars ?? known?.pricePerMillionTokens
        )
        agent.prices = prices?.mapValues(\.prices) ?? known?.prices
        agent.fallBackTo = fallBackTo.isEmpty ? known?.fallBackTo ?? [] : fallBackTo
        return agent
    }

    /// Throws where its program would be started otherwise than as it is configured here.
    private func requireAsConfigured(_ known: AgentConfiguration?) throws(WireError) {
        guard let known else { throw .field(path: "name", .inconsistent(.agentUnknown)) }
        let differing = [
            ("kind", kind.map { $0 != known.kind }), ("command", command.map { $0 != known.command }),
            ("arguments", arguments.map { $0 != known.arguments }),
            ("passEnvironment", passEnvironment.map { $0 != known.passEnvironment }),
        ]
        guard let field = differing.first(where: { $0.1 == true })?.0 else { return }
        throw .field(path: field, .inconsistent(.agentNotAsConfigured))
    }
}

/// Whose word a request is, for the machine that is to carry it out.
package enum RequestTrust: Hashable, Sendable {
    /// Somebody's with a token: this machine's configuration is a ceiling, and its agents are all there are.
    case stranger
    /// This machine's own user's: it holds as on the command line of `makima run`.
    case owner
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
