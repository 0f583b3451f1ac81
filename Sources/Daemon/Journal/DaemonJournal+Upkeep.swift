package import Domain
import GRDB
import Glibc

/// What goes when nobody needs it any more.
extension DaemonJournal {
    /// Whether the journal at `path`, of a daemon that runs or does not, has an attempt of which the server does not know the end.
    package static func holds(_ task: TaskID, at path: String) async throws -> Bool {
        guard access(path, F_OK) == 0 else { return false }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        return try await queue.read { try HeldTask.fetch(task, in: $0)?.isHeld ?? false }
    }

    /// Forgets what of a task has become an entry.
    package func forgetProgress(of task: TaskID) async throws {
        try await write("forget") { try Self.forgetProgress(of: task, in: $0) }
    }

    /// Forgets a task whose record is gone from this machine; the last attempt itself not before the server knows its end.
    package func forget(_ task: TaskID) async throws {
        try await write("forget") { database in
            let settled: Set<HeldTask.Phase> = [.reported, .closed, .fenced]
            guard let held = try HeldTask.fetch(task, in: database), settled.contains(held.phase) else { return }
            try Self.forgetProgress(of: task, in: database)
            guard !held.isHeld, try !Self.waits(task, in: database) else { return }
            try database.execute(sql: "DELETE FROM attempt WHERE task = ?", arguments: [task.rawValue])
        }
    }

    /// Lets go of what an attempt has told that the server knows to its end: all of it, as ``thinned`` says from then on.
    ///
    /// Returns whether there was any.
    @discardableResult
    package func thin(_ key: HeldTask) async throws -> Bool {
        try await write("thin") { database in
            let task = key.task.rawValue
            guard let held = try HeldTask.fetch(key.task, in: database), held.attempt == key.attempt,
                held.phase == .closed, try !Self.waits(key.task, in: database),
                try Int.fetchOne(
                    database,
                    sql: "SELECT 1 FROM derived WHERE task = ? AND key != ?",
                    arguments: [task, Self.thinned]
                ) != nil
            else { return false }
            try Self.forgetProgress(of: key.task, in: database)
            try database.execute(sql: "INSERT INTO derived (task, key) VALUES (?, ?)", arguments: [task, Self.thinned])
            return true
        }
    }

    /// Takes the place of the names of all that an attempt has told.
    package static let thinned = "thinned"

    /// Puts what a task has told back in its place, before it goes on.
    package func restore(_ progress: GatherProgress, of task: TaskID) async throws {
        try await write("restore") { database in
            let known = try Int.fetchOne(
                database,
                sql: "SELECT 1 FROM derived WHERE task = ? AND key = ?",
                arguments: [task.rawValue, Self.thinned]
            )
            guard known != nil else { return }
            try Self.forgetProgress(of: task, in: database)
            for key in progress.derived {
                try database.execute(
                    sql: "INSERT INTO derived (task, key) VALUES (?, ?)",
                    arguments: [task.rawValue, key]
                )
            }
            for (spool, taken) in progress.taken {
                try database.execute(
                    sql: "INSERT INTO spool (task, spool, taken) VALUES (?, ?, ?)",
                    arguments: [task.rawValue, spool, taken]
                )
            }
        }
    }

    /// Whether the server has not got all reports of a task.
    private static func waits(_ task: TaskID, in database: Database) throws -> Bool {
        try Int.fetchOne(database, sql: "SELECT 1 FROM entry WHERE task = ? LIMIT 1", arguments: [task.rawValue]) != nil
    }

    private static func forgetProgress(of task: TaskID, in database: Database) throws {
        for table in ["derived", "spool", "parcel"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE task = ?", arguments: [task.rawValue])
        }
    }
}
