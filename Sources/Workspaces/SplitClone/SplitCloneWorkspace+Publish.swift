import Domain
import Processes
import Synchronization

extension SplitCloneWorkspace {
    func publishBranch(_ work: WorkDescription) async throws -> PublishedBranch? {
        guard let commit = try await makeResult(work) else { return nil }
        let own = try await ownBranch()
        try await importResult(commit)
        do {
            return try await publish(commit, own: own)
        } catch {
            await dropImported()
            throw error
        }
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

    private func publish(_ commit: CommitID, own: OwnBranch) async throws -> PublishedBranch {
        let wanted = BranchName.own(label: site.name, task: site.task)
        // Another task may take a name between the look and the creation; each round one of them gets on.
        for _ in 1...Self.publishingRounds {
            let branches = try await branches()
            if let name = own.name, branches[name] == commit {
                await dropImported()
                return PublishedBranch(name: name, commit: commit)
            }
            if let name = try await moveOwnBranch(own, to: commit) {
                await dropImported()
                return PublishedBranch(name: name, commit: commit)
            }
            let free = BranchName.candidates(for: wanted)
                .first { name in
                    branches.keys.allSatisfy { BranchName.coexist($0, name) }
                }
            guard let free else { throw WorkspaceError.noFreeBranchName(wanted) }
            // Before the branch: one whose name is not known would never be makima's again.
            try FileTree.write(Array(free.utf8), to: layout.branchName)
            let creation = RefChange("refs/heads/\(free)", from: nil, to: commit)
            if try await change([creation, own.result(at: commit, site.task)]) {
                await dropImported()
                return PublishedBranch(name: free, commit: commit)
            }
        }
        throw WorkspaceError.noFreeBranchName(wanted)
    }

    private static let publishingRounds = 10

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
        let first = Self.line(title)
        let subject = first.isEmpty ? "Work of makima" : first
        let rest = body(after: subject)
        return Array((rest.isEmpty ? "\(subject)\n" : "\(subject)\n\n\(rest)\n").utf8.filter { $0 != 0 })
    }

    /// The first line of a text.
    static func line(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    private func body(after subject: String) -> String {
        let lines = body.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        guard let first = lines.first, first == subject else { return body }
        return lines.dropFirst().drop { $0.allSatisfy(\.isWhitespace) }.joined(separator: "\n")
    }
}
