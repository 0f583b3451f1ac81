/// Where a task stands.
///
/// The raw values are stored and go over the wire.
package enum TaskStatus: String, Hashable, Sendable, Codable, CaseIterable {
    /// Queued, or a task it depends on is not done.
    case pending
    /// The workspace is being made.
    case initializing
    /// The agent is being started.
    case starting
    /// An iteration or a check is in progress.
    case running
    /// Goes on by itself at a known time or event.
    case waiting
    /// Needs a person.
    case blocked
    /// A person paused it.
    case paused
    /// The circuit breaker opened.
    case stalled
    /// All allowed iterations were used: neither a failure nor a success.
    case iterationLimitReached = "iteration_limit_reached"
    /// The cost, token or time budget is used up.
    case budgetReached = "budget_reached"
    /// A person stopped it, or its owner died.
    case interrupted
    /// makima itself could not go on.
    case failed
    /// The gate was ready and the verdict agreed.
    case done

    /// Reads a stored or received status; `completed` is the older spelling of `done`.
    package init?(wireName: String) {
        if wireName == "completed" {
            self = .done
        } else if let status = TaskStatus(rawValue: wireName) {
            self = status
        } else {
            return nil
        }
    }

    /// As people read it.
    package var words: String { rawValue.spokenCode }

    /// Whether some process is, or should be, working on the task now.
    package var isActive: Bool {
        switch self {
        case .initializing, .starting, .running, .waiting: true
        case .pending, .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted, .failed,
            .done:
            false
        }
    }

    /// Whether `makima resume` may go on from here.
    package var isResumable: Bool {
        switch self {
        case .done: false
        case .pending, .initializing, .starting, .running, .waiting, .blocked, .paused, .stalled,
            .iterationLimitReached, .budgetReached, .interrupted, .failed:
            true
        }
    }
}

/// How far a `done` task was proven.
package enum Proof: String, Hashable, Sendable, Codable {
    /// Checks were configured, run by makima, and passed.
    case verified
    /// No checks were configured: only the agent's word stands for it.
    case unverified
    /// The agent was ready, but nothing differs from the base.
    case empty
}
