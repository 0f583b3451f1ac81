import GRDB
import Glibc

/// What a journal is like.
package enum JournalCondition: Hashable, Sendable {
    /// There is none yet.
    case missing
    case sound(tasks: Int, damaged: [DamagedRow], backup: String?)
    case unusable(JournalError)
}

extension SQLiteJournal {
    /// The copy of the journal at `path` that was made last; `nil` where there is none.
    package static func latestCopy(of path: String) -> String? { JournalBackup(journal: path).latest }

    /// Looks through the whole file, and changes nothing.
    package static func inspect(_ path: String) -> JournalCondition {
        guard access(path, F_OK) == 0 else { return .missing }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            return try DatabaseQueue(path: path, configuration: configuration).read { try inspect($0, path) }
        } catch {
            let known = translate(error, path)
            return .unusable(known as? JournalError ?? .unusable(path: path, message: "\(error)"))
        }
    }

    private static func inspect(_ database: Database, _ path: String) throws -> JournalCondition {
        let complaint = try String.fetchOne(database, sql: "PRAGMA quick_check(1)") ?? "ok"
        let backup = JournalBackup(journal: path).latest
        guard complaint == "ok" else { return .unusable(.damaged(path: path, message: complaint, backup: backup)) }
        let migrator = JournalSchema.migrator
        let unknown = try migrator.appliedIdentifiers(database).subtracting(migrator.migrations)
        guard unknown.isEmpty else { return .unusable(.tooNew(path: path, migrations: unknown.sorted())) }
        guard try database.tableExists("task") else { return .sound(tasks: 0, damaged: [], backup: backup) }
        let listing = try listing(in: database, "SELECT id, document FROM task ORDER BY created DESC, id")
        return .sound(tasks: listing.tasks.count, damaged: listing.damaged, backup: backup)
    }
}
