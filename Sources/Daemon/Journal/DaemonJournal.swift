import Dispatch
package import Domain
package import Fleet
import GRDB
import Glibc
import Synchronization

/// What a daemon must remember across a crash, beside the journal of its tasks: who it is, what the server has to hear, what
/// it was told to do.
///
/// One SQLite file in write-ahead mode; a call that returns is on the disk. What can be found again from the tasks' journal
/// and their spools is entered here with the mark that it was, in one transaction: a death at any point neither loses an
/// entry nor makes it twice.
package final class DaemonJournal: Sendable {
    private let queue: DatabaseQueue
    private let path: String
    /// Called before and after each transaction that writes; what it throws takes the place of the transaction's result.
    private let fault: @Sendable (String) throws -> Void
    /// Bytes of entries that the server has not acknowledged.
    private let pending = Mutex(0)
    private let names: Mutex<DaemonIdentity>

    package var identity: DaemonIdentity { names.withLock(\.self) }

    /// Opens the file at `path`, readable by its owner only, or makes it with a new identity from `makeToken`.
    ///
    /// `daemon` is what the daemon is called; throws where the file is another one's.
    package static func open(
        _ path: String,
        as daemon: DaemonID? = nil,
        makeToken: @escaping @Sendable () -> String,
        fault: @escaping @Sendable (String) throws -> Void = { _ in }
    ) async throws -> DaemonJournal {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "makima.daemon.open")
                .async {
                    continuation.resume(
                        with: Result { try DaemonJournal(path: path, daemon, makeToken: makeToken, fault: fault) }
                    )
                }
        }
    }

    private init(
        path: String,
        _ daemon: DaemonID?,
        makeToken: () -> String,
        fault: @escaping @Sendable (String) throws -> Void
    ) throws {
        self.path = path
        self.fault = fault
        do {
            try Self.makeFile(path)
            queue = try DatabaseQueue(path: path, configuration: Self.configuration)
            let known = Set(DaemonSchema.migrator.migrations)
            let unknown = try queue.read(DaemonSchema.migrator.appliedIdentifiers).subtracting(known)
            guard unknown.isEmpty else { throw DaemonJournalError.tooNew(path: path) }
            try DaemonSchema.migrator.migrate(queue)
            let identity = try queue.write { try DaemonIdentity.establish(in: $0, as: daemon, makeToken: makeToken) }
            names = Mutex(identity)
            if let daemon, daemon != identity.daemon {
                throw DaemonJournalError.otherDaemon(path: path, identity.daemon, wanted: daemon)
            }
            let bytes = try queue.read { try Int.fetchOne($0, sql: "SELECT sum(length(frame)) FROM entry") }
            pending.withLock { $0 = bytes ?? 0 }
        } catch {
            throw Self.translate(error, path)
        }
    }

    /// How many bytes wait for the server.
    package var pendingBytes: Int { pending.withLock { $0 } }

    func note(outbox token: String) {
        names.withLock { $0.outbox = token }
        pending.withLock { $0 = 0 }
    }

    func notePending(_ bytes: Int) {
        pending.withLock { $0 = max(0, $0 + bytes) }
    }

    // MARK: - Access

    /// Runs `body` in an immediate transaction; cancelling the caller undoes nothing.
    func write<Value: Sendable>(
        _ name: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try fault("before \(name)")
        let path = path
        let value = try await withCheckedThrowingContinuation { continuation in
            queue.asyncWrite(body) { _, result in
                continuation.resume(with: result.mapError { Self.translate($0, path) })
            }
        }
        try fault("after \(name)")
        return value
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let path = path
        return try await withCheckedThrowingContinuation { continuation in
            queue.asyncRead { database in
                let result = Result { try body(database.get()) }
                continuation.resume(with: result.mapError { Self.translate($0, path) })
            }
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(
                sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"
            )
        }
        return configuration
    }

    private static func makeFile(_ path: String) throws(DaemonJournalError) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST || chmod(path, 0o600) != 0 {
            throw .unusable(path: path, message: String(cString: strerror(errno)))
        }
    }

    private static func translate(_ error: any Error, _ path: String) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        // The statement and its values are left out: they are other people's texts.
        let message = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        return switch error.resultCode {
        case .SQLITE_FULL: DaemonJournalError.diskFull(path: path)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR: DaemonJournalError.damaged(path: path, message: message)
        default: DaemonJournalError.unusable(path: path, message: message)
        }
    }
}

