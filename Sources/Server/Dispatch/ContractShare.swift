import Domain
import Fleet
import Wire

/// What a task that is handed over gets of its contract.
struct ContractShare: Sendable {
    /// What has used up the contract's budget; `nil` while something is left.
    var spent: BudgetExhaustion?
    /// What the task may spend over its life, so that the contract's budgets hold.
    private let most: Budgets
    /// What a supervisor is told that begins without its conversation.
    var history: WireTurn?

    init(of task: FleetTask, in contract: Contract, tasks: [FleetTask], at time: Timestamp) {
        let left = ContractRules.left(of: contract, tasks: tasks)
        spent = ContractRules.spent(by: tasks, of: contract).exhaustion(of: contract.limits)
        var most = Budgets()
        most.maxCost = left.maxCost.map { $0 + (task.usage.cost ?? .zero) }
        most.maxTokens = left.maxTokens.map { $0 + (task.usage.tokens ?? 0) }
        most.maxDuration = left.maxDuration.map { $0 + (task.activeTime ?? .zero) }
        self.most = most
        guard contract.members[task.id]?.role == .supervisor else { return }
        let view = ContractRules.View(tasks, now: time)
        var turn = WireTurn()
        turn.speaker = "makima"
        turn.text =
            "You led before, and were begun anew. The tasks that you have spawned are there still:\n\n"
            + ContractTexts.list(contract, view, of: task.id)
        turn.text = turn.text.clipped(to: WireLimits.message)
        history = turn
    }

    /// The budgets of the task, `changed` where that says something, and never more than what is left; `nil` where nothing changes.
    func budgets(_ own: WireBudgets?, _ changed: WireBudgets?) -> WireBudgets? {
        guard most != Budgets() else { return nil }
        var budgets = own ?? WireBudgets()
        budgets.maxCostMicrodollars = changed?.maxCostMicrodollars ?? budgets.maxCostMicrodollars
        budgets.maxTokens = changed?.maxTokens ?? budgets.maxTokens
        budgets.maxDurationMilliseconds = changed?.maxDurationMilliseconds ?? budgets.maxDurationMilliseconds
        if let cost = most.maxCost { budgets.maxCostMicrodollars = min(budgets.maxCostMicrodollars ?? cost, cost) }
        if let tokens = most.maxTokens { budgets.maxTokens = min(budgets.maxTokens ?? tokens, tokens) }
        if let time = most.maxDuration {
            budgets.maxDurationMilliseconds = min(budgets.maxDurationMilliseconds ?? time, time)
        }
        return budgets
    }
}
