package import Domain

extension ContractRules {
    /// How a task ended by its contract, and what lets both go on; `nil` where it ended by itself, or has not ended.
    ///
    /// In place of what its reason says: to let the task go on alone would lead nowhere.
    package static func ending(of task: TaskID, in contract: Contract, _ view: View) -> Explanation? {
        guard let found = view.tasks[task], found.assignment == nil else { return nil }
        switch found.reason {
        case .interrupted(.person):
            return contract.halted.contains(task) ? stopped(with: contract, task) : nil
        case .budget(let exhaustion):
            guard case .budgetReached = contract.state, contract.limits.budgets.limits(exhaustion),
                view.limits[task]?.budgets.ends(found, by: exhaustion) != true
            else { return nil }
            return Explanation(
                "The budget of its contract has ended it: \(exhaustion.account). Everything is kept.",
                hint: contract.wayOn(past: exhaustion)
            )
        case .completed, .iterationLimit, .stalled, .blocked, .waiting, .paused, .interrupted, .failed, nil: return nil
        }
    }

    /// Why a contract would stop as soon as it goes on; `nil` where it would not by what it has spent.
    package static func shortage(of contract: Contract, tasks: [FleetTask]) -> Explanation? {
        let used = spent(by: tasks, of: contract).exhaustions(of: contract.limits.budgets)
        guard !used.isEmpty else { return nil }
        let accounts = used.map(\.account).joined(separator: "; ")
        return Explanation(
            "The contract would stop at once: it has \(accounts).",
            hint: contract.wayOn(past: used)
        )
    }

    private static func stopped(with contract: Contract, _ task: TaskID) -> Explanation? {
        switch contract.state {
        case .stopped:
            return Explanation(
                "It was stopped with its contract, by a person. Everything is kept.",
                hint: "'makima contract resume \(contract.id.short)' goes on with all of it."
            )
        case .budgetReached(let exhaustion):
            return Explanation(
                "It was stopped with its contract, whose budget is used up (\(exhaustion.code.spokenCode)). Everything is kept.",
                hint: contract.wayOn(past: exhaustion)
            )
        case .working, .blocked:
            guard let leader = contract.members[task]?.parent else { return nil }
            return Explanation(
                "It was stopped with '\(contract.name(of: leader))', which leads it. Everything is kept.",
                hint: "Let that go on ('makima why \(leader.short)' says how); then 'makima contract resume "
                    + "\(contract.id.short)' goes on with its tasks."
            )
        case .done: return nil
        }
    }
}

extension Contract {
    /// What goes on with a contract whose budget is used up, with a full stop.
    func wayOn(past exhaustions: BudgetExhaustion...) -> String { wayOn(past: exhaustions) }

    /// The same where several are used up.
    fileprivate func wayOn(past exhaustions: [BudgetExhaustion]) -> String {
        let options = exhaustions.map(\.option).joined(separator: " ")
        return "'makima contract resume \(id.short) \(options)' goes on, with more than is spent."
    }
}

extension BudgetExhaustion {
    /// The option of a command that raises it, and what that takes.
    package var option: String {
        switch self {
        case .cost, .costEstimate, .costUnknown: "--max-cost-usd AMOUNT"
        case .tokens, .tokensUnknown: "--max-tokens NUMBER"
        case .time: "--max-duration TIME"
        }
    }

    /// A clause without a full stop.
    var account: String {
        switch self {
        case .cost(let spent, let limit): "spent \(spent.formatted) of \(limit.formatted)"
        case .costEstimate(let known, let estimate, let limit):
            "spent at least \(known.formatted) and about \(estimate.formatted) of \(limit.formatted)"
        case .costUnknown(let known, let limit):
            "spent \((known ?? .zero).formatted) of \(limit.formatted), and a process did not tell what it cost"
        case .tokens(let spent, let limit): "used \(spent) of \(limit) tokens"
        case .tokensUnknown(let known, let limit):
            "used \(known ?? 0) of \(limit) tokens, and a process did not tell how many it used"
        case .time(let spent, let limit): "worked for \(spent.formatted) of \(limit.formatted)"
        }
    }
}

extension Budgets {
    /// Whether there is one of that kind.
    fileprivate func limits(_ exhaustion: BudgetExhaustion) -> Bool {
        switch exhaustion {
        case .cost, .costEstimate, .costUnknown: maxCost != nil
        case .tokens, .tokensUnknown: maxTokens != nil
        case .time: maxDuration != nil
        }
    }

    /// Whether the task ended by one of these: who has less from its contract is ended by that.
    fileprivate func ends(_ task: FleetTask, by exhaustion: BudgetExhaustion) -> Bool {
        switch exhaustion {
        case .cost(_, let limit): maxCost.map { $0 == limit || task.usage.cost ?? .zero >= $0 } ?? false
        case .costEstimate(_, _, let limit), .costUnknown(_, let limit): maxCost == limit
        case .tokens(_, let limit): maxTokens.map { $0 == limit || task.usage.tokens ?? 0 >= $0 } ?? false
        case .tokensUnknown(_, let limit): maxTokens == limit
        case .time(_, let limit): maxDuration.map { $0 == limit || task.activeTime ?? .zero >= $0 } ?? false
        }
    }
}
