package import Domain

/// The exit codes of makima; scripts depend on them.
///
/// No enum, because a played scenario may end with any code.
package struct ExitStatus: RawRepresentable, Hashable, Sendable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The command did what it was asked for; of a run: the task is done.
    package static let success = ExitStatus(rawValue: 0)
    /// The command, or the task, failed.
    package static let failure = ExitStatus(rawValue: 1)
    /// The command line cannot be understood or contradicts itself.
    package static let usage = ExitStatus(rawValue: 2)
    /// A limit, a budget or the wish not to wait stopped the task; it can be resumed.
    package static let limit = ExitStatus(rawValue: 3)
    /// The circuit breaker stopped the task.
    package static let stalled = ExitStatus(rawValue: 4)
    /// The task needs a person.
    package static let blocked = ExitStatus(rawValue: 5)
    /// A person stopped the task, or its owner died.
    package static let interrupted = ExitStatus(rawValue: 130)
    /// A defect of makima.
    package static let defect = ExitStatus(rawValue: 255)
}

extension ExitStatus {
    /// The exit code of `run` and `resume` for a task that stopped for `reason`.
    package init(_ reason: Reason) {
        self =
            switch reason {
            case .completed: .success
            case .iterationLimit, .budget, .waiting: .limit
            case .stalled: .stalled
            case .blocked: .blocked
            case .paused, .interrupted: .interrupted
            case .failed(let cause): Self(cause)
            }
    }

    private init(_ cause: FailureCause) {
        self =
            switch cause {
            case .agentUnavailable, .sessionUnusable: .failure
            case .internalError: .defect
            }
    }
}
