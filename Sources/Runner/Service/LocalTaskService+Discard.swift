package import Domain
import Journal
import Workspaces

extension LocalTaskService {
    @discardableResult
    package func discard(_ id: TaskID, force: Bool) async throws -> DiscardedWork {
        try await requireNoDaemon(of: id, force: force)
        if !force { try await requireNoAgent(of: id) }
        let lock = try await own(id)
        defer { lock.release() }
        let task = try await recovered(id)
        var discarded = DiscardedWork()
        if try await !parts.journal.checkpoints(of: id).isEmpty {
            for held in try await discardWorkspace(of: task, force: force) {
                switch held.thing {
                case .checkpoint(let number): discarded.letGo.append(number)
                case .agentCommits, .agentRefs, .result: discarded.losesAgentCommits = true
                }
            }
        } else if parts.site(of: task.spec).condition() == .unfinished {
            try await removeRemains(of: task)
        }
        // A checkpoint may have been taken just now.
        discarded.last = removal(of: task)
        try await parts.journal.delete(id)
        try parts.state.task(id).remove()
        return discarded
    }

    /// Returns what was let go because it exceeds the task's limit on the disk.
    private func discardWorkspace(of task: TaskRecord, force: Bool) async throws -> [HeldBack] {
        do {
            if !force { try await naming(task) { try await requireNoIgnoredFiles(of: task) } }
            return try await withWorkspace(of: task) { workspace in
                if !force { try await workspace.importCheckpoints() }
                return try await workspace.discard(force: force)
            }
        } catch let trouble as WorkspaceTrouble where trouble.error.allowsRemoval(force: force) {
            try await removeRemains(of: task)
            return []
        }
    }

    /// Throws where a daemon would miss the task: one that runs, or another where nobody insists.
    private func requireNoDaemon(of id: TaskID, force: Bool) async throws {
        let isAlive = OwnerLock.owner(parts.state.daemonLock) != nil
        guard !force || isAlive, try await parts.isHeldByDaemon(id) else { return }
        throw ServiceError.heldByDaemon(id, isAlive: isAlive)
    }

    /// Throws where an agent works on without its makima: it is ended by who says so, and by nobody else.
    func requireNoAgent(of id: TaskID) async throws {
        guard isOrphaned(id), try await Adopter(parts: parts).isAtWork(existing(id)) else { return }
        throw ServiceError.agentAtWork(id)
    }

    /// Throws where a file would go that is nowhere else.
    private func requireNoIgnoredFiles(of task: TaskRecord) async throws {
        let provider = try await parts.workspaces(parts.confinement(for: task.spec))
        let site = parts.site(of: task.spec)
        guard site.condition() == .intact else { return }
        let files = try await provider.ignoredFiles(of: site)
        guard files.isEmpty else { throw ServiceError.ignoredFiles(task.id, files) }
    }

    private func removeRemains(of task: TaskRecord) async throws {
        let confinement = try await parts.confinement(for: task.spec)
        try await parts.workspaces(confinement).removeRemains(of: parts.site(of: task.spec))
    }
}

extension WorkspaceError {
    /// Whether what is left of a workspace may go though the workspace cannot be opened: all of it is in the repository, or
    /// a person insists on what cannot be had any more.
    fileprivate func allowsRemoval(force: Bool) -> Bool {
        switch self {
        case .removed: true
        case .broken, .treeGone, .treeUnfinished, .treeReplaced, .notARepository, .baseMissing: force
        default: false
        }
    }
}
