import Domain
import Glibc
import Processes

/// One making of a workspace.
struct SplitCloneCreation {
    let parts: WorkspaceParts

    private var site: WorkspaceSite { parts.site }
    private var main: MainRepository { parts.main }
    private var shell: VaultShell { parts.shell }
    private var layout: WorkspaceLayout { shell.layout }
    private var repository: RepositorySpec { site.repository }

    func run() async throws -> CreatedWorkspace {
        try removeLeftovers()
        let baseTree = try await checkBase()
        if let base = repository.base { try await pin(base) }
        do {
            return try await make(baseTree: baseTree)
        } catch {
            // The first error is the one that explains; what stays is removed by the next attempt.
            try? removeLeftovers()
            _ = try? await unpin()
            throw error
        }
    }

    private func make(baseTree: TreeID) async throws -> CreatedWorkspace {
        let branch = BranchName.own(label: site.name, task: site.task)
        try writeDirectories(branch: branch)
        let ground = try await layGround(baseTree: baseTree)
        let work = try await workFromElsewhere()
        _ = try await shell.run(populateJob(tree: work ?? ground.point.tree, baseTree: baseTree))
        let copied = try await IgnoredFileCopy(main: main, patterns: repository.copyFiles, cap: parts.limits.copyBytes)
            .run(into: layout.tree)
        let marker = try writeMarker(branch: branch, baseTree: baseTree)
        var memory = VaultMemory(
            latest: ground.point,
            agentHead: repository.base,
            indexStamp: agentGit.indexStamp()
        )
        memory.isIndexMoved = work != nil
        let workspace = SplitCloneWorkspace(parts, marker: marker, memory: memory)
        return CreatedWorkspace(
            workspace: workspace,
            base: checkpoint(ground.point, change: ground.change),
            copiedFiles: copied,
            notices: ground.notices
        )
    }

    /// The files that another machine has made of the base: they are there from the beginning, and the first checkpoint after the
    /// base has them.
    private func workFromElsewhere() async throws -> TreeID? {
        guard let commit = try await main.commit(PrivateRefs.start(site.task)) else { return nil }
        return try await main.tree(of: commit)
    }

    private var agentGit: AgentGitReader {
        AgentGitReader(directory: layout.agentGit, objectFormat: main.objectFormat)
    }

    private func checkpoint(_ point: CheckpointPoint, change: ChangeSize) -> Checkpoint {
        Checkpoint(
            number: point.number,
            commit: point.commit,
            tree: point.tree,
            cause: .base,
            iteration: 0,
            agentHead: repository.base,
            takenAt: shell.wallClock.now(),
            change: change
        )
    }

    /// An attempt without a marker was never given to an agent; one with checkpoints was, whatever became of the marker.
    private func removeLeftovers() throws(WorkspaceError) {
        guard !layout.hasCheckpoints else {
            throw .broken(detail: "'\(layout.marker)' is missing, but there are checkpoints")
        }
        for path in [layout.tree, layout.agentGit, layout.vault] { try FileTree.remove(path) }
    }

    private func checkBase() async throws -> TreeID {
        let needsCheckout = repository.includeChanges || !repository.copyFiles.isEmpty
        if main.isBare, needsCheckout { throw WorkspaceError.noCheckout(repository: main.path) }
        if repository.includeChanges {
            let head = try await main.commit("HEAD")
            guard head == repository.base else {
                throw WorkspaceError.changesElsewhere(base: repository.base, head: head)
            }
        }
        guard let base = repository.base else { return main.objectFormat.emptyTree }
        guard let tree = try await main.tree(of: base) else {
            throw WorkspaceError.baseMissing(base, repository: main.path)
        }
        try await main.requireObjects(of: base)
        return tree
    }

    /// Keeps the base from being pruned while the workspace borrows it.
    private func pin(_ base: CommitID) async throws {
        try await main.withoutStaleLocks(of: site.task, at: shell.wallClock.now) {
            _ = try await main.run(["update-ref", PrivateRefs.base(site.task), base.rawValue], to: "pin the base")
        }
    }

    private func unpin() async throws {
        _ = try await main.run(["update-ref", "-d", PrivateRefs.base(site.task)], to: "unpin the base")
    }

    private func writeDirectories(branch: String) throws(WorkspaceError) {
        try layout.makeTree(isConfining: shell.sandbox.isConfining)
        let writer = GitDirectoryWriter(main: main, layout: layout)
        try writer.writeAgentGit(branch: branch, commit: repository.base, base: baseBranch(beside: branch))
        try writer.writeVault()
    }

    private func baseBranch(beside branch: String) -> GitDirectoryWriter.BaseBranch? {
        guard let name = repository.baseBranch, let base = repository.base, BranchName.isPath(name),
            BranchName.coexist(name, branch)
        else { return nil }
        return GitDirectoryWriter.BaseBranch(name: name, commit: base)
    }

    /// The user's index is read once and never touched; a split one has its larger part in a file of its own.
    private func copyIndex() throws(WorkspaceError) {
        try FileTree.copyIfPresent("\(main.gitDirectory)/index", to: "\(layout.vault)/source-index")
        for name in try FileTree.names(in: main.gitDirectory) where name.hasPrefix("sharedindex.") {
            try FileTree.copyIfPresent("\(main.gitDirectory)/\(name)", to: "\(layout.vault)/\(name)")
        }
    }

