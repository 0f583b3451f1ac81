import Dispatch
import Domain
package import Fleet
import GRDB

/// The store in one SQLite file, in write-ahead mode with every commit synced to the disk.
///
/// One connection writes, a few read beside it. Several processes may use the file at once, though each hears only of its
/// own changes. SQLite works on threads of its own: no call blocks a thread of Swift's concurrency.
package final class SQLiteTaskStore: TaskStore {
    let settings: StoreSettings
    private let pool: DatabasePool
    private let path: String
    private let board = ChangeBoard()

    /// Opens the file at `path`, and makes it, readable by its owner only, where there is none.
    ///
    /// Its directory must exist.
    package static func open(_ path: String, settings: StoreSettings = StoreSettings()) async throws(StoreError)
        -> SQLiteTaskStore
    {
        let opened: Result<DatabasePool, StoreError> = await withCheckedContinuation { continuation in
            DispatchQueue(label: "makima.store.open")
                .async {
                    let result = Result { try StoreFile.open(path) }
                    continuation.resume(returning: result.mapError { StoreError($0, path: path) })
                }
        }
        return SQLiteTaskStore(try opened.get(), path, settings)
    }

    private init(_ pool: DatabasePool, _ path: String, _ settings: StoreSettings) {
        self.pool = pool
        self.path = path
        self.settings = settings
    }

    package func changes() -> ChangeFeed { board.subscribe() }

    package var leases: LeaseRules { settings.leases }

    // MARK: - Access

    /// Runs `body` in an immediate transaction, and tells what it changed when that is on the disk.
    ///
    /// GRDB's own async calls roll back when the calling task is cancelled.
    func write<Value: Sendable>(_ body: @escaping @Sendable (StoreTurn) throws -> Value) async throws(StoreError)
        -> Value
    {
        let (path, board) = (path, board)
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            pool.asyncWrite({ database in
                let turn = StoreTurn(database)
                return (try body(turn), turn.change)
            }) { _, result in
                if case .success(let (_, change)) = result { board.post(change) }
                continuation.resume(returning: result.map(\.0).mapError { StoreError($0, path: path) })
            }
        }
        return try result.get()
    }

    /// Runs `body` in a transaction that can change nothing.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws(StoreError) -> Value
    {
        let path = path
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                let value = Result { try body(database.get()) }
                continuation.resume(returning: value.mapError { StoreError($0, path: path) })
            }
        }
        return try result.get()
    }
}

/// A transaction that writes, and what it has changed so far.
final class StoreTurn {
    let database: Database
    var change = StoreChange()

    init(_ database: Database) {
        self.database = database
    }
}

extension Database {
    /// Carries out a statement that is prepared once; returns how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = []) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: arguments)
        return changesCount
    }

    func first(_ sql: String, _ arguments: StatementArguments = []) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }

    func all(_ sql: String, _ arguments: StatementArguments = []) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }
}

extension Row {
    func time(_ column: String) -> Timestamp { Timestamp(millisecondsSince1970: self[column]) }

    func optionalTime(_ column: String) -> Timestamp? {
        (self[column] as Int64?).map(Timestamp.init(millisecondsSince1970:))
    }
}

extension String {
    /// As it is stored: SQLite ends a text at NUL.
    var stored: String { utf8.contains(0) ? String(map { $0 == "\0" ? "\u{FFFD}" : $0 }) : self }
}

extension Timestamp {
    var stored: Int64 { millisecondsSince1970 }
}
