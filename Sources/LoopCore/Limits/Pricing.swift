package import Domain

extension AgentOutcome {
    /// With a cost made of the tokens where the agent reported none: by the prices of its model, else by the agent's own
    /// price for all tokens.
    package func priced(for agent: AgentConfiguration) -> AgentOutcome {
        var priced = self
        if usage.hasUnpriced, let tokens, let prices = (tokens.model ?? agent.model).flatMap({ agent.prices?[$0] }) {
            priced.usage = usage.adding(price: prices.cost(of: tokens))
        }
        priced.usage = priced.usage.priced(perMillionTokens: agent.pricePerMillionTokens)
        return priced
    }
}

extension TokenPrices {
    /// What the tokens cost, rounded up.
    package func cost(of tokens: ModelTokens) -> USD {
        let input = input ?? .zero
        return .forTokens([
            (tokens.input, input), (tokens.output, output ?? .zero), (tokens.cacheRead, cacheRead ?? input),
            (tokens.cacheWrite, cacheWrite ?? input),
        ])
    }
}

extension Usage {
    /// With a cost made of the tokens where the agent reported none, rounded up.
    package func priced(perMillionTokens price: USD?) -> Usage {
        guard hasUnpriced, let tokens = unpricedTokens ?? tokens, let price else { return self }
        return adding(price: .forTokens([(tokens, price)]))
    }

    fileprivate var hasUnpriced: Bool { cost == nil || unpricedTokens != nil }

    fileprivate func adding(price: USD) -> Usage {
        var whole = self
        whole.cost = (cost ?? .zero) + price
        whole.pricedCost = price
        whole.unpricedTokens = nil
        return whole
    }
}

extension USD {
    /// Each number of tokens at its price for a million; negative figures count as zero, and beyond all measure it stays at
    /// the largest amount.
    fileprivate static func forTokens(_ parts: [(tokens: Int, price: USD)]) -> USD {
        let millionths = parts.reduce(Int128(0)) {
            $0 + Int128(max(0, $1.tokens)) * Int128(max(0, $1.price.microdollars))
        }
        return USD(microdollars: Int64(clamping: (millionths + 999_999) / 1_000_000))
    }
}
