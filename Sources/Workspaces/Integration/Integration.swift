package import Domain
import Processes

extension SplitCloneProvider {
    /// Runs checks on a checkout, and returns a receipt for each.
    package typealias BatchChecks =
        @Sendable (_ checkout: CleanCheckout, _ checks: [CheckDefinition], _ tip: CommitID) async throws ->
        [CheckReceipt]

    /// Puts the work of several tasks on top of each other and of the target branch, has the whole checked, and moves the
    /// branch there, by a fast-forward.
    ///
    /// What does not fit is left out and told. Killed at any point, it comes to the same when it is called again: what is in
    /// the branch by then is found to be there.
    package func integrate(
        _ batch: MergeBatch,
        at site: IntegrationSite,
        knowing hints: [TaskID: WorkHint] = [:],
        checks: @escaping BatchChecks
    ) async throws -> MergeReport {
        try await Integration(provider: self, batch: batch, site: site, hints: hints, check: checks).run()
    }

    /// Removes what a merge that was killed has left in the repository; its directory is the caller's.
    package func removeRemains(ofMergeAt site: IntegrationSite) async throws {
        let main = try await MainRepository.discover(site.repository, git: git)
        try await main.removeRefs(ofMerge: site.id, at: wallClock.now)
    }
}

/// One batch on its way into a branch.
struct Integration: Sendable {
    let provider: SplitCloneProvider
    let batch: MergeBatch
    let site: IntegrationSite
    let hints: [TaskID: WorkHint]
    let check: SplitCloneProvider.BatchChecks

    private static let tries = 3

    func run() async throws -> MergeReport {
        // A copy may be made by it.
        try await site.remote?.fetch()
        let main = try await MainRepository.discover(site.repository, git: provider.git)
        try await removeRemains(in: main)
        do {
            let report = try await merge(in: main)
            // What stays is removed by the next one, and is no reason to fail.
            try? await removeRemains(in: main)
            return report
        } catch {
            // The first error is the one that explains.
            try? await removeRemains(in: main)
            throw error
        }
    }

    private func removeRemains(in main: MainRepository) async throws {
        let layout = WorkspaceLayout(root: site.directory)
        for path in [layout.vault, layout.checkouts] { try FileTree.remove(path) }
        try await main.removeRefs(ofMerge: site.id, at: provider.wallClock.now)
    }

    private func merge(in main: MainRepository) async throws -> MergeReport {
        var last = MergeReport(.obstructed(.branchMissing), before: nil, after: nil)
        guard BranchName.isPath(batch.target) else { return last }
        try FileTree.makeDirectories(site.directory)
        for number in 1...Self.tries {
            if number > 1 { try await site.remote?.fetch() }
            guard let tip = try await main.commit(site.reference(of: batch.target)) else { return last }
            if number == 1 { await takeSentWork() }
            let round = try await IntegrationRound(self, main: main, tip: tip)
            switch try await round.run() {
            case .over(let report): return report
            case .moved(let report): last = report
            }
        }
        return last
    }

    /// Work that cannot be taken in is missing.
    private func takeSentWork() async {
        let transfer = WorkTransfer(git: provider.git, repository: site.repository)
        for (task, hint) in hints {
            guard let sent = hint.sent else { continue }
            // Whose work it is hears that it is missing.
            try? await transfer.take(sent, as: PrivateRefs.sent(task, for: site.id), room: site.directory)
        }
    }
}

extension MainRepository {
    fileprivate func removeRefs(ofMerge id: TaskID, at time: @Sendable () -> Timestamp) async throws {
        let names = GitOutput.lines(
            try await run(["for-each-ref", "--format=%(refname)", PrivateRefs.merge(id)], to: "list makima's refs")
        )
        for name in names {
            try await withoutStaleLocks(of: id, at: time) {
                _ = try await run(["update-ref", "-d", name], to: "let go of a merge")
            }
        }
    }
}

/// What the receipts of all checks come to.
enum ChecksStanding: Hashable, Sendable {
    case passed
    /// These do not pass; others may not have been evaluated.
    case failed([CheckDefinition])
    case notEvaluated

    init(_ receipts: [CheckReceipt]) {
        let failed = receipts.filter { if case .failed = $0.verdict { true } else { false } }
        if !failed.isEmpty {
            self = .failed(failed.map(\.check))
        } else {
            self = receipts.allSatisfy(\.verdict.isPassed) ? .passed : .notEvaluated
        }
    }
}
