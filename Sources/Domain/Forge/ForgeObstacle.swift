/// What keeps proven work from being put to review.
package struct ForgeObstacle: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// The repository has no such remote.
        case remoteMissing = "remote_missing"
        /// The work began at no branch, and none is named that it is for.
        case baseMissing = "base_missing"
        /// The remote has a branch of that name that makima did not push.
        case branchTaken = "branch_taken"
        /// Somebody else moved or deleted the branch that makima had pushed.
        case branchMoved = "branch_moved"
        /// The remote does not take the branch.
        case pushRejected = "push_rejected"
        /// Git did not reach the remote, or was not let in.
        case pushFailed = "push_failed"
        /// Nothing is there to log in at the forge with.
        case credentialsMissing = "credentials_missing"
        /// The forge says no.
        case refused
        /// The forge cannot be reached.
        case unavailable
    }

    package var kind: Kind
    /// The name of the remote; empty where none is named.
    package var remote: String
    /// The branch at the remote; `nil` where it did not come to that.
    package var branch: String?
    /// What git or the forge said.
    package var detail: String?

    package init(_ kind: Kind, remote: String, branch: String? = nil, detail: String? = nil) {
        self.kind = kind
        self.remote = remote
        self.branch = branch
        self.detail = detail
    }

    package init(_ failure: ForgeFailure, remote: String, branch: String? = nil) {
        let kind: Kind =
            switch failure {
            case .credentialsMissing: .credentialsMissing
            case .refused: .refused
            case .limited, .unavailable, .unreadable: .unavailable
            }
        self.init(kind, remote: remote, branch: branch, detail: "\(failure)")
    }
}

extension ForgeObstacle {
    func explanation(task: TaskCall) -> Explanation {
        if kind == .baseMissing {
            let way = "'makima merge \(task) --into BRANCH' takes the work over here."
            return Explanation(sentence, hint: "\(hint(again: "")) \(way)")
        }
        return Explanation(
            sentence,
            hint: hint(again: "'makima resume \(task)' tries once more, without a new iteration")
        )
    }

    package var sentence: String {
        let name = branch ?? ""
        return switch kind {
        case .remoteMissing where remote.isEmpty:
            "The work is to be put to review, and the repository has no remote to push to."
        case .remoteMissing: "The work is to be put to review, and the repository has no remote '\(remote)'."
        case .baseMissing: "The work is to be put to review, and it began at no branch that it could be for."
        case .branchTaken: "The remote '\(remote)' has a branch '\(name)' that makima did not push."
        case .branchMoved: "Somebody else moved or deleted the branch '\(name)' at the remote '\(remote)'."
        case .pushRejected: "The remote '\(remote)' does not take the branch '\(name)'\(cause)"
        case .pushFailed: "The branch '\(name)' cannot be pushed to the remote '\(remote)'\(cause)"
        case .credentialsMissing: "The branch '\(name)' is pushed, but no pull request can be opened\(cause)"
        case .refused: "The branch '\(name)' is pushed, but the forge refuses the pull request\(cause)"
        case .unavailable: "The branch '\(name)' is pushed, but the forge cannot be asked\(cause)"
        }
    }

    private var cause: String { detail.map { ": \($0.firstLine(upTo: 600))." } ?? "." }

    package func hint(again: String) -> String {
        switch kind {
        case .remoteMissing:
            "Add one with 'git remote add origin URL', or name another with 'remote' under [forge] in makima's "
                + "config.toml; then \(again)."
        case .baseMissing: "Name the branch that it is for with '--target BRANCH' in a new task."
        case .branchTaken: "Rename or delete it there, if it is not needed; then \(again)."
        case .branchMoved:
            "Nothing of it was overwritten. Take it over by hand, or delete the branch there if it is not needed; then \(again)."
        case .pushRejected: "See what protects the branch there; then \(again)."
        case .pushFailed:
            "Try 'git push' in the repository by hand: makima uses the same ssh agent and credential "
                + "helpers, and asks nobody for a password. Then \(again)."
        case .credentialsMissing:
            "Set GITHUB_TOKEN, or another variable and name it with 'token_variable' under [forge], or log in "
                + "with 'gh auth login'; then \(again)."
        case .refused:
            "See whether the token may write pull requests, and whether the base branch is there; then \(again)."
        case .unavailable: "Later, \(again)."
        }
    }
}
