import Domain
import Processes
import Synchronization

/// One try of a batch, from one tip of the branch.
struct IntegrationRound: Sendable {
    let integration: Integration
    let main: MainRepository
    let workspace: SplitCloneWorkspace
    let tip: CommitID
    let tipTree: TreeID

    private var batch: MergeBatch { integration.batch }
    private var site: IntegrationSite { integration.site }

    /// Makes the vault: there is no agent, and so there are no files of one.
    init(_ integration: Integration, main: MainRepository, tip: CommitID) async throws {
        guard let tree = try await main.tree(of: tip) else {
            throw WorkspaceError.baseMissing(tip, repository: main.path)
        }
        try await main.requireObjects(of: tip)
        let site = integration.site
        let layout = WorkspaceLayout(root: site.directory)
        for path in [layout.vault, layout.checkouts] { try FileTree.remove(path) }
        try GitDirectoryWriter(main: main, layout: layout).writeVault()
        let place = WorkspaceSite(
            task: site.id,
            name: integration.batch.target,
            repository: RepositorySpec(path: site.repository, base: tip),
            directory: site.directory
        )
        let parts = try await integration.provider.parts(of: place, layout)
        let marker = WorkspaceMarker(
            treeNumber: 0,
            base: tip,
            baseTree: tree,
            branch: integration.batch.target,
            isConfined: parts.shell.sandbox.isConfining
        )
        let memory = VaultMemory(latest: CheckpointPoint(number: 0, commit: tip, tree: tree))
        self.integration = integration
        self.main = main
        self.tip = tip
        tipTree = tree
        workspace = SplitCloneWorkspace(parts, marker: marker, memory: memory)
    }

    enum Outcome {
        case over(MergeReport)
        /// The branch is elsewhere by now: again, from there.
        case moved(MergeReport)
    }

    func run() async throws -> Outcome {
        var current = tip
        var count = 0
        var entries: [MergeEntryReport] = []
        for entry in batch.entries {
            let report = try await put(entry, onto: current)
            if case .fits(let commit) = report.outcome {
                current = commit
                count += 1
            }
            entries.append(report)
        }
        guard count > 0 else { return .over(try await judgeTip(entries)) }
        let combined = try await finish(current, count: count, entries)
        return try await judge(combined, entries)
    }

    private func report(
        _ verdict: MergeVerdict,
        _ entries: [MergeEntryReport],
        _ receipts: [CheckReceipt] = [],
        after: CommitID? = nil
    ) -> MergeReport {
        MergeReport(verdict, before: tip, after: after ?? tip, entries: entries, receipts: receipts)
    }

    // MARK: - On top of each other

    private func put(_ entry: MergeEntry, onto current: CommitID) async throws -> MergeEntryReport {
        let hint = integration.hints[entry.task]
        // Work that came from elsewhere and could not be taken in is not to be replaced by what happens to be here.
        let refs = try await WorkRefs.read(of: entry.task, for: site.id, in: main)
        guard hint?.sent == nil || refs.sent != nil, let work = refs.work(judged: hint?.judged) else {
            return MergeEntryReport(entry.task, .missing)
        }
        // Nothing is inside of what git does not take; the other entries are none the worse.
        if let pattern = entry.touches.first(where: { !SplitCloneWorkspace.isPattern($0) }) {
            return MergeEntryReport(entry.task, .outside(paths: [pattern]))
        }
        let answer = ScriptAnswer(
            try await workspace.shell.run(
                VaultShell.Job(
                    script: IntegrationScript.combine,
                    operation: "put the work of a task onto '\(batch.target)'",
                    variables: [
                        "ONTO": current.rawValue, "WORK": work.commit?.rawValue ?? "", "TREE_ID": work.tree.rawValue,
                        "PARENTS": work.parents.map(\.rawValue).joined(separator: " "), "TASK": entry.task.rawValue,
                        "EMPTY_TREE": main.objectFormat.emptyTree.rawValue, "RIVALS": String(MergeRival.most),
                    ],
                    arguments: try entry.touches.map(SplitCloneWorkspace.pathspec),
                    input: .bytes(Self.message(of: entry, work)),
                    author: workspace.author
                )
            )
        )
        let outcome = try Self.outcome(answer)
        guard case .conflict = outcome else { return MergeEntryReport(entry.task, outcome) }
        return MergeEntryReport(entry.task, outcome, rivals: answer.all("rival").compactMap(Self.rival))
    }

    /// As `COMMIT TASK`; the commit alone where nothing says whose it is.
    private static func rival(_ text: String) -> MergeRival? {
        let words = text.split(separator: " ").map(String.init)
        return words.first.flatMap(CommitID.init(rawValue:))
            .map { MergeRival($0, task: words.dropFirst().last.flatMap(TaskID.init(rawValue:))) }
    }

    private static func outcome(_ answer: ScriptAnswer) throws(WorkspaceError) -> MergeEntryOutcome {
        switch answer.all("state").last {
        case "present": return .present
        case "conflict": return .conflict(paths: answer.all("conflict"))
        case "outside":
            let allowed = Set(answer.all("allowed"))
            return .outside(paths: answer.all("changed").filter { !allowed.contains($0) })
        default:
            guard let commit = answer.commit("commit") else {
                throw .unreadableOutput(operation: "put the work of a task onto a branch")
            }
            return .fits(commit)
        }
    }

