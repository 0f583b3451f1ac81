import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func merge(
        into target: String,
        _ work: WorkDescription,
        verdict: @Sendable (CleanCheckout) async throws -> Bool
    ) async throws -> MergeOutcome {
        guard BranchName.isPath(target) else { throw WorkspaceError.unknownBranch(target) }
        guard let tip = try await main.commit("refs/heads/\(target)") else {
            return try await begin(target, with: work, verdict: verdict)
        }
        guard let commit = try await makeResult(work) else { return .upToDate }
        switch try await rebase(commit, onto: tip) {
        case .upToDate:
            await catchUp(with: tip)
            return .upToDate
        case .conflict(let paths): return .conflict(paths: paths)
        case .rebased(let combined):
            guard try await isAccepted(combined, by: verdict) else { return .rejected }
            return try await takeWhole(combined, into: target, from: tip)
        }
    }

    /// Makes the work the first commits of a branch that is checked out and has none yet.
    private func begin(
        _ target: String,
        with work: WorkDescription,
        verdict: @Sendable (CleanCheckout) async throws -> Bool
    ) async throws -> MergeOutcome {
        switch try await main.unbornBranch() {
        case target: break
        case .some(let unborn): throw WorkspaceError.unknownBranchBeforeFirst(target, unborn: unborn)
        case nil: throw WorkspaceError.unknownBranch(target)
        }
        guard let commit = try await makeResult(work) else { return .upToDate }
        guard try await isAccepted(commit, by: verdict) else { return .rejected }
        return try await takeWhole(commit, into: target, from: nil)
    }

    /// Not in a cancelled task; but once begun it is done to the end: the user's files are not left half changed.
    private func takeWhole(_ commit: CommitID, into target: String, from tip: CommitID?) async throws -> MergeOutcome {
        try Task.checkCancellation()
        return try await Task { try await take(commit, into: target, from: tip) }.value
    }

    /// Brings the checked commit into the user's repository, the target branch to it, and the task's own branch after it.
    ///
    /// Killed at any point, it leaves the import behind, by which the next merge sees what is left to be done.
    ///
    /// Without a `tip` the branch is not there yet.
    private func take(_ combined: CommitID, into target: String, from tip: CommitID?) async throws -> MergeOutcome {
        let own = try await ownBranch()
        try await importResult(combined, onto: tip)
        do {
            if let worktree = try await worktree(of: target) {
                let outcome = try await fastForward(target, in: worktree, from: tip, to: combined)
                guard case .merged = outcome else {
                    await dropImported()
                    return outcome
                }
                // What is merged is merged, whatever becomes of a branch that is no longer needed.
                return .merged(combined, ownBranch: try? await follow(own, to: combined))
            }
            return .merged(combined, ownBranch: try await move(target, from: tip, to: combined, followedBy: own))
        } catch {
            // A target that is elsewhere may have been moved by this very merge: then the import is needed.
            if (try? await main.commit("refs/heads/\(target)")) == tip { await dropImported() }
            throw error
        }
    }

    /// Lets the task's own branch follow to where its work was merged; else git would call it not fully merged.
    private func follow(_ own: OwnBranch, to commit: CommitID) async throws -> String? {
        let name = try await moveOwnBranch(own, to: commit)
        await dropImported()
        return name
    }

    /// Moves a branch that is checked out nowhere, and in the same step the task's own; returns the name of that.
    private func move(
        _ target: String,
        from tip: CommitID?,
        to commit: CommitID,
        followedBy own: OwnBranch
    ) async throws -> String? {
        let move = RefChange("refs/heads/\(target)", from: tip, to: commit)
        // Work may go into the task's own branch: then there is nothing that follows.
        if own.name != target, let (name, changes) = try await following(own, to: commit),
            try await change([move] + changes)
        {
            await dropImported()
            return name
        }
        guard try await change([move]) else { throw WorkspaceError.targetMoved(branch: target) }
        await dropImported()
        return nil
    }

    /// Does what a merge that was killed after it had moved the target left undone.
    private func catchUp(with tip: CommitID) async {
        // The work is merged, whatever becomes of a branch that is no longer needed.
        guard let imported = try? await main.commit(PrivateRefs.imported(site.task)) else { return }
        let answer = try? await main.attempt(
            ["merge-base", "--is-ancestor", imported.rawValue, tip.rawValue],
            to: "look whether the work is merged"
        )
        guard answer?.status.isSuccess == true else { return }
        // Here too: the import stays, and with it the chance to do it the next time.
        if let own = try? await ownBranch() { _ = try? await follow(own, to: imported) }
    }

    private enum Rebase {
        case upToDate
        case conflict([String])
        case rebased(CommitID)
    }

    private func rebase(_ commit: CommitID, onto tip: CommitID) async throws -> Rebase {
        try await turnstile.run {
            let records = try await shell.run(
                VaultShell.Job(
                    script: OutcomeScript.rebase,
                    operation: "rebase the work",
                    variables: [
                        "COMMIT": commit.rawValue, "ONTO": tip.rawValue, "BASE": marker.base?.rawValue ?? "",
                        "GIT_DEFAULT_HASH": main.objectFormat.rawValue,
                    ],
                    author: author
                )
            )
            let answer = ScriptAnswer(records)
            if answer.all("state").contains("done") { return .upToDate }
            if let combined = answer.commit("commit") { return .rebased(combined) }
            return .conflict(answer.all("conflict"))
        }
    }

    private func isAccepted(
        _ commit: CommitID,
        by verdict: @Sendable (CleanCheckout) async throws -> Bool
    ) async throws -> Bool {
        let checkout = try await checkOut(commit)
        let isAccepted: Bool
        do {
            isAccepted = try await verdict(checkout)
        } catch {
            try checkout.remove()
            throw error
        }
        try checkout.remove()
        return isAccepted
    }

    /// Moves the branch, together with the files of the user's worktree that has it checked out.
    func fastForward(
        _ target: String,
        in worktree: String,
        from tip: CommitID?,
        to commit: CommitID
    ) async throws -> MergeOutcome {
        let checkout = try await MainRepository.discover(worktree, git: main.git)
        let changed = Set(try await checkout.changedPaths(from: tip, to: commit))
        try await refuseFilters(of: checkout, changed, branch: target)
        let uncommitted = try await checkout.uncommittedPaths().filter { overlaps($0, changed) }
        let dirty = uncommitted + (try await checkout.untrackedPaths(inTheWayOf: changed, known: uncommitted))
        guard dirty.isEmpty else { return .checkoutDirty(paths: dirty) }
        guard try await main.commit("refs/heads/\(target)") == tip else {
            throw WorkspaceError.targetMoved(branch: target)
        }
        _ = try await checkout.run(
            [
                "merge", "--ff-only", "--no-overwrite-ignore", "--quiet", "--no-autostash", "--no-stat",
                commit.rawValue,
            ],
            to: "fast-forward '\(target)' in '\(worktree)'",
            environment: GitIdentity.variables(author: author, at: shell.wallClock.now())
        )
        return .merged(commit)
    }

    /// An untracked directory is listed as one path; whatever is to be written below it is in the way too.
    private func overlaps(_ path: String, _ changed: Set<String>) -> Bool {
        if changed.contains(path) { return true }
        let directory = path.hasSuffix("/") ? path : "\(path)/"
        return changed.contains { $0.hasPrefix(directory) || path.hasPrefix("\($0)/") }
    }

    /// Git would hand the agent's files to programs such as `git lfs`, which obey files of the agent's.
    private func refuseFilters(of checkout: MainRepository, _ changed: Set<String>, branch: String) async throws {
        guard checkout.configuration.hasFilters else { return }
        let latest = memory.withLock(\.latest)
        let attributes = try await changedPaths(
            from: marker.baseTree,
            to: latest.tree,
            matching: ["**/.gitattributes"]
        )
        let filtered = try await checkout.filteredPaths(changed.sorted()) + attributes
        guard filtered.isEmpty else { throw WorkspaceError.filteredCheckout(branch: branch, paths: filtered) }
    }
}
