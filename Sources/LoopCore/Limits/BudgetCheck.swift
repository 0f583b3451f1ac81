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
        let hasPrice = agent.pricePerMillionTokens != nil || agent.model.flatMap { agent.prices?[$0] } != nil
        let isPriced = reportsTokens && hasPrice
        // Zero needs no reporting: nothing is started.
        if let limit = budgets.maxCost, limit > .zero, !reportsCost, !isPriced {
            throw .costUnknown(agent: agent.name, reportsTokens: reportsTokens)
        }
        if let limit = budgets.maxTokens, limit > 0, !reportsTokens { throw .tokensUnknown(agent: agent.name) }
    }
}
