import Domain

/// What is known of the vault between two operations; read from it once, when the workspace is opened.
struct VaultMemory: Sendable {
    var latest: CheckpointPoint
    /// The last commit of the agent's own that the vault has.
    var agentHead: CommitID?
    /// The state of the agent's index at the last checkpoint; `nil` means that it must be looked at.
    var indexStamp: AgentGitReader.IndexStamp?
    /// Whether the vault's index may hold something else than the latest checkpoint's tree.
    var isIndexMoved = false
    /// When the last look at the files began, for ``ScanClock``; `nil` where the index holds no cache.
    var scanBegan: Int?
    /// Whether git may look for changes without writing the index: see ``IndexSettling``.
    var indexSettling = IndexSettling()
    /// Commits of all checkpoints by number.
    var checkpoints: [Int: CommitID]
    /// Checkpoints up to this number are in the user's repository.
    var importedUpTo = -1
    /// Checkpoints that were too large for the user's repository: none that is taken later stands on them.
    var heavy: Set<Int> = []
    /// Whether they were looked at once more since the workspace was opened: more may be allowed by now.
    var hasRetriedHeavy = false
    /// The agent's head that was left in the vault last, which was told.
    var heavyHead: CommitID?

    init(
        latest: CheckpointPoint,
        agentHead: CommitID? = nil,
        indexStamp: AgentGitReader.IndexStamp? = nil
    ) {
        self.latest = latest
        self.agentHead = agentHead
        self.indexStamp = indexStamp
        checkpoints = [latest.number: latest.commit]
    }

    /// Reads the vault.
    ///
    /// Also lets its index fit its last commit again, should a checkpoint have died half-way.
    static func read(_ shell: VaultShell, base: CommitID?) async throws -> VaultMemory {
        try shell.removeStaleLocks()
        let access = VaultAccess(tree: .read, agentGit: .read, vault: .write)
        let records: [String]
        do {
            records = try await shell.run(
                VaultShell.Job(
                    script: VaultScript.inspect,
                    operation: "read the checkpoints",
                    access: access,
                    variables: ["BASE": base?.rawValue ?? ""]
                )
            )
        } catch WorkspaceError.gitFailed(_, _, let message) {
            throw WorkspaceError.broken(detail: "the checkpoints cannot be read: \(message)")
        }
        let answer = ScriptAnswer(records)
        if let missing = answer.commit("missing") { throw WorkspaceError.baseMissing(missing, repository: "") }
        var checkpoints: [Int: CommitID] = [:]
        var agentHead: CommitID?
        var heavy: Set<Int> = []
        for ref in answer.all("ref") {
            let parts = ref.split(separator: " ").map(String.init)
            guard parts.count == 2, let commit = CommitID(rawValue: parts[1]) else { continue }
            if parts[0] == VaultRefs.agent { agentHead = commit }
            guard let number = parts[0].split(separator: "/").last.flatMap({ Int($0) }) else { continue }
            if parts[0] == VaultRefs.heavy(number) { heavy.insert(number) } else { checkpoints[number] = commit }
        }
        guard let tip = answer.commit("commit"), let tree = answer.tree("tree"), let last = checkpoints.keys.max()
        else { throw WorkspaceError.broken(detail: "there are no checkpoints") }
        var memory = VaultMemory(latest: CheckpointPoint(number: last, commit: tip, tree: tree))
        memory.agentHead = agentHead ?? base
        memory.checkpoints = checkpoints
        memory.heavy = heavy.intersection(checkpoints.keys)
        return memory
    }

    /// The last checkpoint that is not too large for the user's repository: the first never is.
    var lastLight: (number: Int, commit: CommitID) {
        let number = checkpoints.keys.filter { !heavy.contains($0) }.max()
        guard let number, let commit = checkpoints[number] else { return (latest.number, latest.commit) }
        return (number, commit)
    }
}
