package import Domain

/// Compares what a task has spent with what it may spend.
package enum BudgetCheck {
    /// Which budget is used up, if one is.
    ///
    /// What equals the budget has used it up, so that zero lets nothing start.
    package static func exhausted(usage: Usage, activeTime: Duration, budgets: Budgets) -> BudgetExhaustion? {
        let cost = usage.cost ?? .zero
        if let limit = budgets.maxCost, cost >= limit { return .cost(spent: cost, limit: limit) }
        let tokens = usage.tokens ?? 0
        if let limit = budgets.maxTokens, tokens >= limit { return .tokens(spent: tokens, limit: limit) }
        if let limit = budgets.maxDuration, activeTime >= limit { return .time(spent: activeTime, limit: limit) }
        return nil
    }

    /// The budgets of which four fifths or more are used up, for a warning.
    package static func nearlyExhausted(usage: Usage, activeTime: Duration, budgets: Budgets) -> [BudgetExhaustion] {
        var near: [BudgetExhaustion] = []
        if let limit = budgets.maxCost, let cost = usage.cost, isNear(cost.microdollars, limit.microdollars) {
            near.append(.cost(spent: cost, limit: limit))
        }
        if let limit = budgets.maxTokens, let tokens = usage.tokens, isNear(Int64(tokens), Int64(limit)) {
            near.append(.tokens(spent: tokens, limit: limit))
        }
        if let limit = budgets.maxDuration, isNear(activeTime.milliseconds, limit.milliseconds) {
            near.append(.time(spent: activeTime, limit: limit))
        }
        return near
    }

    private static func isNear(_ spent: Int64, _ limit: Int64) -> Bool {
        spent > 0 && spent >= limit - limit / 5
    }

    /// Refuses a budget that nobody could hold an agent to, because it does not say what it spends.
    package static func validate(
        _ budgets: Budgets,
        for agent: AgentConfiguration,
        reportsCost: Bool,
        reportsTokens: Bool
    ) throws(LimitError) {
        let isPriced = reportsTokens && agent.pricePerMillionTokens != nil
        // Zero needs no reporting: nothing is started.
        if let limit = budgets.maxCost, limit > .zero, !reportsCost, !isPriced {
            throw .costUnknown(agent: agent.name, reportsTokens: reportsTokens)
        }
        if let limit = budgets.maxTokens, limit > 0, !reportsTokens { throw .tokensUnknown(agent: agent.name) }
    }
}

extension Usage {
    /// With a cost made of the tokens where the agent reported none.
    package func priced(perMillionTokens price: USD?) -> Usage {
        guard cost == nil, let tokens, let price else { return self }
        let (high, low) = max(0, price.microdollars).multipliedFullWidth(by: Int64(max(0, tokens)))
        // Beyond this the quotient does not fit.
        guard high < 500_000 else { return Usage(cost: USD(microdollars: .max), tokens: tokens) }
        let cost = Int64(1_000_000).dividingFullWidth((high, low)).quotient
        return Usage(cost: USD(microdollars: cost), tokens: tokens)
    }
}
