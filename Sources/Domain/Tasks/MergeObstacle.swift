/// What keeps proven work from being merged into a branch.
package enum MergeObstacle: Hashable, Sendable, Codable {
    /// The branch and the work changed the same places.
    case conflict(paths: [String])
    /// The user's checkout of the branch has changes of its own that would be overwritten.
    case checkoutDirty(paths: [String])
    /// On top of the branch these checks do not pass, though they did on the work alone.
    case checksFailed([CheckReceipt])
    /// The branch is checked out, and git would run the user's filter programs on files of the agent's.
    case filtered(paths: [String])
    /// The branch moved each time while the work was being checked on top of it.
    case branchMoved
    /// There is no such branch.
    case branchMissing
}

extension MergeObstacle {
    /// The stable word for it.
    package var code: String {
        switch self {
        case .conflict: "conflict"
        case .checkoutDirty: "checkout_dirty"
        case .checksFailed: "checks_failed"
        case .filtered: "filtered_checkout"
        case .branchMoved: "branch_moved"
        case .branchMissing: "branch_missing"
        }
    }

    /// The files it is about; none where it is not about files.
    package var paths: [String] {
        switch self {
        case .conflict(let paths), .checkoutDirty(let paths), .filtered(let paths): paths
        case .checksFailed, .branchMoved, .branchMissing: []
        }
    }

    /// The receipts of the checks that do not pass on top of the branch.
    package var receipts: [CheckReceipt] {
        if case .checksFailed(let receipts) = self { return receipts }
        return []
    }

    func explanation(branch: String, task: TaskCall) -> Explanation {
        let again = "'makima resume \(task)' merges it, without a new iteration"
        let tell = "'\(task.resume) --message TEXT'"
        switch self {
        case .conflict(let paths):
            return Explanation(
                "The work does not fit onto '\(branch)'; in conflict: \(paths.listed(atMost: 5)).",
                hint:
                    "Take 'makima diff \(task)' over by hand, or tell the agent with \(tell) how to avoid the conflict."
            )
        case .checkoutDirty(let paths):
            return Explanation(
                "The work is proven, but your checkout of '\(branch)' has changes or files that a merge would "
                    + "overwrite: \(paths.listed(atMost: 5)).",
                hint: "Commit, stash or move them away; then \(again)."
            )
        case .checksFailed(let receipts):
            return Explanation(
                "The checks passed on the work, but not on top of '\(branch)': "
                    + "\(receipts.map(\.check.name).listed(atMost: 5)).",
                hint: "See 'makima why \(task)'; mend '\(branch)' and 'makima resume \(task)' tries once more, or tell "
                    + "the agent with \(tell)."
            )
        case .filtered(let paths):
            return Explanation(
                "'\(branch)' is checked out, and git filters would run on files of the agent's: "
                    + "\(paths.listed(atMost: 5)).",
                hint: "Check another branch out; then \(again)."
            )
        case .branchMoved:
            return Explanation(
                "The branch '\(branch)' moved while the work was being checked on top of it.",
                hint: "When it is quiet, \(again)."
            )
        case .branchMissing:
            return Explanation(
                "There is no branch '\(branch)' to merge into.",
                hint: "Make it with 'git branch \(branch)'; then \(again). Or name another with "
                    + "'makima merge \(task) --into BRANCH'."
            )
        }
    }
}
