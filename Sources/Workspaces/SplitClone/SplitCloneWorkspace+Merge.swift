import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func merge(
        into target: String,
        _ work: WorkDescription,
        verdict: @Sendable (CleanCheckout) async throws -> Bool
    ) async throws -> MergeOutcome {
        guard BranchName.isPath(target), let tip = try await main.commit("refs/heads/\(target)") else {
            throw WorkspaceError.unknownBranch(target)
        }
        guard let commit = try await makeResult(work) else { return .upToDate }
        switch try await rebase(commit, onto: tip) {
        case .upToDate: return .upToDate
        case .conflict(let paths): return .conflict(paths: paths)
        case .rebased(let combined):
            guard try await isAccepted(combined, by: verdict) else { return .rejected }
            return try await take(combined, into: target, from: tip)
        }
    }

    /// Brings the checked commit into the user's repository, the target branch to it, and the task's own branch after it.
    private func take(_ combined: CommitID, into target: String, from tip: CommitID) async throws -> MergeOutcome {
        let published = try await main.commit(PrivateRefs.result(site.task))
        try await importResult(combined)
        let outcome: MergeOutcome
        do {
            outcome = try await fastForward(target, from: tip, to: combined)
        } catch {
            await restoreResult(published)
            throw error
        }
        guard case .merged = outcome else {
            await restoreResult(published)
            return outcome
        }
        // What is merged is merged, whatever becomes of a branch that is no longer needed.
        return .merged(combined, ownBranch: try? await moveOwnBranch(from: published, to: combined))
    }

    /// Else the task's branch would no longer be known for unchanged when the merge is tried again.
    private func restoreResult(_ published: CommitID?) async {
        let ref = PrivateRefs.result(site.task)
        let change = published.map { ["update-ref", ref, $0.rawValue] } ?? ["update-ref", "-d", ref]
        // Where this fails, the branch stays where it is: why there was no merge is what a person needs to know.
        _ = try? await main.attempt(change, to: "remember the published commit")
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
    private func fastForward(_ target: String, from tip: CommitID, to commit: CommitID) async throws -> MergeOutcome {
        guard let worktree = try await worktree(of: target) else {
            guard try await set(target, to: commit, from: tip.rawValue) else {
                throw WorkspaceError.targetMoved(branch: target)
            }
            return .merged(commit)
        }
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
