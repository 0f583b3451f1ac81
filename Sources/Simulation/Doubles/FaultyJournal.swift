import Domain
import Journal
import LoopCore
import Synchronization

@testable import Runner

/// A journal whose process dies at a chosen write, or whose disk is full for some of them.
///
/// A test double.
final class FaultyJournal: TaskJournal {
    private let journal: any TaskJournal
    private let plant: Plant?
    private let state = Mutex(State())

    private struct State {
        /// Writes until the process dies; `nil` is never.
        var writesLeft: Int?
        /// Whether the fatal write still reaches the disk.
        var isFatalWriteDone = false
        var isDead = false
        /// Writes that fail for want of room.
        var failingWrites = 0
        /// Writes that did not reach the disk.
        var losses = 0

        /// What becomes of the next write.
        mutating func nextFate() -> Fate {
            guard !isDead else { return .diesBefore }
            if failingWrites > 0 {
                failingWrites -= 1
                return .full
            }
            guard let left = writesLeft else { return .done }
            writesLeft = left - 1
            guard left <= 1 else { return .done }
            isDead = true
            return isFatalWriteDone ? .diesAfter : .diesBefore
        }
    }

    struct Death: Error {}

    init(_ journal: any TaskJournal, plant: Plant? = nil) {
        self.journal = journal
        self.plant = plant
    }

    /// Whether the process that uses it has died.
    var isDead: Bool { state.withLock(\.isDead) }

    /// How many writes did not reach the disk.
    var losses: Int { state.withLock(\.losses) }

    /// Lets the process die at the n-th write from now on, before or after it is done.
    func die(atWrite number: Int, afterIt: Bool) {
        state.withLock {
            $0.writesLeft = number
            $0.isFatalWriteDone = afterIt
        }
    }

    /// Another process begins.
    func revive() {
        state.withLock {
            $0.isDead = false
            $0.writesLeft = nil
        }
    }

    func fillDisk(forWrites count: Int) { state.withLock { $0.failingWrites = count } }

    private enum Fate {
        case done
        case diesBefore
        case diesAfter
        case full
    }

    private func write<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let fate = state.withLock { state -> Fate in
            let fate = state.nextFate()
            if fate == .full || fate == .diesBefore { state.losses += 1 }
            return fate
        }
        switch fate {
        case .done: return try await body()
        case .full: throw JournalError.diskFull(path: "/simulated")
        case .diesBefore: throw Death()
        case .diesAfter:
            _ = try await body()
            throw Death()
        }
    }

    private func read<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        guard !isDead else { throw Death() }
        return try await body()
    }

    // MARK: - Bugs planted on purpose

    private func spoiled(_ task: TaskRecord) throws -> TaskRecord {
        var task = task
        switch plant {
        case .stopLost:
            if let machine = LoopState.decode(task.loopMemory), case .stopped = machine.state {
                task.loopMemory = try LoopState.encode(LoopMachine(rules: machine.rules, memory: machine.memory))
            }
        case .costForgotten: task.usage = Usage()
        case .countedTwice, .noWriteAhead, .lockNotHeld, .limitForgotten, .receiptLost, nil: break
        }
        return task
    }

    private func spoiled(_ record: IterationRecord, _ task: TaskRecord) throws -> (IterationRecord, TaskRecord) {
        var (record, task) = (record, try spoiled(task))
        if plant == .countedTwice, record.outcome?.ownerDied == true { task.iterations += 1 }
        if plant == .receiptLost { record.outcome?.messages = nil }
        return (record, task)
    }

    // MARK: - What the journal does

    func insert(_ task: TaskRecord) async throws { try await write { try await journal.insert(task) } }
    func task(_ id: TaskID) async throws -> TaskRecord? { try await read { try await journal.task(id) } }
    func tasks() async throws -> JournalListing { try await read { try await journal.tasks() } }
    func tasks(latest count: Int) async throws -> JournalListing {
        try await read { try await journal.tasks(latest: count) }
    }
    func neighbours(of ids: [TaskID]) async throws -> Set<TaskID> {
        try await read { try await journal.neighbours(of: ids) }
    }
    func find(_ name: String) async throws -> TaskSearch { try await read { try await journal.find(name) } }
    func update(_ task: TaskRecord, expecting expected: TaskStatus) async throws -> Bool {
        let task = try spoiled(task)
        return try await write { try await journal.update(task, expecting: expected) }
    }
    func delete(_ id: TaskID) async throws { try await write { try await journal.delete(id) } }
    func beginIteration(_ record: IterationRecord, of id: TaskID) async throws {
        guard plant != .noWriteAhead else { return }
        try await write { try await journal.beginIteration(record, of: id) }
    }
    func endIteration(_ record: IterationRecord, task: TaskRecord) async throws {
        let (record, task) = try spoiled(record, task)
        try await write { try await journal.endIteration(record, task: task) }
    }
    func iterations(of id: TaskID) async throws -> [IterationRecord] {
        try await read { try await journal.iterations(of: id) }
    }
    func recordCheckpoint(_ checkpoint: Checkpoint, of id: TaskID) async throws {
        try await write { try await journal.recordCheckpoint(checkpoint, of: id) }
    }
    func checkpoints(of id: TaskID) async throws -> [Checkpoint] {
        try await read { try await journal.checkpoints(of: id) }
    }
    func keepCopy() async throws { try await journal.keepCopy() }
    func events(of id: TaskID) async throws -> [TaskEvent] { try await read { try await journal.events(of: id) } }
    func damage(of id: TaskID) async throws -> [DamagedRow] { try await read { try await journal.damage(of: id) } }
    func say(_ text: String, to id: TaskID, at time: Timestamp) async throws -> TaskMessage {
        try await write { try await journal.say(text, to: id, at: time) }
    }
    func deliver(_ number: Int, of id: TaskID, _ receipt: TaskMessage.Receipt) async throws {
        try await write { try await journal.deliver(number, of: id, receipt) }
    }
    func questions(of id: TaskID) async throws -> [TaskQuestion] {
        try await read { try await journal.questions(of: id) }
    }
    func ask(_ request: PermissionRequest, in iteration: Int, at time: Timestamp, of id: TaskID) async throws -> Int {
        try await write { try await journal.ask(request, in: iteration, at: time, of: id) }
    }
    func answer(_ number: Int, of id: TaskID, _ answer: TaskQuestion.Answer) async throws -> Bool {
        try await write { try await journal.answer(number, of: id, answer) }
    }
    func messages(of id: TaskID) async throws -> [TaskMessage] {
        try await read { try await journal.messages(of: id) }
    }
    func wait(of account: AgentAccount) async throws -> AccountWait? {
        try await read { try await journal.wait(of: account) }
    }
    func learn(_ wait: AccountWait, of account: AgentAccount) async throws {
        guard plant != .limitForgotten else { return }
        try await write { try await journal.learn(wait, of: account) }
    }
    func begin(_ probe: AccountWait.Probe, of account: AgentAccount) async throws {
        try await write { try await journal.begin(probe, of: account) }
    }
    func forgetWait(of account: AgentAccount, learnedUntil time: Timestamp) async throws {
        try await write { try await journal.forgetWait(of: account, learnedUntil: time) }
    }
}
