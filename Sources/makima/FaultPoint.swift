#if DEBUG
import Domain
import Glibc
import Journal
import Synchronization

/// Where a process that is being tested dies: `make test-faults` names it, and only a debug build hears of it.
///
/// `journal:7:before` is before its seventh write of the journal, `journal:7:after` when that is on the disk.
struct FaultPoint: Hashable, Sendable {
    static let variable = "MAKIMA_FAULT"

    var write: Int
    var isAfter: Bool

    /// Returns `nil` for what names no point.
    init?(_ text: String?) {
        let words = (text ?? "").split(separator: ":")
        guard words.count == 3, words[0] == "journal", let write = Int(words[1]), write > 0,
            words[2] == "before" || words[2] == "after"
        else { return nil }
        self.write = write
        isAfter = words[2] == "after"
    }
}

/// The real journal, whose process is killed at a fault point.
final class FatalJournal: TaskJournal {
    private let journal: any TaskJournal
    private let point: FaultPoint
    private let writes = Mutex(0)

    init(_ journal: any TaskJournal, dyingAt point: FaultPoint) {
        self.journal = journal
        self.point = point
    }

    private func write<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let number = writes.withLock { writes in
            writes += 1
            return writes
        }
        if number == point.write, !point.isAfter { Self.die() }
        let result = try await body()
        if number == point.write, point.isAfter { Self.die() }
        return result
    }

    /// As `kill -9` does it: nothing is tidied up.
    private static func die() { kill(getpid(), SIGKILL) }

    // MARK: - What the journal does

    func insert(_ task: TaskRecord) async throws { try await write { try await journal.insert(task) } }
    func task(_ id: TaskID) async throws -> TaskRecord? { try await journal.task(id) }
    func tasks() async throws -> JournalListing { try await journal.tasks() }
    func tasks(latest count: Int) async throws -> JournalListing { try await journal.tasks(latest: count) }
    func neighbours(of ids: [TaskID]) async throws -> Set<TaskID> { try await journal.neighbours(of: ids) }
    func find(_ name: String) async throws -> TaskSearch { try await journal.find(name) }
    func update(_ task: TaskRecord, expecting expected: TaskStatus) async throws -> Bool {
        try await write { try await journal.update(task, expecting: expected) }
    }
    func delete(_ id: TaskID) async throws { try await write { try await journal.delete(id) } }
    func beginIteration(_ record: IterationRecord, of id: TaskID) async throws {
        try await write { try await journal.beginIteration(record, of: id) }
    }
    func endIteration(_ record: IterationRecord, task: TaskRecord) async throws {
        try await write { try await journal.endIteration(record, task: task) }
    }
    func iterations(of id: TaskID) async throws -> [IterationRecord] { try await journal.iterations(of: id) }
    func recordCheckpoint(_ checkpoint: Checkpoint, of id: TaskID) async throws {
        try await write { try await journal.recordCheckpoint(checkpoint, of: id) }
    }
    func checkpoints(of id: TaskID) async throws -> [Checkpoint] { try await journal.checkpoints(of: id) }
    func keepCopy() async throws { try await journal.keepCopy() }
    func events(of id: TaskID) async throws -> [TaskEvent] { try await journal.events(of: id) }
    func damage(of id: TaskID) async throws -> [DamagedRow] { try await journal.damage(of: id) }
    func say(_ text: String, to id: TaskID, at time: Timestamp) async throws -> TaskMessage {
        try await write { try await journal.say(text, to: id, at: time) }
    }
    func deliver(_ number: Int, of id: TaskID, _ receipt: TaskMessage.Receipt) async throws {
        try await write { try await journal.deliver(number, of: id, receipt) }
    }
    func questions(of id: TaskID) async throws -> [TaskQuestion] { try await journal.questions(of: id) }
    func ask(_ request: PermissionRequest, in iteration: Int, at time: Timestamp, of id: TaskID) async throws -> Int {
        try await write { try await journal.ask(request, in: iteration, at: time, of: id) }
    }
    func answer(_ number: Int, of id: TaskID, _ answer: TaskQuestion.Answer) async throws -> Bool {
        try await write { try await journal.answer(number, of: id, answer) }
    }
    func messages(of id: TaskID) async throws -> [TaskMessage] { try await journal.messages(of: id) }
    func wait(of account: AgentAccount) async throws -> AccountWait? { try await journal.wait(of: account) }
    func learn(_ wait: AccountWait, of account: AgentAccount) async throws {
        try await write { try await journal.learn(wait, of: account) }
    }
    func begin(_ probe: AccountWait.Probe, of account: AgentAccount) async throws {
        try await write { try await journal.begin(probe, of: account) }
    }
    func forgetWait(of account: AgentAccount, learnedUntil time: Timestamp) async throws {
        try await write { try await journal.forgetWait(of: account, learnedUntil: time) }
    }
}
#endif