/// Why the daemon's journal does not work.
package enum DaemonJournalError: ExplainedError, Hashable {
    case damaged(path: String, message: String)
    /// A later version of makima has changed its tables.
    case tooNew(path: String)
    case diskFull(path: String)
    /// It is that of a daemon with another id.
    case otherDaemon(path: String, DaemonID, wanted: DaemonID)
    case unusable(path: String, message: String)

    package var description: String {
        switch self {
        case .damaged(let path, let message): "The daemon's journal at '\(path)' is damaged: \(message)."
        case .tooNew(let path): "The daemon's journal at '\(path)' was written by a later version of makima."
        case .diskFull(let path): "There is no space left for the daemon's journal at '\(path)'."
        case .otherDaemon(let path, let id, let wanted):
            "The journal at '\(path)' is that of the daemon '\(id)', not of '\(wanted)'."
        case .unusable(let path, let message): "The daemon's journal at '\(path)' cannot be used: \(message)."
        }
    }

    package var errorCode: ErrorCode { .environment }

    package var hint: String {
        switch self {
        case .damaged:
            "Move it away: the daemon then begins as a new one, and the server takes what it had for lost."
        case .tooNew: "Start the version of makima that wrote it, or a later one."
        case .diskFull: "Make room, and start the daemon again."
        case .otherDaemon(_, let id, _):
            "Name it with '--id \(id)'; or let another daemon have a directory of its own, with MAKIMA_STATE_DIR."
        case .unusable: "See that the file and its directory can be written by the user that the daemon runs as."
        }
    }
}

/// Who a daemon is, for as long as its journal lives.
package struct DaemonIdentity: Hashable, Sendable {
    package var daemon: DaemonID
    /// Drawn when the outbox was made.
    package var outbox: String

    static func establish(
        in database: Database,
        as daemon: DaemonID?,
        makeToken: () -> String
    ) throws -> DaemonIdentity {
        let outbox =
            try IdentityValue.outbox.read(in: database) ?? IdentityValue.outbox.write(makeToken(), in: database)
        let stored = try IdentityValue.daemon.read(in: database).flatMap(DaemonID.init(rawValue:))
        // A daemon that has never done anything was perhaps called wrongly: it may get another name.
        if let stored, try daemon == nil || daemon == stored || !isUnused(database) {
            return DaemonIdentity(daemon: stored, outbox: outbox)
        }
        guard let drawn = daemon ?? DaemonID(rawValue: "d-\(makeToken())") else {
            preconditionFailure("A token is no identifier.")
        }
        _ = try IdentityValue.daemon.write(drawn.rawValue, in: database)
        return DaemonIdentity(daemon: drawn, outbox: outbox)
    }
}

extension DaemonIdentity {
    /// Whether no task ever came, and nothing was ever told.
    private static func isUnused(_ database: Database) throws -> Bool {
        guard try IdentityValue.made.number(in: database) == 0 else { return false }
        return try Int.fetchOne(database, sql: "SELECT 1 FROM attempt LIMIT 1") == nil
    }
}

/// A value of which there is one.
enum IdentityValue: String {
    case daemon
    case outbox
    /// The number of the last entry that was made.
    case made
    /// The last number that the server has.
    case acknowledged
    /// Whether no new tasks are taken.
    case draining
    /// When what still runs is stopped, in milliseconds since 1970; empty where nothing is.
    case stopAt
    /// Until when the attempts are the daemon's own.
    case lease

    func read(in database: Database) throws -> String? {
        try String.fetchOne(database, sql: "SELECT value FROM identity WHERE name = ?", arguments: [rawValue])
    }

    func number(in database: Database) throws -> Int { try read(in: database).flatMap { Int($0) } ?? 0 }

    @discardableResult
    func write(_ value: String, in database: Database) throws -> String {
        try database.execute(
            sql: "INSERT INTO identity (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
            arguments: [rawValue, value]
        )
        return value
    }
}