    /// What checkpoint 0 is.
    private struct Ground {
        var point: CheckpointPoint
        var change = ChangeSize()
        var notices: [WorkspaceNotice] = []
    }

    /// Writes checkpoint 0 into the vault: the base, or the user's uncommitted work on top of it.
    private func layGround(baseTree: TreeID) async throws -> Ground {
        let refs = VaultRefs(vault: layout.vault)
        var ground: Ground
        if let base = repository.base, !repository.includeChanges {
            ground = Ground(point: CheckpointPoint(number: 0, commit: base, tree: baseTree))
        } else {
            let keeper = sourceKeeper()
            do {
                ground = try await keeper.persistently { try await takeUserChanges(by: keeper, baseTree: baseTree) }
            } catch {
                await keeper.close()
                throw error
            }
            await keeper.close()
        }
        if let base = repository.base { try refs.set(VaultRefs.agent, to: base) }
        try refs.set(VaultRefs.checkpoints, to: ground.point.commit)
        try refs.set(VaultRefs.checkpoint(0), to: ground.point.commit)
        return ground
    }

    /// Works in the user's checkout, which it can only read, on a copy of the index.
    private func sourceKeeper() -> VaultKeeper {
        guard repository.includeChanges else { return VaultKeeper(shell, access: VaultAccess(tree: .read)) }
        return VaultKeeper(
            shell,
            access: VaultAccess(source: main.path),
            variables: ["GIT_WORK_TREE": main.path, "GIT_INDEX_FILE": "\(shell.view.vault)/source-index"],
            directory: main.path
        )
    }

    private func takeUserChanges(by keeper: VaultKeeper, baseTree: TreeID) async throws -> Ground {
        var staging = Staging(keeper, room: "\(layout.vault)/makima")
        var tree = baseTree
        if repository.includeChanges {
            try copyIndex()
            try await staging.stage(try await staging.status())
            tree = try await staging.writeTree()
            try FileTree.remove("\(layout.vault)/source-index")
        }
        var commit = repository.base
        if commit == nil || tree != baseTree {
            let text = CommitText(
                tree: tree,
                parent: commit,
                time: shell.wallClock.now(),
                message: "makima checkpoint 0"
            )
            try FileTree.overwrite(text.bytes, at: "\(layout.vault)/makima/commit")
            commit = try await keeper.writeCommit()
        }
        guard let commit else { throw WorkspaceError.unreadableOutput(operation: "fill the workspace") }
        return Ground(
            point: CheckpointPoint(number: 0, commit: commit, tree: tree),
            change: tree == baseTree ? ChangeSize() : try await keeper.changeSize(from: baseTree, to: tree),
            notices: staging.notices.all
        )
    }

    private func populateJob(tree: TreeID, baseTree: TreeID) -> VaultShell.Job {
        VaultShell.Job(
            script: VaultScript.populate,
            operation: "fill the workspace",
            access: VaultAccess(tree: .write, agentGit: .write),
            variables: ["TREE_ID": tree.rawValue, "BASE_TREE": baseTree.rawValue],
            timeout: .seconds(3600)
        )
    }

    private func writeMarker(branch: String, baseTree: TreeID) throws(WorkspaceError) -> WorkspaceMarker {
        let numbers = try layout.numbers()
        let marker = WorkspaceMarker(
            treeNumber: numbers.tree,
            rootNumber: numbers.root,
            base: repository.base,
            baseTree: baseTree,
            branch: branch,
            isConfined: shell.sandbox.isConfining
        )
        try marker.write(to: layout.marker)
        return marker
    }
}

/// What every operation on one workspace needs.
struct WorkspaceParts: Sendable {
    let site: WorkspaceSite
    let main: MainRepository
    let shell: VaultShell
    let limits: WorkspaceLimits
}

/// The refs of makima's own in the user's repository.
enum PrivateRefs {
    static func base(_ task: TaskID) -> String { "refs/makima/base/\(task)" }
    /// What another machine has made of the base, where the task goes on from there.
    static func start(_ task: TaskID) -> String { "refs/makima/start/\(task)" }
    static func checkpoint(_ task: TaskID, _ number: Int) -> String { "refs/makima/checkpoints/\(task)/\(number)" }
    static func checkpoints(_ task: TaskID) -> String { "refs/makima/checkpoints/\(task)/" }
    /// The last commit of the agent's own that makima has.
    static func agent(_ task: TaskID) -> String { "refs/makima/agents/\(task)" }
    /// What of the agent's branches, tags, stashes and reflogs was nowhere else when the workspace was removed.
    static func kept(_ task: TaskID) -> String { "refs/makima/kept/\(task)/" }
    /// A commit that a branch is to be moved to; gone when that is done.
    static func imported(_ task: TaskID) -> String { "refs/makima/imported/\(task)" }
    /// Where makima last put the task's branch: one that is elsewhere now was moved by a person.
    static func result(_ task: TaskID) -> String { "refs/makima/results/\(task)" }
    /// What a merge of several tasks needs while it goes on.
    static func merge(_ id: TaskID) -> String { "refs/makima/merges/\(id)/" }
    /// The commit that a branch is to be moved to by a merge of several tasks.
    static func combined(_ merge: TaskID) -> String { "refs/makima/merges/\(merge)/combined" }
    /// The work of a task that came from elsewhere, for a merge of several tasks.
    static func sent(_ task: TaskID, for merge: TaskID) -> String { "refs/makima/merges/\(merge)/sent/\(task)" }
}
