import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    @discardableResult
    func discard(force: Bool) async throws -> [HeldBack] {
        let report = try await checkpointBeforeDiscard(force: force)
        var letGo: [HeldBack] = []
        if force {
            try await importCheckpoints()
            letGo = try await heldBack()
        } else {
            let left = try await secretPaths() + looseSubmodules()
            guard report.notices.isEmpty, left.isEmpty else {
                throw WorkspaceError.notDiscardable(.filesNotInCheckpoint)
            }
            try await keepAgentRefs()
        }
        if letGo.isEmpty { try await requireImport() }
        let removal = WorkspaceRemoval(layout: layout)
        try removal.announce(last: memory.withLock(\.lastLight).number)
        try removal.finish()
        try await main.unpin(site.task)
        return letGo
    }

    /// Looks whether the files are those of the last checkpoint, by taking one.
    private func checkpointBeforeDiscard(force: Bool) async throws -> CheckpointReport {
        if !force { try await requireImport() }
        let report = try await checkpoint(.stopped, iteration: 0)
        guard force || report.isUnchanged else { throw WorkspaceError.notDiscardable(.changedSinceCheckpoint) }
        if !force { try await importCheckpoints() }
        return report
    }

    /// Throws where the user's repository has not everything.
    private func requireImport() async throws {
        if try await isImported() { return }
        if try await importAnew() { return }
        let held = try await heldBack()
        throw WorkspaceError.notDiscardable(held.isEmpty ? .notImported : .heldBack(held))
    }

    /// Imports once more what was imported before, and has lost its name to another workspace of the task since.
    private func importAnew() async throws -> Bool {
        let snapshot = memory.withLock { $0 }
        guard snapshot.importedUpTo >= snapshot.latest.number else { return false }
        memory.withLock { $0.importedUpTo = -1 }
        try await importCheckpoints()
        return try await isImported()
    }

    /// Asks the user's repository itself, not this object's memory.
    private func isImported() async throws -> Bool {
        let snapshot = memory.withLock { $0 }
        guard snapshot.heavy.isEmpty else { return false }
        guard try await isNamed(snapshot.latest.commit, as: PrivateRefs.checkpoint(site.task, snapshot.latest.number))
        else { return false }
        guard let head = snapshot.agentHead, head != marker.base else { return true }
        return try await isNamed(head, as: PrivateRefs.agent(site.task))
    }
}

extension MainRepository {
    /// Lets go of what only a workspace needs; the task's work stays.
    func unpin(_ task: TaskID) async throws {
        for ref in [PrivateRefs.base(task), PrivateRefs.imported(task), PrivateRefs.start(task)] {
            _ = try await run(["update-ref", "-d", ref], to: "unpin the base")
        }
    }
}
