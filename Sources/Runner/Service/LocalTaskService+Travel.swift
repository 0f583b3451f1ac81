package import Domain
import Workspaces

/// Work that goes to another machine.
extension LocalTaskService {
    /// Writes the work up to `checkpoint` into the file `path`, as a bundle of git whose only prerequisite is the commit that
    /// the task began at; returns that commit.
    ///
    /// Returns `nil` where there is no work, or nothing that it could build upon. May be called while the task runs.
    package func bundle(_ checkpoint: Checkpoint, of id: TaskID, to path: String) async throws -> CommitID? {
        let task = try await existing(id)
        guard let base = task.spec.repository.base, checkpoint.commit != base else { return nil }
        try await importCheckpoints(of: task)
        let transfer = WorkTransfer(git: parts.git, repository: task.spec.repository.path)
        try await transfer.bundle(checkpoint.number, of: id, since: base, to: path)
        return base
    }
}
