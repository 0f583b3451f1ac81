package import Domain
import Journal
import Workspaces

extension LocalTaskService {
    @discardableResult
    package func discard(_ id: TaskID, force: Bool) async throws -> Int? {
        if !force, isOrphaned(id), try await Adopter(parts: parts).isAtWork(existing(id)) {
            throw ServiceError.agentAtWork(id)
        }
        let lock = try await own(id)
        defer { lock.release() }
        let task = try await recovered(id)
        if try await !parts.journal.checkpoints(of: id).isEmpty {
            try await discardWorkspace(of: task, force: force)
        } else if parts.site(of: task.spec).condition() == .unfinished {
            try await removeRemains(of: task)
        }
        // A checkpoint may have been taken just now.
        let last = removal(of: task)
        try await parts.journal.delete(id)
        try parts.state.task(id).remove()
        return last
    }

    private func discardWorkspace(of task: TaskRecord, force: Bool) async throws {
        do {
            try await withWorkspace(of: task) { workspace in
                if !force { try await workspace.importCheckpoints() }
                try await workspace.discard(force: force)
            }
        } catch let trouble as WorkspaceTrouble where trouble.error.allowsRemoval(force: force) {
            try await removeRemains(of: task)
        }
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
        case .broken, .notARepository, .baseMissing: force
        default: false
        }
    }
}
