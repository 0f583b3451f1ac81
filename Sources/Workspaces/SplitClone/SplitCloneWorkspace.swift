import Domain
import Processes
import Synchronization

/// A split private clone: see ``SplitCloneProvider``.
final class SplitCloneWorkspace: Workspace {
    let site: WorkspaceSite
    let main: MainRepository
    let shell: VaultShell
    let marker: WorkspaceMarker
    let limits: WorkspaceLimits
    let memory: Mutex<VaultMemory>
    /// For everything that writes the vault or the tree.
    let turnstile = Turnstile()
    /// For imports, which only read the vault and may go on beside a checkpoint.
    let importTurnstile = Turnstile()

    init(_ parts: WorkspaceParts, marker: WorkspaceMarker, memory: VaultMemory) {
        site = parts.site
        main = parts.main
        shell = parts.shell
        limits = parts.limits
        self.marker = marker
        self.memory = Mutex(memory)
    }

    var layout: WorkspaceLayout { shell.layout }

    private var identity: WorkspaceIdentity {
        WorkspaceIdentity(marker: marker, site: site, layout: layout, isConfining: shell.sandbox.isConfining)
    }

    var agentGit: AgentGitReader {
        AgentGitReader(directory: layout.agentGit, objectFormat: main.objectFormat)
    }

    var workingDirectory: String { shell.view.tree }

    var binds: [SandboxProfile.Bind] {
        main.objectDirectories.map { SandboxProfile.Bind($0) } + [
            SandboxProfile.Bind(layout.tree, at: shell.view.tree, writable: true),
            SandboxProfile.Bind(layout.agentGit, at: shell.view.agentGit, writable: true),
        ]
    }

    var latest: CheckpointPoint {
        get async { memory.withLock(\.latest) }
    }

    func verify() async throws {
        try identity.verify()
        if let damage = agentGit.damage() { throw WorkspaceError.agentGitDestroyed(detail: damage) }
        try agentGit.removeStaleLocks()
    }

    func checkpoint(_ cause: CheckpointCause, iteration: Int) async throws -> CheckpointReport {
        try await turnstile.run { try await takeCheckpoint(cause, iteration: iteration) }
    }

    /// Takes a checkpoint; the caller has the turnstile.
    func takeCheckpoint(_ cause: CheckpointCause, iteration: Int) async throws -> CheckpointReport {
        let before = memory.withLock { $0 }
        // Both are read before the files: what changes meanwhile is seen by the next checkpoint.
        let head = agentGit.head()
        let stamp = agentGit.indexStamp()
        try shell.removeStaleLocks()
        // Until the script has succeeded, nobody knows how far it came.
        memory.withLock { $0.isIndexMoved = true }
        let answer = ScriptAnswer(try await shell.run(checkpointJob(before, head: head, stamp: stamp)))
        guard let commit = answer.commit("commit"), let tree = answer.tree("tree") else {
            throw WorkspaceError.unreadableOutput(operation: "take a checkpoint")
        }
        let point = CheckpointPoint(number: before.latest.number + 1, commit: commit, tree: tree)
        remember(point, agentHead: answer.commit("agent"), stamp: answer.all("index").isEmpty ? stamp : nil)
        var notices = answer.notices
        if let head, answer.all("agent").contains("bad") { notices.append(.agentCommitsUnreadable(head)) }
        let checkpoint = Checkpoint(
            number: point.number,
            commit: commit,
            tree: tree,
            cause: cause,
            iteration: iteration,
            agentHead: head,
            takenAt: shell.wallClock.now(),
            change: answer.change
        )
        return CheckpointReport(
            checkpoint: checkpoint,
            isUnchanged: tree == before.latest.tree,
            newAgentTree: answer.tree("agenttree"),
            notices: notices
        )
    }

    private func remember(_ point: CheckpointPoint, agentHead: CommitID?, stamp: AgentGitReader.IndexStamp?) {
        memory.withLock { memory in
            memory.latest = point
            memory.checkpoints[point.number] = point.commit
            memory.indexStamp = stamp
            memory.isIndexMoved = false
            if let agentHead { memory.agentHead = agentHead }
        }
    }

    private func checkpointJob(_ before: VaultMemory, head: CommitID?, stamp: AgentGitReader.IndexStamp?)
        -> VaultShell.Job
    {
        let known = [marker.base, before.agentHead].compactMap { $0 }
        let isNew = head != nil && head != before.agentHead
        let indexMayDiffer = stamp == nil || stamp != before.indexStamp
        return VaultShell.Job(
            script: VaultScript.checkpoint,
            operation: "take a checkpoint",
            access: VaultAccess(tree: .read, agentGit: .read, vault: .write),
            variables: [
                "NUMBER": "\(before.latest.number + 1)", "TREE_ID": before.latest.tree.rawValue,
                "COMMIT": before.latest.commit.rawValue, "AGENT_HEAD": isNew ? head?.rawValue ?? "" : "",
                "KNOWN": known.map { "^\($0)" }.joined(separator: " "), "FOLLOW_INDEX": indexMayDiffer ? "1" : "",
                "MOVED": before.isIndexMoved ? "1" : "",
            ]
        )
    }
}
