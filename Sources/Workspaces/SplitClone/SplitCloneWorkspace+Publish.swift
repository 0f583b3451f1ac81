import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func publishBranch(_ work: WorkDescription) async throws -> PublishedBranch? {
        guard let commit = try await makeResult(work) else { return nil }
        let previous = try await main.commit(PrivateRefs.result(site.task))
        try await importResult(commit)
        return try await publish(commit, previous: previous)
    }

    /// Makes the commit that holds the work of the last checkpoint in the vault; `nil` when there is no work.
    func makeResult(_ work: WorkDescription) async throws -> CommitID? {
        try await turnstile.run {
            let snapshot = memory.withLock { $0 }
            let records = try await shell.run(
                VaultShell.Job(
                    script: OutcomeScript.result,
                    operation: "make a commit of the work",
                    variables: [
                        "BASE": marker.base?.rawValue ?? "", "AGENT_HEAD": snapshot.agentHead?.rawValue ?? "",
                        "TREE_ID": (work.tree ?? snapshot.latest.tree).rawValue,
                        "EMPTY_TREE": main.objectFormat.emptyTree.rawValue,
                    ],
                    input: .bytes(work.message),
                    author: author
                )
            )
            return ScriptAnswer(records).commit("commit")
        }
    }

    /// Who the user's own git would name.
    var author: UserConfiguration.Identity { main.configuration.identity ?? .makima }

    private func publish(_ commit: CommitID, previous: CommitID?) async throws -> PublishedBranch {
        let wanted = BranchName.own(label: site.name, task: site.task)
        // Another task may take a name between the look and the creation; each round one of them gets on.
        for _ in 1...Self.publishingRounds {
            let branches = try await branches()
            if let name = reusable(wanted, commit: commit, branches: branches) {
                return PublishedBranch(name: name, commit: commit)
            }
            if let previous, let name = reusable(wanted, commit: previous, branches: branches),
                try await worktree(of: name) == nil, try await set(name, to: commit, from: previous.rawValue)
            {
                return PublishedBranch(name: name, commit: commit)
            }
            let free = BranchName.candidates(for: wanted)
                .first { name in
                    branches.keys.allSatisfy { BranchName.coexist($0, name) }
                }
            guard let free else { throw WorkspaceError.noFreeBranchName(wanted) }
            if try await set(free, to: commit, from: main.objectFormat.zero) {
                return PublishedBranch(name: free, commit: commit)
            }
        }
        throw WorkspaceError.noFreeBranchName(wanted)
    }

    private static let publishingRounds = 10

    /// Moves the task's branch to where its work was merged; else git would call it not fully merged.
    ///
    /// Returns its name; `nil` where there is none, a person has moved it, or a worktree has it checked out.
    func moveOwnBranch(from published: CommitID?, to commit: CommitID) async throws -> String? {
        let wanted = BranchName.own(label: site.name, task: site.task)
        guard let published, let name = reusable(wanted, commit: published, branches: try await branches()),
            try await worktree(of: name) == nil, try await set(name, to: commit, from: published.rawValue)
        else { return nil }
        return name
    }

    private func reusable(_ wanted: String, commit: CommitID, branches: [String: CommitID]) -> String? {
        BranchName.candidates(for: wanted).first { branches[$0] == commit }
    }

    private func branches() async throws -> [String: CommitID] {
        let output = try await main.run(
            ["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads/"],
            to: "list branches"
        )
        var branches: [String: CommitID] = [:]
        for line in GitOutput.lines(output) {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            if parts.count == 2, let commit = CommitID(rawValue: parts[0]) { branches[parts[1]] = commit }
        }
        return branches
    }

    /// Moves or creates a branch, only if it still has the value `from`.
    ///
    /// Returns whether it had.
    func set(_ branch: String, to commit: CommitID, from old: String) async throws -> Bool {
        let result = try await main.attempt(
            ["update-ref", "-m", "makima: task \(site.task)", "refs/heads/\(branch)", commit.rawValue, old],
            to: "set the branch '\(branch)'",
            environment: GitIdentity.variables(author: author, at: shell.wallClock.now())
        )
        return result.status.isSuccess
    }

    /// Returns the path of the user's worktree that has `branch` checked out, or `nil` when none has.
    func worktree(of branch: String) async throws -> String? {
        let output = try await main.run(["worktree", "list", "--porcelain", "-z"], to: "list worktrees")
        var path: String?
        for record in GitOutput.records(output) {
            if record.hasPrefix("worktree ") { path = String(record.dropFirst("worktree ".count)) }
            if record == "branch refs/heads/\(branch)" { return path }
        }
        return nil
    }
}

extension WorkDescription {
    /// The commit message; the title's first line is its subject, which the body does not say again.
    var message: [UInt8] {
        let first = title.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let subject = first.isEmpty ? "Work of makima" : first
        let rest = body(after: subject)
        return Array((rest.isEmpty ? "\(subject)\n" : "\(subject)\n\n\(rest)\n").utf8.filter { $0 != 0 })
    }

    private func body(after subject: String) -> String {
        let lines = body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let first = lines.first, first == subject else { return body }
        return lines.dropFirst().drop { $0.allSatisfy(\.isWhitespace) }.joined(separator: "\n")
    }
}
