import FoundationEssentials
import GRDB
import Glibc

/// Copies of the journal beside it, made before a later version of makima changes its tables.
///
/// Each is a journal of its own, as the version before wrote it, named `journal.sqlite.backup-<migrations>`.
struct JournalBackup {
    /// The journal's path.
    let journal: String

    /// So many are kept, those of the latest versions.
    private static let most = 3

    /// The latest one; `nil` where there is none.
    var latest: String? { all.last.map(path) }

    /// Copies the journal as it is, but for values of variables: a task that is discarded later stays in the copy.
    ///
    /// `migrations` is how many the journal has seen. What was copied before at the same stage is replaced.
    func make(of queue: DatabaseQueue, migrations: Int) throws {
        let new = "\(path(migrations)).new"
        unlink(new)
        // SQLite would make it readable for others.
        let file = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw JournalError.unusable(path: new, message: String(cString: strerror(errno))) }
        close(file)
        do {
            try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [new]) }
            try Self.forgetValues(in: new)
            try Self.synchronize(new)
            guard rename(new, path(migrations)) == 0 else { throw Self.systemError(new) }
        } catch {
            unlink(new)
            throw error
        }
        for number in all.dropLast(Self.most) { unlink(path(number)) }
    }

    /// A copy that is kept may not keep what the journal forgets.
    private static func forgetValues(in copy: String) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        try DatabaseQueue(path: copy, configuration: configuration).write { try JournalSchema.forgetValues(in: $0) }
    }

    private func path(_ migrations: Int) -> String { "\(journal).backup-\(migrations)" }

    /// The numbers of those there are, in order.
    private var all: [Int] {
        let slash = journal.lastIndex(of: "/")
        let directory = slash.map { String(journal[..<$0]) } ?? "."
        let prefix = "\(slash.map { String(journal[journal.index(after: $0)...]) } ?? journal).backup-"
        // A directory that cannot be listed has none that could be named.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }.sorted()
    }

    private static func synchronize(_ path: String) throws(JournalError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw systemError(path) }
        defer { close(file) }
        guard fsync(file) == 0 else { throw systemError(path) }
    }

    private static func systemError(_ path: String) -> JournalError {
        .unusable(path: path, message: String(cString: strerror(errno)))
    }
}
