import Domain
import LoopCore

/// What went before, as far as the next prompt tells it.
///
/// What an iteration that counted left to say is said until another one counts: a try that was cut short in between has
/// perhaps not got as far as reading it.
///
/// Pure.
struct PromptHistory: Hashable, Sendable {
    /// The last iteration that counted; `nil` before the first.
    private(set) var last: IterationOutcome?
    private(set) var receipts: [CheckReceipt] = []
    /// The protected paths that differ from what is accepted, though the agent said that it is ready.
    var changedProtectedPaths: [String] = []
    /// How the last try ended that did not count, since.
    private var cutOff: IterationEnd?
    /// The numbers of the messages that tries were told which did not count, since.
    private(set) var messagesToRepeat: Set<Int> = []
    /// What a new conversation is told of all those before it.
    private var handOver = HandOver()
    /// The iterations that counted, by the name of the agent that did them; those that are not known are nobody's.
    private var performed: [Performed] = []

    private struct Performed: Hashable, Sendable {
        var agent: String
        var number: Int
    }

    /// What checks said that are no longer among `checks` is not told.
    init(of records: [IterationRecord] = [], checks: [CheckDefinition] = []) {
        for case (let number, let outcome?) in records.map({ ($0.number, $0.outcome) }) {
            note(outcome, of: number)
            let known = outcome.receipts.filter { checks.contains($0.check) }
            if !known.isEmpty { note(known) }
        }
    }

    mutating func note(_ outcome: IterationOutcome, of number: Int) {
        guard outcome.counted else {
            if !outcome.agent.end.isLaunchFailure { cutOff = outcome.agent.end }
            messagesToRepeat.formUnion(outcome.messages ?? [])
            return
        }
        last = outcome
        receipts = []
        changedProtectedPaths = []
        cutOff = nil
        messagesToRepeat = []
        handOver.note(outcome, of: number)
        if let performer = outcome.performer { performed.append(Performed(agent: performer.name, number: number)) }
    }

    /// The iterations that others did since the agent called `name` did one.
    private func iterations(since name: String) -> [Int] {
        guard let last = performed.lastIndex(where: { $0.agent == name }) else { return performed.map(\.number) }
        return performed[performed.index(after: last)...].map(\.number)
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
        facts.cutOff = cutOff
        facts.renewal = machine.memory.renewal
        facts.handOver = handOver
        facts.meanwhile = iterations(since: task.spec.agent.name)
        if let change = task.strategyChange, change.iteration == number - 1 { facts.stall = change.cause }
        facts.changedProtectedPaths = changedProtectedPaths
        facts.feedback = task.forge?.feedback ?? []
        return facts
    }

    private var previous: PromptFacts.PreviousTurn? {
        guard var outcome = last else { return nil }
        outcome.receipts = receipts
        return PromptFacts.PreviousTurn(outcome)
    }
}

extension IterationEnd {
    /// Whether the agent never ran.
    fileprivate var isLaunchFailure: Bool {
        switch self {
        case .launchFailure, .silentLaunchFailure: true
        case .ok, .incomplete, .agentError, .usageLimit, .rateLimited, .overloaded, .network, .authentication, .billing,
            .contextOverflow, .unusableSession, .permissionDenied, .question, .permissionAsked, .timeout, .stall,
            .killed:
            false
        }
    }
}
