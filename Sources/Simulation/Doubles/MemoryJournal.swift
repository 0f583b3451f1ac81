import Domain
import Journal
import Synchronization

/// A journal that is in memory only, and answers as ``SQLiteJournal`` does: tests compare the two.
///
/// A test double.
final class MemoryJournal: TaskJournal {
    private let state = Mutex(State())

    fileprivate struct State {
        var entries: [TaskID: Entry] = [:]
        var waits: [AgentAccount: AccountWait] = [:]
        /// The last number of a message, of any task.
        var messages = 0
        /// The last number of a question, of any task.
        var questions = 0
    }

    /// All about one task.
    fileprivate struct Entry {
        var task: TaskRecord
        /// In the order of their numbers and tries.
        var iterations: [IterationRecord] = []
        var checkpoints: [Int: Checkpoint] = [:]
        var events: [TaskEvent]
        var messages: [TaskMessage] = []
        var questions: [TaskQuestion] = []
    }

    // MARK: - Tasks

    func insert(_ task: TaskRecord) async throws {
        try write { state in
            guard state.entries[task.id] == nil else { throw JournalError.taskExists(task.id) }
            state.entries[task.id] = Entry(task: task, events: [TaskEvent(task)])
        }
    }

    func task(_ id: TaskID) async throws -> TaskRecord? { state.withLock { $0.entries[id]?.task } }

    func tasks() async throws -> JournalListing {
        let tasks = state.withLock { $0.entries.values.map(\.task) }
        return JournalListing(
            tasks: tasks.sorted { ($1.createdAt, $0.id.rawValue) < ($0.createdAt, $1.id.rawValue) }
        )
    }

    func tasks(latest count: Int) async throws -> JournalListing {
        var listing = try await tasks()
        let all = listing.tasks
        listing.tasks = all.enumerated().filter { $0 < count || $1.status.isActive }.map(\.element)
        listing.older = all.count - listing.tasks.count
        return listing
    }

    func neighbours(of ids: [TaskID]) async throws -> Set<TaskID> {
        let all = state.withLock { $0.entries.keys.map(\.rawValue) }
        return Set(
            ids.map(\.rawValue)
                .flatMap { id in [all.filter { $0 < id }.max(), all.filter { $0 > id }.min()] }
                .compactMap { $0.flatMap(TaskID.init(rawValue:)) }
        )
    }

    /// Only whole ids are found: nobody in the simulation calls a task otherwise.
    func find(_ name: String) async throws -> TaskSearch {
        state.withLock { $0.entries.keys.first { $0.rawValue == name } }.map(TaskSearch.one) ?? .none
    }

    func update(_ task: TaskRecord, expecting expected: TaskStatus) async throws -> Bool {
        try write { state in
            guard state.entries[task.id]?.task.status == expected else { return false }
            return try state.store(task)
        }
    }

    func delete(_ id: TaskID) async throws { state.withLock { $0.entries[id] = nil } }

    // MARK: - Iterations

    func beginIteration(_ record: IterationRecord, of id: TaskID) async throws {
        try write { state in
            guard let entry = state.entries[id] else { throw JournalError.unknownTask(id) }
            guard entry.task.runs <= record.run else { throw JournalError.superseded(task: id, run: record.run) }
            guard entry.place(of: record) == nil else {
                throw JournalError.iterationBegunBefore(task: id, number: record.number, attempt: record.attempt)
            }
            var begun = record
            begun.endedAt = nil
            begun.outcome = nil
            state.entries[id]?.iterations.append(begun)
            state.entries[id]?.iterations.sort { ($0.number, $0.attempt) < ($1.number, $1.attempt) }
        }
    }

    func endIteration(_ record: IterationRecord, task: TaskRecord) async throws {
        let (number, attempt) = (record.number, record.attempt)
        guard let endedAt = record.endedAt, let outcome = record.outcome else {
            throw JournalError.endMissing(task: task.id, number: number, attempt: attempt)
        }
        try write { state in
            guard let entry = state.entries[task.id], let place = entry.place(of: record) else {
                throw JournalError.unknownIteration(task: task.id, number: number, attempt: attempt)
            }
            guard entry.iterations[place].mayEnd(at: endedAt, outcome) else {
                throw JournalError.iterationEndedBefore(task: task.id, number: number, attempt: attempt)
            }
            state.entries[task.id]?.iterations[place].endedAt = endedAt
            state.entries[task.id]?.iterations[place].outcome = outcome
            state.settle(outcome, of: number, at: endedAt, task)
            guard try state.store(task) else { throw JournalError.superseded(task: task.id, run: task.runs) }
        }
    }

    func iterations(of id: TaskID) async throws -> [IterationRecord] {
        state.withLock { $0.entries[id]?.iterations ?? [] }
    }

    // MARK: - History

    func recordCheckpoint(_ checkpoint: Checkpoint, of id: TaskID) async throws {
        try write { state in
            guard state.entries[id] != nil else { throw JournalError.unknownTask(id) }
            state.entries[id]?.checkpoints[checkpoint.number] = checkpoint
        }
    }

    func checkpoints(of id: TaskID) async throws -> [Checkpoint] {
        state.withLock { $0.entries[id]?.checkpoints.values.sorted { $0.number < $1.number } ?? [] }
    }

    /// Nothing outlives it.
    func keepCopy() async throws {}
    func events(of id: TaskID) async throws -> [TaskEvent] { state.withLock { $0.entries[id]?.events ?? [] } }

    func damage(of id: TaskID) async throws -> [DamagedRow] { [] }

    // MARK: - What is said

    func say(_ text: String, to id: TaskID, at time: Timestamp) async throws -> TaskMessage {
        try write { state in
            guard state.entries[id] != nil else { throw JournalError.unknownTask(id) }
            return state.say(text, to: id, at: time)
        }
    }

