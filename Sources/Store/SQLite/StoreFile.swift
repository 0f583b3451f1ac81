import Domain
import GRDB
import Glibc

/// The file of a store: made with its mode, opened in turn, brought to this version's tables.
enum StoreFile {
    /// Opens the file at `path`, and makes it, readable by its owner only, where there is none.
    ///
    /// Before its tables are changed it is copied.
    static func open(_ path: String, migrator: DatabaseMigrator = StoreSchema.migrator) throws -> DatabasePool {
        let turn = try takeTurn(path)
        defer { endTurn(turn) }
        try make(path)
        let pool = try DatabasePool(path: path, configuration: configuration)
        // GRDB has switched it to NORMAL after the configuration's own closure.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let applied = try pool.read(migrator.appliedIdentifiers)
        let unknown = applied.subtracting(migrator.migrations)
        guard unknown.isEmpty else { throw StoreError.tooNew(path: path, migrations: unknown.sorted()) }
        if !applied.isEmpty, applied.count < migrator.migrations.count {
            try StoreBackup(store: path).make(of: pool, migrations: applied.count)
        }
        try migrator.migrate(pool)
        return pool
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            guard !database.configuration.readonly else { return }
            // What is overwritten or deleted is not to be found in unused pages either.
            try database.execute(sql: "PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }

    /// Makes the file with its mode; one that exists gets the mode.
    ///
    /// The files beside it take it over. Never opens and closes an existing file: that would drop the locks that SQLite
    /// has on it for this process.
    private static func make(_ path: String) throws(StoreError) {
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

    /// Waits until no other process opens a store in the directory.
    ///
    /// Neither the switch to write-ahead mode nor the migrations bear several that do it at once. The kernel ends the
    /// turn with the process.
    private static func takeTurn(_ path: String) throws(StoreError) -> Int32 {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError(path) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno != EINTR else { continue }
            let error = systemError(path)
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Closing alone is not enough while a copy of the descriptor waits for a child's exec.
    private static func endTurn(_ descriptor: Int32) {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func systemError(_ path: String) -> StoreError {
        .unusable(path: path, message: String(cString: strerror(errno)))
    }
}

extension StoreError {
    /// What is thrown inside a transaction, as callers get it.
    ///
    /// Leaves the statement and its values out: they are other people's texts.
    init(_ error: any Error, path: String) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(error, path: path)
        default: self = .damaged(path: path, message: "a table holds what makima never writes")
        }
    }

    private init(_ error: DatabaseError, path: String) {
        let message = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        self =
            switch error.resultCode {
            // The statements are makima's own: one that makes no sense to SQLite met other tables than makima's.
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR: .damaged(path: path, message: message)
            case .SQLITE_FULL: .diskFull(path: path)
            case .SQLITE_BUSY, .SQLITE_LOCKED: .busy(path: path)
            default: .unusable(path: path, message: message)
            }
    }
}
