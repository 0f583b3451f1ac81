package import Domain
package import Fleet

/// Why a store does not do what it was asked for.
package enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file is no store, or SQLite found it damaged.
    case damaged(path: String, message: String)
    /// A later version of makima has changed its tables.
    case tooNew(path: String, migrations: [String])
    case diskFull(path: String)
    /// Another process kept it locked for longer than the busy time-out.
    case busy(path: String)
    /// It cannot be opened, read or written for another reason.
    case unusable(path: String, message: String)
    /// A row holds what makima never writes.
    case damagedRow(table: String, id: String, message: String)
    /// An id that is to be new is there already.
    case exists(kind: String, id: String)
    case unknownTask(TaskID)
    case unknownDaemon(DaemonID)
    case unknownUser(String)
    /// A new task depends on one that is not there.
    case unknownParent(task: TaskID, parent: TaskID)
    /// New tasks would wait for each other for ever; each depends on the next, the last on the first.
    case circularDependencies([TaskID])
    /// The same key came with another request.
    case requestKeyReused(String)
    /// The session has ended, or another one of its daemon has begun.
    case sessionOver(SessionKey)
    case tooLarge(what: String, bytes: Int, limit: Int)
    /// The bytes of a part do not follow those that are there.
    case partMisplaced(offset: Int, expected: Int)
    /// All bytes are there, and are not those that were announced; they were thrown away.
    case digestMismatch(expected: String, found: String)
    case unknownBlob(String)
    /// A page was asked for with what is no cursor of this store.
    case malformedCursor(String)

    package var description: String {
        switch self {
        case .damaged(let path, let message): "The store at '\(path)' is damaged: \(message)."
        case .tooNew(let path, let migrations):
            "The store at '\(path)' was written by a later version of makima (it knows \(migrations.listed(atMost: 3)))."
        case .diskFull(let path): "There is no space left for the store at '\(path)'."
        case .busy(let path): "The store at '\(path)' is kept locked by another process."
        case .unusable(let path, let message): "The store at '\(path)' cannot be used: \(message)."
        case .damagedRow(let table, let id, let message):
            "The row '\(id)' of '\(table)' in the store is damaged: \(message)."
        case .exists(let kind, let id): "There is a \(kind) '\(id)' already."
        case .unknownTask(let task): "There is no task \(task)."
        case .unknownDaemon(let daemon): "There is no daemon '\(daemon)'."
        case .unknownUser(let user): "There is no user '\(user)'."
        case .unknownParent(let task, let parent): "Task \(task) depends on task \(parent), which is not there."
        case .circularDependencies(let tasks):
            "The tasks \(tasks.map(\.short).joined(separator: ", ")) depend on each other in a circle."
        case .requestKeyReused(let key): "The idempotency key '\(key)' belongs to another request."
        case .sessionOver(let session): "Session \(session.number) of daemon '\(session.daemon)' is over."
        case .tooLarge(let what, let bytes, let limit): "The \(what) has \(bytes) bytes; at most \(limit) are taken."
        case .partMisplaced(let offset, let expected):
            "A part begins at byte \(offset), but byte \(expected) is the next."
        case .digestMismatch(let expected, let found): "The bytes have the SHA-256 \(found), not \(expected)."
        case .unknownBlob(let digest): "Nothing with the SHA-256 \(digest) is expected."
        case .malformedCursor(let text): "'\(text)' is not where a page ends."
        }
    }
}

extension StoreError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .damaged, .tooNew, .diskFull, .unusable, .damagedRow: .environment
        case .busy, .exists, .requestKeyReused, .sessionOver, .partMisplaced, .digestMismatch: .refused
        case .unknownTask, .unknownDaemon, .unknownUser, .unknownBlob: .notFound
        case .unknownParent, .circularDependencies, .tooLarge, .malformedCursor: .usage
        }
    }

    package var hint: String {
        switch self {
        case .damaged(let path, _):
            "Move it and the files '\(path)-wal' and '\(path)-shm' away, or put a copy in their place."
        case .tooNew: "Use that version of makima."
        case .diskFull(let path): "Make room on the disk of '\(path)' and try again."
        case .busy: "Try again when that process has ended."
        case .unusable(let path, _): "Mend the permissions of '\(path)'."
        case .damagedRow: "The other rows can be used; put a copy of the store in its place to have this one again."
        case .exists, .requestKeyReused: "Choose another one."
        case .unknownTask: "Look at the list of all tasks."
        case .unknownDaemon: "Look at the list of all daemons."
        case .unknownUser: "Look at the list of all users."
        case .unknownParent, .circularDependencies: "Mend the dependencies; no task was made."
        case .sessionOver: "The daemon connects again by itself."
        case .tooLarge: "Send less."
        case .partMisplaced(_, let expected): "Go on at byte \(expected)."
        case .digestMismatch: "Send it again from its first byte."
        case .unknownBlob: "Announce it first."
        case .malformedCursor: "Begin with the first page."
        }
    }
}
