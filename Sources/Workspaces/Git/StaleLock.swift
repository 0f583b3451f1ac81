import Domain
import Glibc

/// A lock on a reference that a killed git of makima's own has left behind.
///
/// A lock file does not say whose it is, and somebody else's is never removed. But references of one task below `refs/makima`
/// are written by the owner of that task alone, and nobody else writes into a lock the commit that is only now to get a name.
/// A living git holds either for a moment; so a lock is stale that is older than the time for which a lock is waited.
struct StaleLock {
    let path: String

    /// Returns `nil` where it is not known to be makima's own, or not old enough.
    ///
    /// `commits` are those that are about to get a name.
    init?(_ path: String, of task: TaskID, in repository: MainRepository, naming commits: [CommitID], at now: Timestamp)
    {
        var status = stat()
        guard path.hasSuffix(".lock"), lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_uid == geteuid()
        else { return nil }
        let modified = Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
        guard now.millisecondsSince1970 - modified >= repository.git.lockPatience.milliseconds else { return nil }
        guard let reference = Self.reference(lockedBy: path, in: repository.commonDirectory) else { return nil }
        let parts = reference.split(separator: "/")
        let isPrivate = parts.count > 3 && parts[1] == "makima" && parts[3] == task.rawValue
        let isBranch = parts.count > 2 && parts[1] == "heads"
        guard isPrivate || isBranch && Self.names(path, commits) else { return nil }
        self.path = path
    }

    func remove() { unlink(path) }

    /// As `refs/heads/main`.
    private static func reference(lockedBy path: String, in directory: String) -> Substring? {
        guard let slash = path.lastIndex(of: "/"), let folder = ObjectStores.realPath(String(path[..<slash])),
            let root = ObjectStores.realPath(directory)
        else { return nil }
        let whole = folder + path[slash...]
        guard whole.hasPrefix("\(root)/refs/") else { return nil }
        return whole.dropFirst(root.count + 1).dropLast(".lock".count)
    }

    private static func names(_ path: String, _ commits: [CommitID]) -> Bool {
        // What cannot be read is not known to be makima's own.
        guard let content = try? MainRepository.contents(path) else { return false }
        return commits.contains { $0.rawValue == GitOutput.line(content) }
    }
}

extension MainRepository {
    /// Calls `body`, and once more where a lock of `task`'s own was in its way; the caller owns the task.
    func withoutStaleLocks<Result>(
        of task: TaskID,
        naming commits: [CommitID] = [],
        at time: () -> Timestamp,
        _ body: () async throws -> Result
    ) async throws -> Result {
        // One transaction may have left several, and git names the first.
        for _ in 1...Self.locksAtATime {
            do {
                return try await body()
            } catch WorkspaceError.locked(let path) {
                guard let stale = StaleLock(path, of: task, in: self, naming: commits, at: time()) else {
                    throw WorkspaceError.locked(path: path)
                }
                stale.remove()
            }
        }
        return try await body()
    }

    private static let locksAtATime = 3
}
