import Domain

/// Whether what is on disk is the workspace that was made, apart from what the agent may do with its git directory.
struct WorkspaceIdentity {
    let marker: WorkspaceMarker
    let site: WorkspaceSite
    let layout: WorkspaceLayout
    let isConfining: Bool

    /// Throws ``WorkspaceError/broken(detail:)`` unless it is.
    func verify() throws(WorkspaceError) {
        guard let number = WorkspaceMarker.number(ofDirectory: layout.tree) else {
            throw .broken(detail: "the directory '\(layout.tree)' is gone")
        }
        guard number == marker.treeNumber else {
            throw .broken(detail: "'\(layout.tree)' is not the directory that was made for the task")
        }
        guard marker.base == site.repository.base else {
            throw .broken(detail: "it was made from \(marker.base?.short ?? "an empty repository")")
        }
        guard marker.isConfined == isConfining else {
            throw .broken(detail: "it was made for a task \(marker.isConfined ? "with" : "without") a sandbox")
        }
        guard FileTree.exists("\(layout.vault)/HEAD"), FileTree.exists("\(layout.vault)/refs") else {
            throw .broken(detail: "the checkpoints in '\(layout.vault)' are gone")
        }
        // The mount point of the git directory; a person may have removed it.
        if isConfining { try FileTree.makeDirectories("\(layout.tree)/.git") }
    }
}
