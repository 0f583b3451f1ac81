import Domain
import Glibc

extension WorkspaceSite {
    /// Whether the workspace was made for confined agents; `nil` where there is none yet.
    package func isMadeForSandbox() throws -> Bool? {
        try WorkspaceMarker.read(WorkspaceLayout(root: directory).marker)?.isConfined
    }
}

/// What `create` wrote down last: by it a workspace is known to be complete and to be the one that was made.
struct WorkspaceMarker: Hashable, Sendable {
    /// The file number of the tree's directory: another directory in its place has another.
    var treeNumber: UInt64
    /// The file number of the task's directory: where that is another, all of it was copied, as from a backup.
    ///
    /// `nil` where an earlier version made the workspace.
    var rootNumber: UInt64?
    var base: CommitID?
    var baseTree: TreeID
    /// The agent's branch at the beginning.
    var branch: String
    /// Whether it was made for a confined agent: then the tree has no way to the git directory on the host.
    var isConfined: Bool
    /// Whether the tree is being filled anew: until that is done it is nobody's work.
    var isFilling = false

    /// Returns `nil` when there is no marker.
    static func read(_ path: String) throws(WorkspaceError) -> WorkspaceMarker? {
        let text = String(decoding: try MainRepository.contents(path), as: UTF8.self)
        if text.isEmpty { return nil }
        var fields: [Substring: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            fields[parts[0]] = parts.count > 1 ? String(parts[1]) : ""
        }
        guard fields["version"] == "1", let number = fields["tree"].flatMap({ UInt64($0) }),
            let baseTree = fields["base-tree"].flatMap(TreeID.init(rawValue:)), let branch = fields["branch"],
            let confined = fields["confined"]
        else { throw .broken(detail: "'\(path)' cannot be read") }
        return WorkspaceMarker(
            treeNumber: number,
            rootNumber: fields["root"].flatMap { UInt64($0) },
            base: fields["base"].flatMap(CommitID.init(rawValue:)),
            baseTree: baseTree,
            branch: branch,
            isConfined: confined == "yes",
            isFilling: fields["filling"] == "yes"
        )
    }

    func write(to path: String) throws(WorkspaceError) {
        let text = """
            version 1
            tree \(treeNumber)
            root \(rootNumber.map(String.init) ?? "")
            base \(base?.rawValue ?? "none")
            base-tree \(baseTree)
            branch \(branch)
            confined \(isConfined ? "yes" : "no")
            filling \(isFilling ? "yes" : "no")

            """
        try FileTree.write(Array(text.utf8), to: path)
    }

    /// Returns the file number of a directory, or `nil` when there is no directory at `path`.
    static func number(ofDirectory path: String) -> UInt64? {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        return UInt64(status.st_ino)
    }

    /// The same where a person may have put a symbolic link in its place.
    static func number(behind path: String) -> UInt64? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        return UInt64(status.st_ino)
    }
}
