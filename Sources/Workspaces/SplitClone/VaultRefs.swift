import Domain
import Glibc

/// Writes references of the vault as git does: a lock file that takes the place of the old one.
///
/// Nothing else writes these references while makima does, and a file is all that a reference of the vault is.
struct VaultRefs {
    /// The vault on the host.
    let vault: String

    /// The latest checkpoint as the workspace was opened: what git compares the index with.
    ///
    /// The latest of all is that of the greatest number.
    static let checkpoints = "refs/heads/checkpoints"
    static let agent = "refs/heads/agent"
    static let result = "refs/makima/result"
    static func checkpoint(_ number: Int) -> String { "refs/makima/checkpoints/\(number)" }

    /// Marks a checkpoint that is too large for the user's repository.
    static func heavy(_ number: Int) -> String { "refs/makima/heavy/\(number)" }

    /// Lets `name` be `commit`; on the disk when the call returns.
    func set(_ name: String, to commit: CommitID) throws(WorkspaceError) {
        let path = "\(vault)/\(name)"
        let lock = "\(path).lock"
        let file = try create(lock)
        do {
            defer { close(file) }
            try FileTree.writeAll(Array("\(commit)\n".utf8)[...], to: file, path: lock)
            _ = try SystemCall.check("write", lock) { fdatasync(file) }
        }
        _ = try SystemCall.check("rename", lock) { rename(lock, path) }
        try synchronizeDirectory(of: path)
    }

    /// Without it, the new name of a file may be lost with the machine's power.
    private func synchronizeDirectory(of path: String) throws(WorkspaceError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let parent = String(path[..<slash])
        let directory = try SystemCall.check("open", parent) { open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0) }
        defer { close(directory) }
        _ = try SystemCall.check("write", parent) { fsync(directory) }
    }

    private func create(_ lock: String) throws(WorkspaceError) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        let file = open(lock, flags, 0o600)
        if file < 0, errno == ENOENT, let slash = lock.lastIndex(of: "/") {
            try FileTree.makeDirectories(String(lock[..<slash]))
            return try SystemCall.check("write", lock) { open(lock, flags, 0o600) }
        }
        return try SystemCall.check("write", lock) { file }
    }
}

/// The text of a commit of makima's own.
struct CommitText {
    var tree: TreeID
    var parent: CommitID?
    var time: Timestamp
    var message: String

    var bytes: [UInt8] {
        let who = UserConfiguration.Identity.makima
        let signature = "\(who.name) <\(who.email)> \(time.millisecondsSince1970 / 1000) +0000"
        let parentLine = parent.map { "parent \($0)\n" } ?? ""
        return Array(
            "tree \(tree)\n\(parentLine)author \(signature)\ncommitter \(signature)\n\n\(message)\n".utf8
        )
    }
}
