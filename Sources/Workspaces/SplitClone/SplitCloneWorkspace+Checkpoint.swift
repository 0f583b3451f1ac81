import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func checkpoint(_ cause: CheckpointCause, iteration: Int) async throws -> CheckpointReport {
        try await turnstile.run { try await takeCheckpoint(cause, iteration: iteration) }
    }

    /// Takes a checkpoint; the caller has the turnstile.
    func takeCheckpoint(_ cause: CheckpointCause, iteration: Int) async throws -> CheckpointReport {
        try await keeper.persistently { try await attemptCheckpoint(cause, iteration: iteration) }
    }

    private func attemptCheckpoint(_ cause: CheckpointCause, iteration: Int) async throws -> CheckpointReport {
        let before = memory.withLock { $0 }
        // Both are read before the files: what changes meanwhile is seen by the next checkpoint.
        let head = agentGit.head()
        let stamp = agentGit.indexStamp()
        try shell.removeStaleLocks()
        // Until all is written, nobody knows how far it came.
        memory.withLock { $0.isIndexMoved = true }
        let taken = try await takeAgentCommits(head, before)
        let room = "\(layout.vault)/makima"
        let index = "\(layout.vault)/index"
        let clock = ScanClock.ofLargeIndex(index, stamp: "\(room)/began", last: before.scanBegan)
        var settling = before.indexSettling
        var staging = Staging(keeper, room: room, clock: clock)
        staging.keepsIndex = settling.isSettled
        settling.note(lookAt: FileTree.modificationSecond(of: index), at: shell.wallClock.now())
        let tree = try await stage(&staging, before, stamp: stamp)
        let isUnchanged = tree == before.latest.tree
        // All that can fail comes before the checkpoint counts: one taken again must not find the change taken already.
        let change = isUnchanged ? ChangeSize() : try await keeper.changeSize(from: before.latest.tree, to: tree)
        let point = try await record(tree, after: before)
        remember(point, agentHead: taken?.head, stamp: staging.notices.isAgentIndexUnreadable ? nil : stamp)
        settling.note(staged: staging.stagedCount)
        memory.withLock { memory in
            memory.scanBegan = staging.scanBegan
            memory.indexSettling = settling
        }
        var notices = staging.notices.all
        if let head, taken?.isUnreadable == true { notices.append(.agentCommitsUnreadable(head)) }
        let checkpoint = Checkpoint(
            number: point.number,
            commit: point.commit,
            tree: tree,
            cause: cause,
            iteration: iteration,
            agentHead: head,
            takenAt: shell.wallClock.now(),
            change: change
        )
        return CheckpointReport(
            checkpoint: checkpoint,
            isUnchanged: isUnchanged,
            newAgentTree: taken?.tree,
            notices: notices
        )
    }

    /// Commits of the agent's own that came since the last checkpoint.
    private struct AgentCommits {
        /// `nil` where they cannot be read.
        var head: CommitID?
        var tree: TreeID?
        var isUnreadable: Bool { head == nil }
    }

    private func takeAgentCommits(_ head: CommitID?, _ before: VaultMemory) async throws -> AgentCommits? {
        guard let head, head != before.agentHead else { return nil }
        let known = [marker.base, before.agentHead].compactMap { $0 }
        let answer = try await keeper.attempt(
            StagingScript.takeAgentCommits(head, known: known),
            to: "read the agent's commits"
        )
        guard answer.status == 0, let tree = TreeID(rawValue: GitOutput.line(answer.output)) else {
            return AgentCommits()
        }
        return AgentCommits(head: head, tree: tree)
    }

    /// Brings the vault's index in line with the files and returns its tree.
    private func stage(
        _ staging: inout Staging,
        _ before: VaultMemory,
        stamp: AgentGitReader.IndexStamp?
    ) async throws -> TreeID {
        let followsIndex = stamp == nil || stamp != before.indexStamp
        if followsIndex { try await staging.followAgentIndex(from: before.latest.tree, agentGit) }
        let status = try await staging.status()
        if !followsIndex, status.changesIgnoreRules {
            try await staging.followAgentIndex(from: before.latest.tree, agentGit)
        }
        try await staging.stage(status)
        guard staging.hasStaged || before.isIndexMoved else { return before.latest.tree }
        return try await staging.writeTree()
    }

    /// Makes `tree` the next checkpoint.
    private func record(_ tree: TreeID, after before: VaultMemory) async throws -> CheckpointPoint {
        let latest = before.latest
        let number = latest.number + 1
        let refs = VaultRefs(vault: layout.vault)
        var commit = latest.commit
        if tree != latest.tree {
            commit = try await writeCommit(tree, parent: before.lastLight.commit, number: number)
        }
        try refs.set(VaultRefs.checkpoint(number), to: commit)
        return CheckpointPoint(number: number, commit: commit, tree: tree)
    }

    private func writeCommit(_ tree: TreeID, parent: CommitID, number: Int) async throws -> CommitID {
        let text = CommitText(
            tree: tree,
            parent: parent,
            time: shell.wallClock.now(),
            message: "makima checkpoint \(number)"
        )
        try FileTree.overwrite(text.bytes, at: "\(layout.vault)/makima/commit")
        return try await keeper.writeCommit()
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
}
