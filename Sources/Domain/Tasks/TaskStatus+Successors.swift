extension TaskStatus {
    /// The statuses that may follow this one; the journal refuses every other change.
    ///
    /// `docs/STATES.md` has the picture.
    package var successors: Set<TaskStatus> {
        switch self {
        case .pending: [.initializing]
        case .initializing: [.starting, .blocked, .paused, .interrupted, .failed]
        case .starting: [.running, .waiting, .blocked, .paused, .budgetReached, .interrupted, .failed]
        case .running:
            [
                .waiting, .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted, .failed,
                .done,
            ]
        case .waiting: [.running, .blocked, .paused, .budgetReached, .interrupted, .failed, .initializing]
        case .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted, .failed:
            [.initializing]
        // More is wanted of it, or its work did not fit.
        case .done: [.initializing]
        }
    }
}