    func deliver(_ number: Int, of id: TaskID, _ receipt: TaskMessage.Receipt) async throws {
        state.withLock { $0.deliver(number, of: id, receipt) }
    }

    func messages(of id: TaskID) async throws -> [TaskMessage] { state.withLock { $0.entries[id]?.messages ?? [] } }

    func questions(of id: TaskID) async throws -> [TaskQuestion] { state.withLock { $0.entries[id]?.questions ?? [] } }

    func ask(_ request: PermissionRequest, in iteration: Int, at time: Timestamp, of id: TaskID) async throws -> Int {
        state.withLock { state in
            state.ask(TaskQuestion.asking(request), about: request, in: iteration, at: time, of: id)
        }
    }

    func answer(_ number: Int, of id: TaskID, _ answer: TaskQuestion.Answer) async throws -> Bool {
        state.withLock { state in
            let place = state.entries[id]?.questions.firstIndex { $0.number == number && $0.answer == nil }
            guard let place, let question = state.entries[id]?.questions[place] else { return false }
            state.entries[id]?.questions[place].answer = answer
            guard answer.source != .withdrawn else { return true }
            _ = state.say(question.message(answer), to: id, at: answer.at, answering: number)
            return true
        }
    }

    // MARK: - Accounts

    func wait(of account: AgentAccount) async throws -> AccountWait? { state.withLock { $0.waits[account] } }

    func learn(_ wait: AccountWait, of account: AgentAccount) async throws {
        state.withLock { $0.waits[account] = $0.waits[account]?.merged(with: wait) ?? wait }
    }

    func begin(_ probe: AccountWait.Probe, of account: AgentAccount) async throws {
        state.withLock { $0.waits[account]?.probe = probe }
    }

    func forgetWait(of account: AgentAccount, learnedUntil time: Timestamp) async throws {
        state.withLock { state in
            guard let wait = state.waits[account], wait.since <= time else { return }
            state.waits[account] = nil
        }
    }

    /// A transaction: what throws has changed nothing.
    private func write<Result>(_ body: (inout State) throws -> sending Result) throws -> Result {
        try state.withLock { state in
            var changed = state
            let result = try body(&changed)
            state = changed
            return result
        }
    }
}

extension MemoryJournal.Entry {
    fileprivate func place(of record: IterationRecord) -> Int? {
        iterations.firstIndex { $0.number == record.number && $0.attempt == record.attempt }
    }
}

extension MemoryJournal.State {
    /// Writes the row unless the stored one is ahead of it; returns whether it did.
    fileprivate mutating func store(_ task: TaskRecord) throws -> Bool {
        guard let stored = entries[task.id]?.task, stored.runs <= task.runs, stored.iterations <= task.iterations else {
            return false
        }
        if stored.status != task.status, !stored.status.successors.contains(task.status) {
            throw JournalError.forbiddenChange(task: task.id, from: stored.status, to: task.status)
        }
        entries[task.id]?.task = task
        if stored.status != task.status || stored.reason != task.reason {
            entries[task.id]?.events.append(TaskEvent(task))
        }
        return true
    }

    /// What the end of an iteration brings beside itself.
    fileprivate mutating func settle(
        _ outcome: IterationOutcome,
        of number: Int,
        at time: Timestamp,
        _ task: TaskRecord
    ) {
        if outcome.counted {
            let receipt = TaskMessage.Receipt(.prompt, iteration: number, at: time)
            for message in outcome.messages ?? [] { deliver(message, of: task.id, receipt) }
        }
        if case .question(let text) = outcome.agent.end, task.spec.questions != nil, outcome.unanswered == nil {
            let isKnown = entries[task.id]?.questions.contains { $0.iteration == number && $0.permission == nil }
            if isKnown != true {
                let asked = outcome.question ?? AskedQuestion(text: text)
                _ = ask(asked, about: nil, in: number, at: time, of: task.id)
            }
        }
        if let checkpoint = outcome.checkpoint { entries[task.id]?.checkpoints[checkpoint.number] = checkpoint }
    }

    fileprivate mutating func ask(
        _ asked: AskedQuestion,
        about request: PermissionRequest?,
        in iteration: Int,
        at time: Timestamp,
        of id: TaskID
    ) -> Int {
        questions += 1
        var question = TaskQuestion(number: questions, asked: asked, iteration: iteration, askedAt: time)
        question.permission = request
        entries[id]?.questions.append(question)
        return questions
    }

    fileprivate mutating func say(
        _ text: String,
        to id: TaskID,
        at time: Timestamp,
        answering question: Int? = nil
    ) -> TaskMessage {
        messages += 1
        let message = TaskMessage(number: messages, text: text, sentAt: time, answers: question)
        entries[id]?.messages.append(message)
        return message
    }

    /// Does nothing for a message that is not the task's, or that the agent has already.
    fileprivate mutating func deliver(_ number: Int, of id: TaskID, _ receipt: TaskMessage.Receipt) {
        let place = entries[id]?.messages.firstIndex { $0.number == number && $0.receipt == nil }
        if let place { entries[id]?.messages[place].receipt = receipt }
    }
}

extension IterationRecord {
    /// Whether this is its first end, or the one it has, to which only what its checks found is added.
    fileprivate func mayEnd(at time: Timestamp, _ outcome: IterationOutcome) -> Bool {
        guard let endedAt else { return true }
        return endedAt == time && self.outcome?.agent == outcome.agent && self.outcome?.counted == outcome.counted
    }
}

extension TaskEvent {
    fileprivate init(_ task: TaskRecord) {
        self.init(
            at: task.updatedAt,
            status: task.status,
            reason: task.reason,
            iteration: task.iterations,
            run: task.runs
        )
    }
}
