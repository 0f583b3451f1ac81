package import Domain

/// What a task may use over its life by itself, whatever its contract has left.
package struct OwnLimits: Hashable, Sendable {
    /// `nil` where the daemon that has it decides.
    package var maxIterations: Int?
    package var budgets: Budgets

    package init(maxIterations: Int? = nil, budgets: Budgets = Budgets()) {
        (self.maxIterations, self.budgets) = (maxIterations, budgets)
    }

    /// What keeps a task from another iteration; `nil` where nothing does, or that is not known here.
    package func exhaustion(by task: FleetTask) -> OwnExhaustion? {
        if let most = maxIterations, task.iterations >= most { return .iterations(most) }
        let spent = ContractSpending(usage: task.usage, activeTime: task.activeTime ?? .zero)
        return spent.exhaustion(of: budgets).map(OwnExhaustion.budget)
    }
}

/// Which limit of its own a task has used up.
package enum OwnExhaustion: Hashable, Sendable, Codable {
    /// All of so many.
    case iterations(Int)
    case budget(BudgetExhaustion)

    /// As the status of a task says it; `nil` where it did not end by a limit.
    init?(_ reason: Reason?) {
        switch reason {
        case .iterationLimit(_, let limit, _): self = .iterations(limit)
        case .budget(let exhaustion): self = .budget(exhaustion)
        case .completed, .stalled, .blocked, .waiting, .paused, .interrupted, .failed, nil: return nil
        }
    }

    /// What is used up, with an article or a number.
    var words: String {
        switch self {
        case .iterations(let most): most == 1 ? "the one iteration that it has" : "its \(most) iterations"
        case .budget(.cost(_, let limit)), .budget(.costEstimate(_, _, let limit)), .budget(.costUnknown(_, let limit)):
            "its budget of \(limit.formatted)"
        case .budget(.tokens(_, let limit)), .budget(.tokensUnknown(_, let limit)): "its budget of \(limit) tokens"
        case .budget(.time(_, let limit)): "its \(limit.formatted) of active time"
        }
    }
}
