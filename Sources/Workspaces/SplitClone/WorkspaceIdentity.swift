import Domain

/// Whether what is on disk is the workspace that was made, apart from what the agent may do with its git directory.
struct WorkspaceIdentity {
    let marker: WorkspaceMarker
    let site: WorkspaceSite
    let layout: WorkspaceLayout
    let isConfining: Bool

    /// Throws ``WorkspaceError/broken(detail:)``, ``WorkspaceError/treeGone(path:)``,
    /// ``WorkspaceError/treeUnfinished(path:)`` or ``WorkspaceError/treeReplaced(path:)`` unless it is.
    func verify() throws(WorkspaceError) {
        try verifyTree()
        try verifyRest()
        // The mount point of the git directory; a person may have removed it.
        if isConfining { try FileTree.makeDirectories("\(layout.tree)/.git") }
    }

    private func verifyTree() throws(WorkspaceError) {
        guard let number = WorkspaceMarker.number(ofDirectory: layout.tree) else {
            guard !FileTree.exists(layout.tree) else { throw .treeReplaced(path: layout.tree) }
            throw .treeGone(path: layout.tree)
        }
        guard number == marker.treeNumber || isCopied else { throw .treeReplaced(path: layout.tree) }
        if marker.isFilling { throw .treeUnfinished(path: layout.tree) }
    }

    /// Throws unless all but the tree is as it was made.
    func verifyRest() throws(WorkspaceError) {
        guard marker.base == site.repository.base else {
            throw .broken(detail: "it was made from \(marker.base?.short ?? "an empty repository")")
        }
        guard marker.isConfined == isConfining else {
            throw .broken(detail: "it was made for a task \(marker.isConfined ? "with" : "without") a sandbox")
        }
        guard FileTree.exists("\(layout.vault)/HEAD"), FileTree.exists("\(layout.vault)/refs") else {
            throw .broken(detail: "the checkpoints in '\(layout.vault)' are gone")
        }
    }

    /// Whether the task's directory is a copy of that which was made, with everything in it: no agent can bring that about
    /// from within its tree.
    var isCopied: Bool {
        guard let made = marker.rootNumber, let now = WorkspaceMarker.number(behind: layout.root) else { return false }
        return made != now
    }
}
