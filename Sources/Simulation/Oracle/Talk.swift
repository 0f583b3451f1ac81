import Domain
import Journal

/// What was said to the agents of one task, and what they heard of it.
struct Talk {
    private var said: Set<Int> = []
    /// Taken by an agent while it worked.
    private var taken: Set<Int> = []
    /// Those of which the journal knows that.
    private var acknowledged: Set<Int> = []
    /// The tries that were told a message in their prompt and counted.
    private var told: [Int: Set<Try>] = [:]

    private struct Try: Hashable {
        var number: Int
        var attempt: Int
    }

    /// Takes note of all that the journal has.
    mutating func note(_ messages: [TaskMessage]) {
        said.formUnion(messages.map(\.number))
        acknowledged.formUnion(taken.intersection(messages.filter { $0.receipt?.way == .live }.map(\.number)))
    }

    mutating func noteTaken(_ messages: [Int]) { taken.formUnion(messages) }

    mutating func noteTold(_ messages: [Int], in record: IterationRecord) {
        for message in messages {
            told[message, default: []].insert(Try(number: record.number, attempt: record.attempt))
        }
    }

    func isComplete(_ messages: [TaskMessage]) -> Bool { said.isSubset(of: messages.map(\.number)) }

    /// What is wrong with a prompt that holds `messages`, where the journal has `iterations`.
    ///
    /// A try that was cut off has perhaps not read what it was told: that is said again.
    func complaints(about messages: [Int], after iterations: [IterationRecord]) -> [String] {
        let whole = iterations.filter { $0.outcome?.counted == true && $0.outcome?.ownerDied == false }
        let tries = Set(whole.map { Try(number: $0.number, attempt: $0.attempt) })
        let heard = acknowledged.union(told.filter { !$0.value.isDisjoint(with: tries) }.keys)
        let repeated = heard.intersection(messages).sorted()
        let missing = said.subtracting(heard).subtracting(messages).sorted()
        return repeated.map { "message \($0) is told again" } + missing.map { "message \($0) is not told" }
    }
}

extension Oracle {
    /// An agent takes these messages while it works.
    mutating func noteTaken(_ messages: [Int], of id: TaskID) { known[id]?.talk.noteTaken(messages) }

    /// An agent that was ended has counted, and had these in its prompt.
    mutating func noteTold(_ messages: [Int], of id: TaskID, in record: IterationRecord) {
        known[id]?.talk.noteTold(messages, in: record)
    }

    /// The loop of `row` is over: nothing that people said waits for an iteration that could be.
    mutating func checkHeard(_ row: TaskRecord, in simulation: Simulation) async {
        guard row.iterations < row.spec.limits.maxIterations, row.spec.budgets.maxCost == nil else { return }
        do {
            let waiting = try await simulation.journal.messages(of: row.id).filter(\.isUnheard)
            if !waiting.isEmpty { violate("done, and the agent has not heard \(waiting.map(\.number))") }
        } catch {
            violate("the journal cannot be read: \(error)")
        }
    }

    /// What the agent of `task` is told when it starts, and that nothing it asked is open.
    mutating func checkTalk(
        of task: SimulatedTask,
        after iterations: [IterationRecord],
        in simulation: Simulation
    ) async throws {
        known[task.id]?.talk.note(try await simulation.journal.messages(of: task.id))
        for complaint in known[task.id]?.talk.complaints(about: task.told, after: iterations) ?? [] {
            violate(complaint)
        }
        // An agent that is ready and asks all the same is judged first, and goes on where it was not.
        let ready = Set(iterations.filter { $0.outcome?.gate.isReady == true }.map(\.number))
        let open = try await simulation.journal.questions(of: task.id).filter { $0.answer == nil }
        for question in open where !ready.contains(question.iteration) {
            violate("an agent starts while question \(question.number) is open")
        }
    }
}
