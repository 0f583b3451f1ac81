import Processes

/// Where the parts of one workspace are on the host.
struct WorkspaceLayout: Hashable, Sendable {
    /// `tasks/<id>`, or the directory of a clean checkout.
    let root: String
    /// makima's own git directory, which no agent sees.
    let vault: String

    init(root: String, vault: String? = nil) {
        self.root = root
        self.vault = vault ?? "\(root)/vault"
    }

    /// The agent's files.
    ///
    /// `.git` in it is an empty directory, a mount point.
    var tree: String { "\(root)/tree" }
    /// The agent's git directory.
    var agentGit: String { "\(root)/git" }
    /// Written last by `create`: what is without it was never finished.
    var marker: String { "\(root)/workspace" }
    /// The name of the task's branch in the user's repository, where it was published.
    var branchName: String { "\(root)/branch" }
    var checkouts: String { "\(root)/checkouts" }
    /// Written before a workspace is removed, when everything is in the repository; stays afterwards.
    var removalNote: String { "\(root)/removed" }
    /// Whether an agent has worked in it: a checkpoint after that of the beginning.
    var hasCheckpoints: Bool { FileTree.exists("\(vault)/refs/makima/checkpoints/1") }
}

/// The same parts as a confined command sees them, or the host's own paths where nothing is confined.
struct WorkspaceView: Hashable, Sendable {
    var tree: String
    var agentGit: String
    var vault: String

    init(_ layout: WorkspaceLayout, isConfining: Bool) {
        tree = isConfining ? "/workspace" : layout.tree
        agentGit = isConfining ? "/workspace/.git" : layout.agentGit
        vault = isConfining ? "/vault" : layout.vault
    }
}

/// What a command on the vault may touch.
struct VaultAccess: Sendable {
    enum Access: Sendable {
        case none
        case read
        case write
    }

    var tree = Access.none
    var agentGit = Access.none
    var vault = Access.write
    /// The user's checkout, readable at its own path.
    var source: String?
}
