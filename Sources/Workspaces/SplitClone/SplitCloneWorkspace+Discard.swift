import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func discard(force: Bool) async throws {
        let report = try await checkpointBeforeDiscard(force: force)
        var isLetGo = false
        if force {
            isLetGo = try await !importWhatFits()
        } else {
            let left = try await secretPaths() + looseSubmodules()
            guard report.notices.isEmpty, left.isEmpty else {
                throw WorkspaceError.notDiscardable(.filesNotInCheckpoint)
            }
            try await keepAgentRefs()
        }
        if !isLetGo {
            guard try await isImported() else { throw WorkspaceError.notDiscardable(.notImported) }
        }
        let removal = WorkspaceRemoval(layout: layout)
        try removal.announce(last: memory.withLock(\.lastLight).number)
        try removal.finish()
        try await main.unpin(site.task)
    }

    /// Returns false where a checkpoint is too large for the repository: whoever insists lets go of it.
    private func importWhatFits() async throws -> Bool {
        do {
            try await importCheckpoints()
            return memory.withLock(\.heavy).isEmpty
        } catch WorkspaceError.importRefused(.checkpointTooLarge) {
            return false
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
        guard snapshot.heavy.isEmpty else { return false }
        let ref = PrivateRefs.checkpoint(site.task, snapshot.latest.number)
        return try await main.commit(ref) == snapshot.latest.commit
    }
}

extension MainRepository {
    /// Lets go of what only a workspace needs; the task's work stays.
    func unpin(_ task: TaskID) async throws {
        for ref in [PrivateRefs.base(task), PrivateRefs.imported(task)] {
            _ = try await run(["update-ref", "-d", ref], to: "unpin the base")
        }
    }
}
