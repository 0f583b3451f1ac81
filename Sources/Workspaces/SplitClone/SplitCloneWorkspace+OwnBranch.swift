import Domain
import Processes

/// The task's branch in the user's repository, as makima last left it.
struct OwnBranch: Hashable, Sendable {
    /// Without `refs/heads/`; `nil` where none was published.
    var name: String?
    var commit: CommitID?

    /// Remembers that the branch is at `new`.
    func result(at new: CommitID, _ task: TaskID) -> RefChange {
        RefChange(PrivateRefs.result(task), from: commit, to: new)
    }
}

/// A reference that is made or moved, if it still is where it was.
struct RefChange: Hashable, Sendable {
    var name: String
    /// `nil` where it must not exist.
    var old: CommitID?
    var new: CommitID

    init(_ name: String, from old: CommitID?, to new: CommitID) {
        self.name = name
        self.old = old
        self.new = new
    }
}

extension SplitCloneWorkspace {
    func ownBranch() async throws -> OwnBranch {
        let name = String(decoding: try MainRepository.contents(layout.branchName), as: UTF8.self)
        return OwnBranch(
            name: BranchName.isPath(name) ? name : nil,
            commit: try await main.commit(PrivateRefs.result(site.task))
        )
    }

    /// Moves the task's branch to an imported commit.
    ///
    /// Returns its name; `nil` where there is none, a person has moved it, or a worktree has it checked out.
    func moveOwnBranch(_ own: OwnBranch, to commit: CommitID) async throws -> String? {
        guard let (name, changes) = try await following(own, to: commit), try await change(changes) else { return nil }
        return name
    }

    /// Returns the name of the task's branch and what moves it, `nil` where it is not makima's to be moved.
    func following(_ own: OwnBranch, to commit: CommitID) async throws -> (name: String, changes: [RefChange])? {
        guard let name = own.name, let published = own.commit, try await main.commit("refs/heads/\(name)") == published,
            try await worktree(of: name) == nil
        else { return nil }
        let branch = RefChange("refs/heads/\(name)", from: published, to: commit)
        return (name, [branch, own.result(at: commit, site.task)])
    }

    /// Changes references in one transaction.
    ///
    /// Returns whether all had their old values; otherwise all still have the value they had.
    func change(_ changes: [RefChange]) async throws -> Bool {
        do {
            return try await transact(changes)
        } catch WorkspaceError.gitFailed(_, .signal(_), _) {
            // Killed, it may have done all of it, some, or nothing.
            var left: [RefChange] = []
            for change in changes where try await main.commit(change.name) != change.new { left.append(change) }
            return left.isEmpty ? true : try await transact(left)
        }
    }

    private func transact(_ changes: [RefChange]) async throws -> Bool {
        let zero = main.objectFormat.zero
        let lines = changes.map { "update \($0.name) \($0.new) \($0.old?.rawValue ?? zero)\n" }
        return try await main.withoutStaleLocks(of: site.task, naming: changes.map(\.new), at: shell.wallClock.now) {
            let result = try await main.attempt(
                ["update-ref", "-m", "makima: task \(site.task)", "--stdin"],
                to: "move branches",
                input: .bytes(Array(lines.joined().utf8)),
                environment: GitIdentity.variables(author: author, at: shell.wallClock.now())
            )
            try HostGit.requireNoLock(result)
            return result.status.isSuccess
        }
    }

    /// Lets go of what ``importResult(_:)`` brought.
    func dropImported() async {
        // One that stays holds a few objects until the next import takes its place: no reason to fail.
        try? await main.withoutStaleLocks(of: site.task, at: shell.wallClock.now) {
            _ = try await main.run(["update-ref", "-d", PrivateRefs.imported(site.task)], to: "let go of a commit")
        }
    }
}