    /// By the trailers it is known later that the work is in the branch, whatever has come on top of it.
    private static func message(of entry: MergeEntry, _ work: TaskWork) -> [UInt8] {
        let trailers = "Makima-Task: \(entry.task)\nMakima-Work: \(work.tree)"
        return WorkDescription(title: entry.name, body: trailers).message
    }

    private struct Combined {
        var commit: CommitID
        var tree: TreeID
    }

    /// Of several commits one merge is made: along first parents, every commit of the branch was checked.
    private func finish(_ chain: CommitID, count: Int, _ entries: [MergeEntryReport]) async throws -> Combined {
        let merged = zip(batch.entries, entries).filter { if case .fits = $1.outcome { true } else { false } }
        let names = merged.map { "- \(WorkDescription.line($0.0.name))" }.joined(separator: "\n")
        let answer = ScriptAnswer(
            try await workspace.shell.run(
                VaultShell.Job(
                    script: IntegrationScript.finish,
                    operation: "make a merge commit",
                    variables: ["ONTO": tip.rawValue, "CHAIN": chain.rawValue, "IS_MERGE": count > 1 ? "yes" : ""],
                    input: .bytes(WorkDescription(title: "Merge \(count) tasks", body: names).message),
                    author: workspace.author
                )
            )
        )
        guard let commit = answer.commit("commit"), let tree = answer.tree("tree") else {
            throw WorkspaceError.unreadableOutput(operation: "make a merge commit")
        }
        return Combined(commit: commit, tree: tree)
    }

    // MARK: - Checks

    /// Without work that was to be merged, the branch alone is checked; with work that does not fit, nothing has changed.
    private func judgeTip(_ entries: [MergeEntryReport]) async throws -> MergeReport {
        guard batch.entries.isEmpty else { return report(.unchanged, entries) }
        let receipts = try await receipts(of: batch.checks, on: tip)
        switch ChecksStanding(receipts) {
        case .passed: return report(.unchanged, entries, receipts)
        case .failed: return report(.checksFailed(targetFails: true), entries, receipts)
        case .notEvaluated: return report(.notEvaluated, entries, receipts)
        }
    }

    private func judge(_ combined: Combined, _ entries: [MergeEntryReport]) async throws -> Outcome {
        let own = batch.entries.filter { entry in entries.contains { $0.task == entry.task && $0.fits } }
            .flatMap(\.checks)
        let receipts = try await receipts(of: batch.checks + own, on: combined.commit)
        switch ChecksStanding(receipts) {
        case .passed: break
        case .notEvaluated: return .over(report(.notEvaluated, entries, receipts))
        case .failed(let checks):
            // Those of the branch alone come after those of the whole; their tree is another. What one work alone has to pass
            // says nothing about a branch without it.
            let alone = try await self.receipts(of: checks.filter(batch.checks.contains), on: tip)
            let targetFails = if case .failed = ChecksStanding(alone) { true } else { false }
            return .over(report(.checksFailed(targetFails: targetFails), entries, receipts + alone))
        }
        switch try await land(combined) {
        case .merged: return .over(report(.merged, entries, receipts, after: combined.commit))
        case .obstructed(let obstacle): return .over(report(.obstructed(obstacle), entries, receipts))
        case .moved: return .moved(report(.obstructed(.branchMoved), entries, receipts))
        }
    }

    private func receipts(of checks: [CheckDefinition], on commit: CommitID) async throws -> [CheckReceipt] {
        guard !checks.isEmpty else { return [] }
        let checkout = try await workspace.checkOut(commit)
        let receipts: [CheckReceipt]
        do {
            receipts = try await integration.check(checkout, checks, tip)
        } catch {
            try checkout.remove()
            throw error
        }
        try checkout.remove()
        return receipts
    }

    // MARK: - Into the branch

    private enum Landing {
        case merged
        case moved
        case obstructed(MergeObstacle)
    }

    private func land(_ combined: Combined) async throws -> Landing {
        try await workspace.fetch(["+refs/makima/result:\(PrivateRefs.combined(site.id))"], of: [combined.commit])
        if let remote = site.remote { return try await remote.push(combined.commit, tip) ? .merged : .moved }
        do {
            guard let worktree = try await workspace.worktree(of: batch.target) else {
                let move = RefChange("refs/heads/\(batch.target)", from: tip, to: combined.commit)
                return try await workspace.change([move]) ? .merged : .moved
            }
            // By it is known which files come with the merge.
            let point = CheckpointPoint(number: 0, commit: combined.commit, tree: combined.tree)
            workspace.memory.withLock { $0.latest = point }
            let outcome = try await workspace.fastForward(batch.target, in: worktree, from: tip, to: combined.commit)
            if case .checkoutDirty(let paths) = outcome { return .obstructed(.checkoutDirty(paths: paths)) }
            return .merged
        } catch WorkspaceError.targetMoved {
            return .moved
        } catch WorkspaceError.filteredCheckout(_, let paths) {
            return .obstructed(.filtered(paths: paths))
        } catch let failure as WorkspaceError {
            guard case .gitFailed = failure else { throw failure }
            // Git ends alike whatever was wrong, and one that was killed may have done it: the branch tells.
            let now = try await main.commit("refs/heads/\(batch.target)")
            if now == tip { throw failure }
            return now == combined.commit ? .merged : .moved
        }
    }
}

extension MergeEntryReport {
    fileprivate var fits: Bool {
        guard case .fits = outcome else { return false }
        return true
    }
}
