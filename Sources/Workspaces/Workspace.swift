package import Domain
package import Processes

/// Makes workspaces and finds them again.
package protocol WorkspaceProvider: Sendable {
    /// Makes the workspace of a new task; safe in parallel with others of the same repository.
    ///
    /// What an interrupted attempt left behind is removed first. Takes checkpoint 0.
    func create(_ site: WorkspaceSite) async throws -> CreatedWorkspace
    /// Opens the workspace that `create` made, after ``Workspace/verify()``.
    func open(_ site: WorkspaceSite) async throws -> any Workspace
    /// Opens a workspace whose agent destroyed its git directory, for ``Workspace/rebuildAgentGit()``.
    func openDamaged(_ site: WorkspaceSite) async throws -> any Workspace
    /// Whether the directory of a workspace's files is gone, or was not made anew to the end.
    ///
    /// Throws ``WorkspaceError/treeReplaced(path:)`` where something else is in its place: that is nobody's to remove.
    func lacksTree(_ site: WorkspaceSite) throws -> Bool
    /// Makes the files anew where ``lacksTree(_:)``: those of the last checkpoint, and the ignored ones that are copied from the
    /// user's checkout.
    ///
    /// Safe to be called again after it was interrupted.
    func remakeTree(of site: WorkspaceSite) async throws -> RemadeTree
    /// Removes what is on the disk of a workspace, and what the repository keeps for it only: after a removal that was
    /// interrupted, or where a person lets go of what cannot be opened.
    ///
    /// Proves nothing, and is content with a repository that is not there any more.
    func removeRemains(of site: WorkspaceSite) async throws
    /// Returns the files of an intact workspace that git ignores, and that are therefore in no checkpoint; changes nothing.
    func ignoredFiles(of site: WorkspaceSite) async throws -> IgnoredFiles
    /// Returns the unified diff between two imported commits as git prints it, without colour; no workspace is needed.
    func diff(in repository: RepositorySpec, from: CommitID, to: CommitID) async throws -> [UInt8]
}

/// The files and the git directory of one task, and what makima can do with them.
///
/// One process at a time works with a workspace (the task's owner); within it, calls may come from several tasks.
package protocol Workspace: Sendable {
    /// Where it is and what it belongs to.
    var site: WorkspaceSite { get }
    /// What agents and checks must see of it, in mounting order.
    var binds: [SandboxProfile.Bind] { get }
    /// The directory of the files as agents and checks see it.
    var workingDirectory: String { get }
    /// Whether it was found to be a copy, as from a backup, when it was opened.
    var wasCopied: Bool { get }
    /// The last checkpoint's commit and tree; checkpoint 0 in a new workspace.
    var latest: CheckpointPoint { get async }

    /// Throws ``WorkspaceError/broken(detail:)`` or ``WorkspaceError/agentGitDestroyed(detail:)`` unless the workspace
    /// is what it should be. Removes lock files that a killed git of the agent left.
    func verify() async throws
    /// Makes the agent's git directory anew, on its last known commit; the files stay as they are.
    func rebuildAgentGit() async throws
    /// Records the complete tree. Nothing of the agent's is changed.
    func checkpoint(_ cause: CheckpointCause, iteration: Int) async throws -> CheckpointReport
    /// Takes all checkpoints over into the user's repository as `refs/makima/checkpoints/<task>/<n>`.
    ///
    /// Returns what is news of that which stays in the vault, because it would bring more than the limit.
    @discardableResult
    func importCheckpoints() async throws -> [HeldBack]
    /// Returns the paths that differ and match one of the git glob patterns; all that differ where `patterns` is nil.
    func changedPaths(from: TreeID, to: TreeID, matching patterns: [String]?) async throws -> [String]
    /// Returns untracked files that look like secrets and are therefore in no checkpoint.
    func secretPaths() async throws -> [String]
    /// Returns the files of `tree` that match one of the patterns and stand in the workspace otherwise than a checkout
    /// would write them: git takes many files for equal, such as those with other line ends.
    func convertedPaths(of tree: TreeID, matching patterns: [String]) async throws -> [String]
    /// Returns the submodules whose files are nowhere but here: the user's repository has not their commit.
    func looseSubmodules() async throws -> [String]
    /// Takes a checkpoint, makes the files those of checkpoint `number`, and takes another. Ignored files stay.
    func restore(to number: Int, iteration: Int) async throws -> Restoration
    /// Makes a clean checkout of a commit of this workspace; the caller removes it.
    func checkOut(_ commit: CommitID) async throws -> CleanCheckout
    /// Makes the work, as of the last checkpoint, a new branch of the user's repository; `nil` where there is none.
    func publishBranch(_ work: WorkDescription) async throws -> PublishedBranch?
    /// Rebases the work of the last checkpoint onto `target`, runs `verdict` on a clean checkout of the result, and
    /// fast-forwards the branch if it returned true. Everything else leaves the branch as it was.
    func merge(
        into target: String,
        _ work: WorkDescription,
        verdict: @Sendable (CleanCheckout) async throws -> Bool
    ) async throws -> MergeOutcome
    /// Removes the workspace; without `force` only where everything is in the user's repository.
    ///
    /// The agent's other branches, tags and stashes are taken over as `refs/makima/kept/<task>/<n>` before, without `force`;
    /// the commits that only its reflogs name as the parents of one commit there.
    /// With `force`, a checkpoint is taken and imported first, and what no checkpoint can hold is lost. Returns what was let
    /// go because it exceeds the limit.
    @discardableResult
    func discard(force: Bool) async throws -> [HeldBack]
    /// Ends what the workspace keeps running for itself; the next operation starts it again.
    func close() async
}

