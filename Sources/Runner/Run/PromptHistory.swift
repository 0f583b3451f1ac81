import Domain
import LoopCore

/// What went before, as far as the next prompt tells it.
///
/// Pure.
struct PromptHistory: Hashable, Sendable {
    /// The last iteration that counted or was cut short; `nil` before the first.
    private(set) var last: IterationOutcome?
    private(set) var receipts: [CheckReceipt] = []
    private(set) var changedProtectedPaths: [String] = []
    /// What a new conversation is told of all those before it.
    private var handOver = HandOver()
    /// Whether a person stopped the task in the last iteration.
    var wasStopped = false

    /// What checks said that are no longer among `checks` is not told.
    init(of records: [IterationRecord] = [], checks: [CheckDefinition] = []) {
        for case (let number, let outcome?) in records.map({ ($0.number, $0.outcome) }) {
            note(outcome, of: number, changedProtectedPaths: [])
            let known = outcome.receipts.filter { checks.contains($0.check) }
            if !known.isEmpty { note(known) }
        }
    }

    mutating func note(_ outcome: IterationOutcome, of number: Int, changedProtectedPaths paths: [String]) {
        last = outcome
        wasStopped = false
        receipts = []
        changedProtectedPaths = paths
        handOver.note(outcome, of: number)
    }

    mutating func note(_ newReceipts: [CheckReceipt]) {
        receipts = newReceipts
        handOver.receipts = newReceipts
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
        facts.renewal = machine.memory.renewal
        facts.handOver = handOver
        if let change = task.strategyChange, change.iteration == number - 1 { facts.stall = change.cause }
        facts.changedProtectedPaths = changedProtectedPaths
        return facts
    }

    private var previous: PromptFacts.PreviousTurn? {
        guard var outcome = last else { return nil }
        outcome.receipts = receipts
        var turn = PromptFacts.PreviousTurn(outcome)
        // Who had come to an end by itself was not cut off.
        if wasStopped, outcome.agent.end == .incomplete { turn.interruption = turn.interruption ?? .person }
        return turn
    }
}
