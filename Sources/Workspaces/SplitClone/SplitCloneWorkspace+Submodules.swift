import Domain
import Processes
import Synchronization

/// Submodules, whose files are in no checkpoint.
extension SplitCloneWorkspace {
    func looseSubmodules() async throws -> [String] {
        let latest = memory.withLock(\.latest)
        let base = Set(try await gitlinks(of: marker.baseTree))
        var loose: [String] = []
        for link in try await gitlinks(of: latest.tree) {
            let isKnown = base.contains(link)
            let isProvided = if isKnown { true } else { try await main.provides(link) }
            if try !isProvided || hasOwnFiles(link) { loose.append(link.path) }
        }
        return loose
    }

    private func gitlinks(of tree: TreeID) async throws -> [Gitlink] {
        try await shell.run(
            VaultShell.Job(
                script: VaultScript.gitlinks,
                operation: "list submodules",
                access: VaultAccess(vault: .read),
                variables: ["TREE_ID": tree.rawValue]
            )
        )
        .compactMap(Gitlink.init(entry:))
    }

    /// The workspace has no submodule's files but those that the setup command got.
    private func hasOwnFiles(_ link: Gitlink) throws -> Bool {
        guard site.repository.setupCommand == nil else { return false }
        return try Beneath(layout.tree).names(in: link.path)?.isEmpty == false
    }
}

/// A submodule as a tree has it: a path and a commit of another repository.
struct Gitlink: Hashable, Sendable {
    var path: String
    var commit: CommitID

    /// Reads `160000 commit <id>`, a tab, and the path.
    init?(entry: String) {
        let parts = entry.split(separator: "\t", maxSplits: 1).map(String.init)
        guard parts.count == 2, let id = parts[0].split(separator: " ").last,
            let commit = CommitID(rawValue: String(id))
        else { return nil }
        path = parts[1]
        self.commit = commit
    }
}

extension MainRepository {
    /// Whether the user's checkout of the submodule has the commit.
    fileprivate func provides(_ link: Gitlink) async throws -> Bool {
        let directory = "\(path)/\(link.path)"
        guard !isBare, try Beneath(path).status(of: "\(link.path)/.git") != nil else { return false }
        do {
            return try await MainRepository.discover(directory, git: git).commit(link.commit.rawValue) != nil
        } catch is WorkspaceError {
            // A repository that cannot be read provides nothing.
            return false
        }
    }
}
