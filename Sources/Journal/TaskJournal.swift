package import Domain
import Glibc

/// What a machine must remember across a crash. Every decision is written here before it is acted on.
///
/// A call that returns has committed to the disk. None is undone by cancelling the caller.
package protocol TaskJournal: Sendable {
    /// Makes a new task known, with the first line of its history.
    func insert(_ task: TaskRecord) async throws
    func task(_ id: TaskID) async throws -> TaskRecord?
    /// All tasks, newest first. Rows that cannot be read are set aside, not fatal.
    func tasks() async throws -> JournalListing
    /// Writes the task's row, and a line of its history where status or reason changed.
    ///
    /// Changes nothing and returns false unless the stored status equals `expected`: somebody else was faster.
    func update(_ task: TaskRecord, expecting expected: TaskStatus) async throws -> Bool
    /// Writes that an iteration begins. Fails when the same try of the same iteration has begun before.
    func beginIteration(_ record: IterationRecord, of id: TaskID) async throws
    /// Writes how an iteration ended together with the task as it is after it, in one transaction.
    func endIteration(_ record: IterationRecord, task: TaskRecord) async throws
    func recordCheckpoint(_ checkpoint: Checkpoint, of id: TaskID) async throws
    /// In the order in which they began.
    func iterations(of id: TaskID) async throws -> [IterationRecord]
    func checkpoints(of id: TaskID) async throws -> [Checkpoint]
    func events(of id: TaskID) async throws -> [TaskEvent]
    /// Forgets the task and everything about it.
    func delete(_ id: TaskID) async throws
}

/// What a listing found.
package struct JournalListing: Hashable, Sendable {
    package var tasks: [TaskRecord]
    package var damaged: [DamagedRow]
}

/// A row that cannot be read. It stays where it is.
package struct DamagedRow: Hashable, Sendable {
    /// As stored; need not be a valid id.
    package var id: String
    package var message: String
}

/// Why the journal does not work.
package enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file is not a journal, or is damaged.
    case unreadable(path: String, message: String)
    /// A later version of makima has written the file.
    case tooNew(path: String)
    case damagedRow(id: String, message: String)
    case iterationBegunBefore(task: TaskID, number: Int, attempt: Int)
    case unknownIteration(task: TaskID, number: Int, attempt: Int)
    case lockFailed(path: String, code: Int32)

    package var description: String {
        switch self {
        case .unreadable(let path, let message): "The journal at '\(path)' cannot be used: \(message)."
        case .tooNew(let path): "The journal at '\(path)' was written by a later version of makima."
        case .damagedRow(let id, let message): "The row of task '\(id)' in the journal is damaged: \(message)."
        case .iterationBegunBefore(let task, let number, let attempt):
            "Try \(attempt) of iteration \(number) of task \(task) has begun before."
        case .unknownIteration(let task, let number, let attempt):
            "Try \(attempt) of iteration \(number) of task \(task) is not in the journal."
        case .lockFailed(let path, let code): "Cannot lock '\(path)': \(String(cString: strerror(code)))."
        }
    }
}
