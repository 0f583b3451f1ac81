package import Domain

/// Compares what a task has spent with what it may spend.
package enum BudgetCheck {
    /// Which budget is used up, if one is.
    ///
    /// What equals the budget has used it up, so that zero lets nothing start. What a process that broke off has not told
    /// is estimated by what others told; where that cannot be done either, the budget cannot be held any more.
    package static func exhausted(
        usage: Usage,
        history: SpendingHistory = SpendingHistory(),
        activeTime: Duration,
        budgets: Budgets
    ) -> BudgetExhaustion? {
        if let limit = budgets.maxCost, let end = exhausted(cost: limit, usage, history) { return end }
        let tokens = usage.tokens ?? 0
        if let limit = budgets.maxTokens, tokens >= limit { return .tokens(spent: tokens, limit: limit) }
        if let limit = budgets.maxTokens, history.hidesTokens(usage) {
            return .tokensUnknown(known: usage.tokens, limit: limit)
        }
        if let limit = budgets.maxDuration, activeTime >= limit { return .time(spent: activeTime, limit: limit) }
        return nil
    }

    private static func exhausted(cost limit: USD, _ usage: Usage, _ history: SpendingHistory) -> BudgetExhaustion? {
        let cost = usage.cost ?? .zero
        if cost >= limit { return .cost(spent: cost, limit: limit) }
        let estimate = history.estimatedCost(of: usage)
        if estimate >= limit { return .costEstimate(known: cost, estimate: estimate, limit: limit) }
        return history.hidesCost(usage) ? .costUnknown(known: usage.cost, limit: limit) : nil
    }

    /// The budgets of which four fifths or more are used up, for a warning.
    package static func nearlyExhausted(
        usage: Usage,
        history: SpendingHistory = SpendingHistory(),
        activeTime: Duration,
        budgets: Budgets
    ) -> [BudgetExhaustion] {
        var near: [BudgetExhaustion] = []
        let cost = history.estimatedCost(of: usage)
        if let limit = budgets.maxCost, isNear(cost.microdollars, limit.microdollars) {
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
    ///
    /// An agent that may tell tokens and need not is let in: the loop stops after the first process that told nothing.
    package static func validate(
        _ budgets: Budgets,
        for agent: AgentConfiguration,
        reportsCost: Bool,
        reportsTokens: Bool,
        mayReportTokens: Bool = false
    ) throws(LimitError) {
        let isPriced = (reportsTokens || mayReportTokens) && agent.hasPrice(ofAnyModel: mayReportTokens)
        // Zero needs no reporting: nothing is started.
        if let limit = budgets.maxCost, limit > .zero, !reportsCost, !isPriced {
            throw .costUnknown(agent: agent.name, reportsTokens: reportsTokens || mayReportTokens)
        }
        if let limit = budgets.maxTokens, limit > 0, !reportsTokens, !mayReportTokens {
            throw .tokensUnknown(agent: agent.name)
        }
    }
}

extension AgentConfiguration {
    /// Whether a price for its tokens is configured; where it names no model, `ofAnyModel` takes the records for saying which
    /// one it was.
    package func hasPrice(ofAnyModel: Bool) -> Bool {
        if pricePerMillionTokens != nil { return true }
        guard let prices, !prices.isEmpty else { return false }
        return model.map { prices[$0] != nil } ?? ofAnyModel
    }
}
