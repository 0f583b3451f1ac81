import Domain
import LoopCore

/// What went before, as far as the next prompt tells it.
struct PromptHistory: Hashable, Sendable {
    /// The last iteration that counted or was cut short; `nil` before the first.
    private(set) var last: IterationOutcome?
    private(set) var receipts: [CheckReceipt] = []
    private(set) var changedProtectedPaths: [String] = []
    /// What people want the agent to know; told once.
    var messages: [String] = []

    /// What checks said that are no longer among `checks` is not told.
    init(last: IterationOutcome? = nil, checks: [CheckDefinition] = []) {
        self.last = last
        receipts = last?.receipts.filter { checks.contains($0.check) } ?? []
    }

    mutating func note(_ outcome: IterationOutcome, changedProtectedPaths paths: [String]) {
        last = outcome
        receipts = []
        changedProtectedPaths = paths
        if outcome.counted { messages = [] }
    }

    mutating func note(_ newReceipts: [CheckReceipt]) {
        receipts = newReceipts
    }

    func facts(
        for task: TaskRecord,
        machine: LoopMachine,
        number: Int,
        session: LoopMachine.SessionChoice
    ) -> PromptFacts {
        var facts = PromptFacts(
            task.spec,
            iteration: number,
            session: session,
            memory: machine.memory,
            previous: previous
        )
        facts.messages = messages
        if let change = task.strategyChange, change.iteration == number - 1 { facts.stall = change.cause }
        facts.changedProtectedPaths = changedProtectedPaths
        return facts
    }

    private var previous: PromptFacts.PreviousTurn? {
        guard var outcome = last else { return nil }
        outcome.receipts = receipts
        return PromptFacts.PreviousTurn(outcome)
    }
}
