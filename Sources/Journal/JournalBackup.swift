import FoundationEssentials
import GRDB
import Glibc

/// Copies of the journal beside it: of each day, and of before a later version of makima changed its tables.
///
/// Each is a journal of its own: `journal.sqlite.copy`, `journal.sqlite.copy.1` of a day before, or `journal.sqlite.backup-<migrations>` as the version before
/// wrote it.
struct JournalBackup {
    /// The journal's path.
    let journal: String

    /// So many are kept, those of the latest versions.
    private static let most = 3

    private static let day = 86_400

    /// The one written last; `nil` where there is none.
    var latest: String? {
        ([dailyCopy, "\(dailyCopy).1"] + all.map(path)).filter { Self.changed($0) != nil }
            .max { (Self.changed($0) ?? 0) < (Self.changed($1) ?? 0) }
    }

    /// Copies the journal as it is, but for values of variables: a task that is discarded later stays in the copy.
    ///
    /// `migrations` is how many the journal has seen. What was copied before at the same stage is replaced.
    func make(of queue: DatabaseQueue, migrations: Int) throws {
        try copy(queue, to: path(migrations))
        for number in all.dropLast(Self.most) { unlink(path(number)) }
    }

    /// Copies the journal as ``make(of:migrations:)`` does, where it was written to a day after the last such copy.
    func makeDailyCopy(of queue: DatabaseQueue) throws {
        // Who comes later finds it made.
        guard let turn = try OpeningTurn.take(for: journal) else { return }
        defer { turn.end() }
        let written = [journal, "\(journal)-wal"].compactMap(Self.changed).max() ?? 0
        if let copied = Self.changed(dailyCopy), abs(written - copied) < Self.day { return }
        // What is left of the disk is for those that have to say why they stop.
        guard JournalReserve(journal: journal).isKept else { return }
        if Self.changed(dailyCopy) != nil {
            // One that came back to little of a journal may not take the place of the copy that has more.
            guard rename(dailyCopy, "\(dailyCopy).1") == 0 else { throw Self.systemError(dailyCopy) }
        }
        try copy(queue, to: dailyCopy)
    }

    private func copy(_ queue: DatabaseQueue, to path: String) throws {
        let new = "\(path).new"
        unlink(new)
        // SQLite would make it readable for others.
        let file = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw JournalError.unusable(path: new, message: String(cString: strerror(errno))) }
        close(file)
        do {
            try queue.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [new]) }
            try Self.forgetValues(in: new)
            try Self.synchronize(new)
            guard rename(new, path) == 0 else { throw Self.systemError(new) }
        } catch {
            unlink(new)
            throw error
        }
    }

    /// A copy that is kept may not keep what the journal forgets.
    private static func forgetValues(in copy: String) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        try DatabaseQueue(path: copy, configuration: configuration).write { try JournalSchema.forgetValues(in: $0) }
    }

    private var dailyCopy: String { "\(journal).copy" }

    /// The second since 1970 in which a file was written last; `nil` where there is none.
    private static func changed(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mtim.tv_sec : nil
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
