/// Work of several tasks that is to be brought into one branch together: on top of each other, checked as a whole, and
/// by a fast-forward.
package struct MergeBatch: Hashable, Sendable, Codable {
    /// In this order.
    ///
    /// Empty: the branch is only checked as it is.
    package var entries: [MergeEntry]
    /// Without `refs/heads/`.
    package var target: String
    /// What must pass on the combined tree, whatever is in it.
    ///
    /// Without any check nothing is run, and what fits is merged.
    package var checks: [CheckDefinition]

    package init(_ entries: [MergeEntry], into target: String, checks: [CheckDefinition]) {
        self.entries = entries
        self.target = target
        self.checks = checks
    }
}

/// The work of one task that is to be merged.
package struct MergeEntry: Hashable, Sendable, Codable {
    package var task: TaskID
    /// The task's label, for the message of the commit.
    package var name: String
    /// Git glob patterns of the only paths that the work may change; empty is all.
    package var touches: [String]
    /// What must pass on the combined tree as well, where the work is in it: names are unique within a batch.
    package var checks: [CheckDefinition]

    package init(_ task: TaskID, name: String, touches: [String] = [], checks: [CheckDefinition] = []) {
        self.checks = checks
        self.task = task
        self.name = name
        self.touches = touches
    }
}

/// What has become of a batch.
package struct MergeReport: Hashable, Sendable, Codable {
    package var verdict: MergeVerdict
    /// The branch before; `nil` where it has no commit.
    package var before: CommitID?
    /// The branch after it; as before where nothing was merged.
    package var after: CommitID?
    /// Of each entry, in the order of the batch.
    package var entries: [MergeEntryReport]
    package var receipts: [CheckReceipt]

    package init(
        _ verdict: MergeVerdict,
        before: CommitID?,
        after: CommitID?,
        entries: [MergeEntryReport] = [],
        receipts: [CheckReceipt] = []
    ) {
        self.verdict = verdict
        self.before = before
        self.after = after
        self.entries = entries
        self.receipts = receipts
    }
}

/// Whether the branch was moved, and why not.
package enum MergeVerdict: Hashable, Sendable, Codable {
    /// What fits is in the branch, and its tree has passed the checks.
    case merged
    /// Nothing had to be merged, and the branch as it is has passed the checks.
    case unchanged
    /// The combined tree does not pass.
    ///
    /// With `targetFails` the branch alone does not either: no entry is to blame.
    case checksFailed(targetFails: Bool)
    /// A check could not be evaluated: nothing is said about the work.
    case notEvaluated
    case obstructed(MergeObstacle)
}

/// What has become of one entry.
package struct MergeEntryReport: Hashable, Sendable, Codable {
    package var task: TaskID
    package var outcome: MergeEntryOutcome
    /// Of a conflict, the commits of the branch that changed the same paths since the work left it, newest first.
    package var rivals: [MergeRival]

    package init(_ task: TaskID, _ outcome: MergeEntryOutcome, rivals: [MergeRival] = []) {
        self.task = task
        self.outcome = outcome
        self.rivals = rivals
    }
}

/// A commit of a branch that work is in conflict with.
package struct MergeRival: Hashable, Sendable, Codable {
    package var commit: CommitID
    /// Whose work it is; `nil` where makima did not merge it.
    package var task: TaskID?

    /// So many are told.
    package static let most = 10

    package init(_ commit: CommitID, task: TaskID? = nil) {
        self.commit = commit
        self.task = task
    }
}

/// Whether the work of a task could be put on top of what stood before it in its batch.
package enum MergeEntryOutcome: Hashable, Sendable, Codable {
    /// It fits; it is in the branch only where the batch was merged.
    case fits(CommitID)
    /// The branch has it already.
    case present
    case conflict(paths: [String])
    /// It changes paths that it must not touch.
    case outside(paths: [String])
    /// There is no work of this task here.
    case missing
}
