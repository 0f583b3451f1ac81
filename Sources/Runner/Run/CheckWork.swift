import Checks
import Domain
import LoopCore
import Processes
import Workspaces

/// The checks of one iteration, one after the other, each with a receipt.
struct CheckWork: Sendable {
    let parts: RunParts
    let spec: TaskSpec
    let number: Int
    /// The name of the directory of this execution's logs; unique in the task.
    let label: String
    let point: CheckpointPoint
    let trees: ReferenceTrees
    /// Something in the workspace could not be taken into the tree.
    var hasFilesOutsideTree = false
    /// What is left of the task's time; `nil` where that is no matter.
    var timeLeft: Duration?

    private var base: CommitID { trees.baseCommit }
    private var baseTree: TreeID { trees.base }
    private var accepted: TreeID { trees.accepted }

    /// Never throws: whatever goes wrong becomes an event that the machine understands.
    func perform() async -> Happening {
        do {
            let watch = Stopwatch(parts.surroundings.clock)
            var receipts: [CheckReceipt] = []
            let isClean = try await needsCleanCheckout()
            var isCut = false
            for (index, check) in spec.checks.enumerated() where !isCut {
                let time = timeLeft.map { $0 - watch.elapsed }
                let made = try await receipt(of: check, index: index, clean: check.clean || isClean, within: time)
                receipts.append(made)
                isCut = made.isCut(within: time, allowed: timeout(of: check))
            }
            let after = try await parts.workspace.checkpoint(.checksRan, iteration: number)
            let changed = try await parts.workspace.changedPaths(
                from: accepted,
                to: after.checkpoint.tree,
                matching: spec.guarded
            )
            // A check that changes what is protected has not judged what was asked for.
            guard changed.isEmpty else { return .event(.blocked(.protectedPaths(changed))) }
            var report = ChecksReport(
                number: number,
                receipts: receipts,
                treeAfterChecks: after.checkpoint.tree,
                activeTime: watch.elapsed
            )
            report.isCutByBudget = isCut
            return .checksEnded(report, after)
        } catch {
            return .event(RunFailure.event(for: error))
        }
    }

    /// Runs all checks on a checkout of their own.
    func receipts(in checkout: CleanCheckout) async throws -> [CheckReceipt] {
        var receipts: [CheckReceipt] = []
        for (index, check) in spec.checks.enumerated() {
            receipts.append(try await receipt(of: check, index: index, place: Place(checkout), within: nil))
        }
        return receipts
    }

    private func timeout(of check: CheckDefinition) -> Duration { check.timeout ?? spec.timeouts.check }

    /// Whether the workspace may hold files that are not in the tree and that the base did not ignore, or others than the
    /// tree has: then only a clean checkout of the tree can be judged.
    private func needsCleanCheckout() async throws -> Bool {
        guard !hasFilesOutsideTree else { return true }
        let workspace = parts.workspace
        let rules = try await workspace.changedPaths(
            from: baseTree,
            to: point.tree,
            matching: ["**/.gitignore", "**/.gitattributes"]
        )
        guard rules.isEmpty else { return true }
        guard try await workspace.secretPaths().isEmpty, try await workspace.looseSubmodules().isEmpty else {
            return true
        }
        return try await !workspace.convertedPaths(of: point.tree, matching: spec.protected).isEmpty
    }

    private func receipt(
        of check: CheckDefinition,
        index: Int,
        clean: Bool,
        within time: Duration?
    ) async throws -> CheckReceipt {
        guard clean else {
            return try await receipt(of: check, index: index, place: Place(parts.workspace, point.tree), within: time)
        }
        let checkout = try await parts.workspace.checkOut(point.commit)
        do {
            let receipt = try await receipt(of: check, index: index, place: Place(checkout), within: time)
            try checkout.remove()
            return receipt
        } catch {
            // Why nothing was judged counts more than that its files stay; the next checkout takes their place.
            try? checkout.remove()
            throw error
        }
    }

    private func receipt(
        of check: CheckDefinition,
        index: Int,
        place: Place,
        within time: Duration?
    ) async throws -> CheckReceipt {
        parts.observer.observe(.checkBegan(check, iteration: number))
        let spool = parts.directory.check(index, label: label)
        try makeDirectories(spool)
        let confined = parts.confinement.shellCommand(
            check.command,
            binds: place.binds,
            workingDirectory: place.directory,
            network: check.network
        )
        let control = parts.control
        defer { control.detach() }
        let supervised = confined.supervised(
            in: parts.confinement,
            spool: spool,
            deadline: timeout(of: check).cut(to: time)
        )
        let runner = CheckRunner(supervisor: parts.supervisor, clock: parts.surroundings.clock)
        let (execution, problem) = await parts.withinDisk(output: spool) {
            await runner.run(supervised) { control.attach($0) }
        }
        parts.announceRefusals()
        await parts.settle(spool)
        if let problem { throw RunStopped(reason: .blocked(.environment(problem))) }
        var receipt = CheckReceipt(
            check: check,
            verdict: HiddenProgram.explain(
                execution.verdict,
                output: execution.outputTail,
                in: parts.confinement,
                parts.agents
            ),
            iteration: number,
            duration: execution.duration,
            tree: place.tree,
            base: base,
            outputTail: execution.outputTail,
            logPath: execution.logPath
        )
        receipt.limitHits = execution.limitHits
        parts.observer.observe(.checkEnded(receipt))
        return receipt
    }

    /// Where a check runs.
    private struct Place {
        var tree: TreeID
        var binds: [SandboxProfile.Bind]
        var directory: String

        init(_ workspace: any Workspace, _ tree: TreeID) {
            self.tree = tree
            binds = workspace.binds
            directory = workspace.workingDirectory
        }

        init(_ checkout: CleanCheckout) {
            tree = checkout.tree
            binds = checkout.binds
            directory = checkout.workingDirectory
        }
    }
}

extension CheckReceipt {
    /// Whether its check was ended for the task's time rather than for its own time-out.
    fileprivate func isCut(within time: Duration?, allowed: Duration) -> Bool {
        let deadline = allowed.cut(to: time)
        return deadline < allowed && verdict == .notEvaluated(.timedOut(after: deadline))
    }
}

extension Duration {
    /// The time that may be taken where no more than `left` is left; a second is always given.
    func cut(to left: Duration?) -> Duration {
        left.map { min(self, max($0, .seconds(1))) } ?? self
    }
}