/// A task's place: its repository and its directory.
package struct WorkspaceSite: Hashable, Sendable {
    package var task: TaskID
    /// The task's label, for the name of its branch.
    package var name: String
    package var repository: RepositorySpec
    /// `tasks/<id>` of the state directory; absolute.
    ///
    /// `create` makes it if it is missing.
    package var directory: String

    package init(task: TaskID, name: String, repository: RepositorySpec, directory: String) {
        self.task = task
        self.name = name
        self.repository = repository
        self.directory = directory
    }
}

/// A new workspace and what its making brought.
package struct CreatedWorkspace: Sendable {
    package var workspace: any Workspace
    /// Checkpoint 0.
    package var base: Checkpoint
    /// The ignored files that were copied from the user's checkout.
    package var copiedFiles: [String]
    package var notices: [WorkspaceNotice]
}

/// A tree and the commit that holds it.
package struct CheckpointPoint: Hashable, Sendable {
    package var number: Int
    package var commit: CommitID
    package var tree: TreeID
}

/// A checkpoint that was taken.
package struct CheckpointReport: Hashable, Sendable {
    package var checkpoint: Checkpoint
    /// The tree is that of the checkpoint before, and so is the commit.
    package var isUnchanged: Bool
    /// The tree of the agent's HEAD, where that has moved since the checkpoint before and could be taken over.
    package var newAgentTree: TreeID?
    package var notices: [WorkspaceNotice]
}

/// What would bring more into the user's repository than one task may, and so stays in the task's own store.
package struct HeldBack: Hashable, Sendable {
    package enum Thing: Hashable, Sendable {
        case checkpoint(Int)
        /// The agent's own commits, by their last one.
        case agentCommits(CommitID)
        /// What only the agent's other branches, its tags, stashes and logs name.
        case agentRefs
        /// The commit that a branch is to have.
        case result
    }

    package var thing: Thing
    /// Of its new objects, compressed.
    package var bytes: Int
    package var limit: Int

    package init(_ thing: Thing, bytes: Int, limit: Int) {
        self.thing = thing
        self.bytes = bytes
        self.limit = limit
    }
}

/// Something a checkpoint could not take along.
package enum WorkspaceNotice: Hashable, Sendable {
    /// Untracked repositories inside the workspace: their files are in no checkpoint.
    case nestedRepositories([String])
    /// Files that git could not read, or whose path it refuses.
    case filesLeftOut([String])
    /// The agent's commits could not be read or are malformed; its files are in the checkpoint all the same.
    case agentCommitsUnreadable(CommitID)
    /// The agent's index could not be read: ignored files that it added are not in the checkpoint.
    case agentIndexUnreadable
}

/// Files that were made anew.
package struct RemadeTree: Hashable, Sendable {
    /// The last one, whose files they are.
    package var checkpoint: Int
    /// Why ignored files could not be copied from the user's checkout; `nil` where nothing was wrong.
    package var copyProblem: String?

    package init(checkpoint: Int, copyProblem: String? = nil) {
        self.checkpoint = checkpoint
        self.copyProblem = copyProblem
    }
}

/// The two checkpoints around a restore.
package struct Restoration: Hashable, Sendable {
    package var before: CheckpointReport
    package var after: CheckpointReport
}

/// Who and what a commit of the work names.
package struct WorkDescription: Hashable, Sendable {
    /// First line of the message.
    package var title: String
    /// The rest of the message; may be empty.
    package var body: String
    /// The files, as a checkpoint of this workspace has them; `nil` for those of the last one.
    package var tree: TreeID?

    package init(title: String, body: String = "") {
        self.title = title
        self.body = body
    }
}

/// A branch with the work.
package struct PublishedBranch: Hashable, Sendable {
    /// Without `refs/heads/`.
    package var name: String
    package var commit: CommitID
}

/// How a merge ended.
package enum MergeOutcome: Hashable, Sendable {
    /// `ownBranch` is the task's branch where it was unchanged, so that it could follow to the merged commit.
    case merged(CommitID, ownBranch: String? = nil)
    /// The branch has the work already, or there is none.
    case upToDate
    /// The work does not fit onto the branch.
    case conflict(paths: [String])
    /// `verdict` was false.
    case rejected
    /// The user's checkout of the branch has changes or files, also ignored ones, that would be overwritten.
    case checkoutDirty(paths: [String])
}

/// A commit's files in a directory of their own, for checks.
package struct CleanCheckout: Hashable, Sendable {
    package var commit: CommitID
    package var tree: TreeID
    /// The directory of the files on the host.
    package var path: String
    /// What checks must see of it, in mounting order.
    package var binds: [SandboxProfile.Bind]
    /// The directory of the files as checks see it.
    package var workingDirectory: String
    /// Everything of it on the host.
    let root: String

    /// Deletes the checkout; symbolic links in it are not followed.
    package func remove() throws {
        try FileTree.remove(root)
    }
}
