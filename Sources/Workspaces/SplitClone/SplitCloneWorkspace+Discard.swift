import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func discard(force: Bool) async throws {
        let report = try await checkpointBeforeDiscard(force: force)
        if force {
            try await importCheckpoints()
        } else {
            let left = try await secretPaths() + looseSubmodules()
            guard report.notices.isEmpty, left.isEmpty else {
                throw WorkspaceError.notDiscardable(.filesNotInCheckpoint)
            }
            try await keepAgentRefs()
        }
        guard try await isImported() else { throw WorkspaceError.notDiscardable(.notImported) }
        try removeDirectories()
        for ref in [PrivateRefs.base(site.task), PrivateRefs.imported(site.task)] {
            _ = try await main.run(["update-ref", "-d", ref], to: "unpin the base")
        }
    }

    /// Looks whether the files are those of the last checkpoint, by taking one.
    private func checkpointBeforeDiscard(force: Bool) async throws -> CheckpointReport {
        if !force {
            guard try await isImported() else { throw WorkspaceError.notDiscardable(.notImported) }
        }
        let report = try await checkpoint(.stopped, iteration: 0)
        guard force || report.isUnchanged else { throw WorkspaceError.notDiscardable(.changedSinceCheckpoint) }
        if report.isUnchanged { try await importCheckpoints() }
        return report
    }

    /// Asks the user's repository itself, not this object's memory.
    private func isImported() async throws -> Bool {
        let snapshot = memory.withLock { $0 }
        let ref = PrivateRefs.checkpoint(site.task, snapshot.latest.number)
        return try await main.commit(ref) == snapshot.latest.commit
    }

    /// The marker goes first: from then on the workspace does not exist, however far the rest gets.
    private func removeDirectories() throws(WorkspaceError) {
        for path in [layout.marker, layout.branchName, layout.checkouts, layout.tree, layout.agentGit, layout.vault] {
            try FileTree.remove(path)
        }
    }
}
