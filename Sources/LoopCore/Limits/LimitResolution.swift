package import Domain

/// Weighs what a task wishes, the default and the machine's ceiling.
package enum LimitResolution {
    /// The iterations that a new task may use: its wish or else the default, and never more than the ceiling.
    package static func maxIterations(wish: Int?, default defaultLimit: Int, ceiling: Int) throws(LimitError) -> Int {
        try require(ceiling, atLeast: 1, setting: "hard_limit")
        try require(defaultLimit, atLeast: 1, setting: "default_max_iterations")
        if let wish { try require(wish, atLeast: 1, setting: "max_iterations") }
        return min(wish ?? defaultLimit, ceiling)
    }

    /// The iterations that a resumed task may use over its whole life.
    ///
    /// A wish has to leave at least one more and must not be above the ceiling; without one the task's limit stays,
    /// unless the ceiling was lowered beneath it. A limit that is used up already is refused here.
    package static func maxIterations(
        resuming limits: LoopLimits,
        wish: Int?,
        used: Int,
        ceiling: Int
    ) throws(LimitError) -> Int {
        try require(ceiling, atLeast: 1, setting: "hard_limit")
        if let wish {
            try require(wish, atLeast: 1, setting: "max_iterations")
            guard wish <= ceiling else { throw .aboveCeiling(value: wish, ceiling: ceiling) }
        }
        let limit = wish ?? min(limits.maxIterations, ceiling)
        guard limit > used else { throw .alreadyUsed(value: limit, used: used) }
        return limit
    }

    /// Refuses thresholds of the circuit breaker that would open it at once.
    package static func validate(noChangeThreshold: Int, sameErrorThreshold: Int) throws(LimitError) {
        try require(noChangeThreshold, atLeast: 1, setting: "no_change_threshold")
        try require(sameErrorThreshold, atLeast: 1, setting: "same_error_threshold")
    }

    /// Refuses budgets below zero.
    ///
    /// Zero is a budget: nothing may be spent.
    package static func validate(_ budgets: Budgets) throws(LimitError) {
        if let cost = budgets.maxCost {
            try require(Int(cost.microdollars), atLeast: 0, setting: "max_cost_usd")
        }
        if let tokens = budgets.maxTokens { try require(tokens, atLeast: 0, setting: "max_tokens") }
        if let duration = budgets.maxDuration, duration < .zero {
            let seconds = min(-1, Int(duration.components.seconds))
            throw .tooSmall(setting: "max_duration", value: seconds, minimum: 0)
        }
    }

    /// Refuses budgets that a resume names, and under which nothing could be started; `named` holds those alone.
    package static func validate(
        resuming named: Budgets,
        used usage: Usage,
        history: SpendingHistory = SpendingHistory(),
        activeTime: Duration
    ) throws(LimitError) {
        let cost = history.estimatedCost(of: usage)
        if let limit = named.maxCost, cost > .zero, limit <= cost {
            throw .budgetSpent(setting: "max_cost_usd", value: limit.formatted, spent: cost.formatted)
        }
        if let limit = named.maxTokens, let tokens = usage.tokens, tokens > 0, limit <= tokens {
            throw .budgetSpent(setting: "max_tokens", value: "\(limit)", spent: "\(tokens)")
        }
        if let limit = named.maxDuration, activeTime > .zero, limit <= activeTime {
            throw .budgetSpent(setting: "max_duration", value: limit.formatted, spent: activeTime.formatted)
        }
    }

    private static func require(_ value: Int, atLeast minimum: Int, setting: String) throws(LimitError) {
        guard value >= minimum else { throw .tooSmall(setting: setting, value: value, minimum: minimum) }
    }
}
