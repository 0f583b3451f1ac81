import Domain
import FoundationEssentials
import GRDB
import Glibc

/// Copies of a store beside it, of before a later version of makima changed its tables: `store.sqlite.backup-<migrations>`.
///
/// Each is a store of its own, as the version before wrote it.
struct StoreBackup {
    /// The store's path.
    let store: String

    /// So many are kept, those of the latest versions.
    private static let most = 3

    /// Copies the store, which has seen so many migrations; what was copied before at the same stage is replaced.
    func make(of pool: DatabasePool, migrations: Int) throws {
        let path = path(migrations)
        let new = "\(path).new"
        unlink(new)
        // SQLite would make it readable for others.
        let file = open(new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.systemError(new) }
        defer { close(file) }
        do {
            try pool.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [new]) }
            guard fsync(file) == 0, rename(new, path) == 0 else { throw Self.systemError(new) }
        } catch {
            unlink(new)
            throw error
        }
        for number in all.dropLast(Self.most) { unlink(self.path(number)) }
    }

    private func path(_ migrations: Int) -> String { "\(store).backup-\(migrations)" }

    /// The numbers of those there are, in order.
    private var all: [Int] {
        let slash = store.lastIndex(of: "/")
        let directory = slash.map { String(store[..<$0]) } ?? "."
        let prefix = "\(slash.map { String(store[store.index(after: $0)...]) } ?? store).backup-"
        // A directory that cannot be listed has none that could be named.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }.sorted()
    }

    private static func systemError(_ path: String) -> StoreError {
        .unusable(path: path, message: String(cString: strerror(errno)))
    }
}
