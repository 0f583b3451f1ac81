import Domain

/// Brings an index of the vault in line with a tree of files.
///
/// Git runs in the sandbox, in the tree, with the vault as its directory: the configuration that it reads is makima's
/// own. The agent's configuration is never read, so nothing the agent wrote can run while the vault is writable. What
/// belongs to the tree: files that the agent's index has (also ignored ones), and untracked files that are not ignored.
struct Staging {
    let keeper: VaultKeeper
    /// `makima` in the vault, on the host: where makima and the scripts hand each other lists of paths.
    let room: String

    /// Whether git looks for changes without writing the index; only where that has no cache of untracked files.
    var keepsIndex = false

    private(set) var hasStaged = false
    /// How many files a look at them found new, changed or gone.
    private(set) var stagedCount = 0
    private(set) var notices = Notices()

    /// What could not be taken along.
    struct Notices {
        var nested: [String] = []
        var left: [String] = []
        var isAgentIndexUnreadable = false

        var all: [WorkspaceNotice] {
            var notices: [WorkspaceNotice] = []
            if !nested.isEmpty { notices.append(.nestedRepositories(nested)) }
            if !left.isEmpty { notices.append(.filesLeftOut(left)) }
            if isAgentIndexUnreadable { notices.append(.agentIndexUnreadable) }
            return notices
        }
    }

    /// The index, on the host, and when the last look at the files began.
    private let clock: ScanClock?

    /// Without a `clock`, nothing that git has cached of untracked files is believed.
    init(_ keeper: VaultKeeper, room: String, clock: ScanClock? = nil) {
        self.keeper = keeper
        self.room = room
        self.clock = clock
    }

    /// When the look at the files began, for the next ``ScanClock``; `nil` before it.
    private(set) var scanBegan: Int?

    /// Lists what differs between the index and the files.
    ///
    /// Submodules are ignored, because git would start itself in them, with their configuration.
    mutating func status() async throws -> TreeStatus {
        scanBegan = try clock?.begin()
        let line = clock == nil ? StagingScript.uncachedStatus(keepsIndex: keepsIndex) : StagingScript.status
        let answer = try await keeper.attempt(line, to: "look for changes")
        guard answer.status == 0 else { throw VaultKeeper.failure("look for changes", answer) }
        let status = TreeStatus(output: answer.output, errorOutput: answer.errorOutput)
        notices.nested += status.nested
        notices.left += status.closed
        return status
    }

    mutating func stage(_ status: TreeStatus) async throws {
        guard !status.isEmpty else { return }
        hasStaged = true
        stagedCount += status.count
        try FileTree.overwrite(status.gone + status.present, at: "\(room)/paths")
        guard try await keeper.attempt(StagingScript.stage("paths"), to: "stage files").status != 0 else { return }
        try FileTree.overwrite(status.gone, at: "\(room)/gone")
        try FileTree.overwrite(status.present, at: "\(room)/present")
        notices.left += GitOutput.records(try await keeper.run(StagingScript.stageOneByOne, to: "stage files"))
    }

    /// Takes over what only the agent's index knows: ignored files that it added, and gitlinks.
    ///
    /// The index is data here; git reads it with the vault's configuration.
    mutating func followAgentIndex(from tree: TreeID, _ agentGit: AgentGitReader) async throws {
        switch agentGit.indexKind() {
        case .missing: return
        case .file: break
        case .other:
            notices.isAgentIndexUnreadable = true
            return
        }
        let answer = try await keeper.attempt(StagingScript.compareAgentIndex(with: tree), to: "read the agent's index")
        guard answer.status == 0 else {
            notices.isAgentIndexUnreadable = true
            return
        }
        let difference = IndexDifference(answer.output)
        guard !difference.isEmpty else { return }
        hasStaged = true
        try await take(difference.gitlinks, by: StagingScript.stageEntries("taken"))
        try await take(difference.added, by: StagingScript.stage("taken"))
        try await dropIgnored(difference.untracked)
    }

    private mutating func take(_ input: [UInt8], by line: String) async throws {
        guard !input.isEmpty else { return }
        try FileTree.overwrite(input, at: "\(room)/taken")
        if try await keeper.attempt(line, to: "follow the agent's index").status != 0 {
            notices.isAgentIndexUnreadable = true
        }
    }

    /// Takes out files that are ignored by now and that the agent does not track.
    private func dropIgnored(_ untracked: [UInt8]) async throws {
        guard !untracked.isEmpty else { return }
        try FileTree.overwrite(untracked, at: "\(room)/untracked")
        // Its status is 1 when nothing is ignored.
        let dropped = try await keeper.attempt(StagingScript.ignored("untracked"), to: "look for ignored files").output
        guard !dropped.isEmpty else { return }
        try FileTree.overwrite(dropped, at: "\(room)/dropped")
        _ = try await keeper.run(StagingScript.remove("dropped"), to: "leave ignored files out")
    }

    func writeTree() async throws -> TreeID {
        let output = try await keeper.run(StagingScript.writeTree, to: "write the tree")
        guard let tree = TreeID(rawValue: GitOutput.line(output)) else {
            throw WorkspaceError.unreadableOutput(operation: "write the tree")
        }
        return tree
    }
}
