package import Domain

/// What a task has learned of its spending, beside the sum.
package struct SpendingHistory: Hashable, Sendable, Codable {
    /// Cost and tokens of the processes of the present agent that told both: what its tokens cost on the average.
    package internal(set) var told = Usage()
    /// The spending when a person last let the task go on, knowing what was not known of it.
    package internal(set) var accepted = Usage()

    package init() {}

    /// What `tokens` cost at the average of those before; `nil` where nothing is known of that.
    private func estimate(ofTokens tokens: Int) -> USD? {
        guard let cost = told.cost, let base = told.tokens, base > 0 else { return nil }
        let amount = Int128(cost.microdollars) * Int128(max(0, tokens))
        return USD(microdollars: Int64(clamping: (amount + Int128(base) - 1) / Int128(base)))
    }

    /// What is known to be spent, with an estimate of what is not where there can be one.
    func estimatedCost(of usage: Usage) -> USD {
        (usage.cost ?? .zero) + (estimate(ofTokens: usage.unpricedTokens ?? 0) ?? .zero)
    }

    /// Whether some of `usage` has neither a cost nor an estimate, and no person knew of that.
    func hidesCost(_ usage: Usage) -> Bool {
        hidesTokens(usage)
            || told.cost == nil && (usage.unpricedTokens ?? 0) > (accepted.unpricedTokens ?? 0)
    }

    func hidesTokens(_ usage: Usage) -> Bool {
        (usage.untold ?? 0) > (accepted.untold ?? 0)
    }
}

extension LoopMemory {
    /// Adds what one process has spent; `mayHide` says that it may have spent something where it told nothing.
    mutating func note(_ process: Usage, mayHide: Bool = false) {
        var process = process
        var history = spending ?? SpendingHistory()
        if process.cost == nil {
            process.unpricedTokens = process.tokens
        } else if process.unpricedTokens == nil, process.tokens != nil {
            history.told = history.told + process
        }
        if mayHide { process.noteUntold() }
        usage = usage + process
        spending = history
    }

    /// Another agent's tokens cost something else.
    mutating func forgetPrices() {
        spending?.told = Usage()
    }
}
