import Domain

extension TaskRecord {
    /// What is left of the task's time; `nil` where it has no such budget.
    var timeLeft: Duration? { spec.budgets.maxDuration.map { $0 - activeTime } }
}

extension TaskSpec {
    /// Patterns of what may not change unseen: the protected paths, and the rules by which git turns what it stores of
    /// them into files.
    var guarded: [String] { protected.isEmpty ? [] : protected + ["**/.gitattributes"] }
}

/// The trees that a run compares with.
struct ReferenceTrees: Hashable, Sendable {
    /// Checkpoint 0.
    var base: TreeID
    /// Changes to protected paths up to here are allowed: those of the base commit, or what a person accepted since.
    var accepted: TreeID
    var baseCommit: CommitID
}
