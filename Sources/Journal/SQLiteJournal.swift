import Dispatch
import Domain
import GRDB
import Glibc

/// The journal in one SQLite file, in write-ahead mode with every commit synced to the disk.
///
/// Several processes may use the file at once; each transaction waits up to ten seconds for another's. SQLite works on
/// a queue of its own: no call blocks a thread of Swift's concurrency.
package final class SQLiteJournal: TaskJournal {
    private let queue: DatabaseQueue
    private let path: String

    /// Opens the file at `path`, and makes it, readable by its owner only, where there is none.
    ///
    /// Its directory must exist.
    package static func open(_ path: String) async throws -> SQLiteJournal {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "makima.journal.open")
                .async {
                    continuation.resume(with: Result { try SQLiteJournal(path: path) })
                }
        }
    }

    /// As ``open(_:)``, but blocks the calling thread for a few milliseconds, and while another process does the same.
    package init(path: String) throws {
        self.path = path
        let turn = try OpeningTurn.wait(for: path)
        defer { turn.end() }
        do {
            try Self.makeFile(path)
            queue = try Self.openQueue(path)
            JournalReserve(journal: path).make()
        } catch {
            throw Self.translate(error, path)
        }
    }

    private static func openQueue(_ path: String) throws -> DatabaseQueue {
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try migrate(queue, path)
            return queue
        } catch {
            let full = translate(error, path)
            guard case JournalError.diskFull = full else { throw error }
            // There is no room for the files beside the journal, but what it holds can still be looked at.
            let queue = try DatabaseQueue(path: path, configuration: lookingConfiguration)
            let known = try queue.read(JournalSchema.migrator.appliedIdentifiers)
            guard known == Set(JournalSchema.migrator.migrations) else { throw full }
            return queue
        }
    }

    /// With exclusive locking, SQLite keeps in memory what it otherwise shares with other processes in a file.
    private static var lookingConfiguration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = ON")
        }
        return configuration
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        // Not `journalMode = .wal`: GRDB then sets `synchronous` to NORMAL after this closure.
        configuration.prepareDatabase { database in
            // What is overwritten or deleted is not to be found in unused pages either.
            try database.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"
            )
        }
        return configuration
    }

    /// Makes the file with its mode; one that exists gets the mode.
    ///
    /// Never opens and closes an existing file: that would drop the locks that SQLite has on it for this process. The
    /// files beside it take over its mode.
    private static func makeFile(_ path: String) throws(JournalError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        var status = stat()
        guard errno == EEXIST, stat(path, &status) == 0 else { throw systemError(path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unusable(path: path, message: "It is not a file") }
        guard chmod(path, 0o600) == 0 else { throw systemError(path) }
    }

    private static func systemError(_ path: String) -> JournalError {
        .unusable(path: path, message: String(cString: strerror(errno)))
    }

    /// Brings the tables to this version.
    private static func migrate(_ queue: DatabaseQueue, _ path: String) throws {
        let migrator = JournalSchema.migrator
        let unknown = try queue.read(migrator.appliedIdentifiers).subtracting(migrator.migrations)
        guard unknown.isEmpty else { throw JournalError.tooNew(path: path, migrations: unknown.sorted()) }
        let applied = try queue.read(migrator.appliedIdentifiers).count
        if applied > 0, applied < migrator.migrations.count {
            try JournalBackup(journal: path).make(of: queue, migrations: applied)
        }
        try migrator.migrate(queue)
    }

    package func keepCopy() async throws {
        let (queue, path) = (queue, path)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue(label: "makima.journal.copy")
                .async {
                    continuation.resume(
                        with: Result {
                            do {
                                try JournalBackup(journal: path).makeDailyCopy(of: queue)
                            } catch {
                                throw Self.translate(error, path)
                            }
                        }
                    )
                }
        }
    }

    // MARK: - Access

    /// Runs `body` in an immediate transaction.
    ///
    /// One that finds the disk full fails, and makes room for those that tell why everything stops. GRDB's own async calls roll
    /// back when the calling task is cancelled.
    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let path = path
        return try await withCheckedThrowingContinuation { continuation in
            queue.asyncWrite(body) { _, result in
                let result = result.mapError { Self.translate($0, path) }
                if case .failure(JournalError.diskFull) = result { JournalReserve(journal: path).giveUp() }
                continuation.resume(with: result)
            }
        }
    }

    /// Runs `body` in a transaction that can change nothing.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let path = path
        return try await withCheckedThrowingContinuation { continuation in
            queue.asyncRead { database in
                let result = Result { try body(database.get()) }
                continuation.resume(with: result.mapError { Self.translate($0, path) })
            }
        }
    }

    static func translate(_ error: any Error, _ path: String) -> any Error {
        switch error {
        case let error as DatabaseError: JournalError(error, path: path)
        // Of the table in which the migrations are noted, say: the values are of another kind than makima writes.
        case is RowDecodingError: damaged(path, "a table holds what makima never writes")
        default: error
        }
    }

    private static func damaged(_ path: String, _ message: String) -> JournalError {
        .damaged(path: path, message: message, backup: JournalBackup(journal: path).latest)
    }
}

extension JournalError {
    /// Leaves the statement and its values out: they are other people's texts.
    init(_ error: DatabaseError, path: String) {
        let message = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        self =
            switch error.resultCode {
            // The statements are makima's own: one that makes no sense to SQLite met other tables than makima's.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR:
                .damaged(path: path, message: message, backup: JournalBackup(journal: path).latest)
            case .SQLITE_FULL: .diskFull(path: path)
            // What SQLite says of the files beside the journal when there is no room for them.
            case .SQLITE_IOERR where Self.isFull(path), .SQLITE_CANTOPEN where Self.isFull(path),
                .SQLITE_READONLY where Self.isFull(path):
                .diskFull(path: path)
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
            default: .unusable(path: path, message: message)
            }
    }

    /// Whether the disk of `path` has no room for the smallest file that SQLite makes beside a journal.
    private static func isFull(_ path: String) -> Bool {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return false }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize) < 64 << 10
    }
}
