package import Domain
import Workspaces

/// Work that goes to another machine.
extension LocalTaskService {
    /// Writes the work up to `checkpoint` into the file `path`, as a bundle of git whose only prerequisite is the commit that
    /// the task began at.
    ///
    /// May be called while the task runs: it looks into the repository alone, where a run brings its checkpoints
    /// (``ServiceParts/importInterval``), and never into what the run works with.
    package func bundle(_ checkpoint: Checkpoint, of id: TaskID, to path: String) async throws -> Bundling {
        let task = try await existing(id)
        guard let base = task.spec.repository.base, checkpoint.commit != base else { return .nothing }
        let transfer = WorkTransfer(git: parts.git, repository: task.spec.repository.path)
        guard try await transfer.has(checkpoint, of: id) else { return .notYet }
        try await transfer.bundle(checkpoint.number, of: id, since: base, to: path)
        return .written(base: base)
    }
}

/// What became of work that was to be bundled.
package enum Bundling: Hashable, Sendable {
    case written(base: CommitID)
    /// There is no work, or nothing that it could build upon.
    case nothing
    /// The checkpoint is not in the repository.
    case notYet
}
