import Domain

/// What kind of thing is told; the raw values are sent.
package enum NotificationKind: String, Hashable, Sendable, CaseIterable {
    case done
    case question
    case permission
    case blocked
    /// It is queued, and somebody has to do something before it begins.
    case cannotBegin = "cannot_begin"
    case failed
    case stalled
    case budgetReached = "budget_reached"
    case iterationLimitReached = "iteration_limit_reached"
    case interrupted
    case paused
    case waiting
    /// Others were not sent.
    case heldBack = "held_back"
    case test
}

extension NotificationKind {
    /// `nil` where the task just goes on.
    init?(_ moment: TaskMoment) {
        if let question = moment.question {
            self = question.isPermission ? .permission : .question
            return
        }
        if moment.standstill != nil, moment.status == .pending {
            self = .cannotBegin
            return
        }
        // A reason that is left of an earlier stop is none any more.
        let goesOn = [.pending, .initializing, .starting, .running].contains(moment.status)
        if let reason = moment.reason, !goesOn {
            self.init(reason)
            return
        }
        switch moment.status {
        case .pending, .initializing, .starting, .running: return nil
        case .waiting: self = .waiting
        case .blocked: self = .blocked
        case .paused: self = .paused
        case .stalled: self = .stalled
        case .iterationLimitReached: self = .iterationLimitReached
        case .budgetReached: self = .budgetReached
        case .interrupted: self = .interrupted
        case .failed: self = .failed
        case .done: self = .done
        }
    }

    init(_ reason: Reason) {
        switch reason {
        case .completed: self = .done
        case .iterationLimit: self = .iterationLimitReached
        case .budget: self = .budgetReached
        case .stalled: self = .stalled
        case .blocked(let cause): self.init(cause)
        case .waiting(.answer, _): self = .question
        case .waiting(.permission, _): self = .permission
        case .waiting: self = .waiting
        case .paused: self = .paused
        case .interrupted: self = .interrupted
        case .failed: self = .failed
        }
    }

    private init(_ cause: BlockCause) {
        switch cause {
        case .question: self = .question
        case .permission, .permissionAsked: self = .permission
        case .authentication, .billing, .environment, .workspaceBroken, .protectedPaths, .mergeConflict,
            .forge:
            self = .blocked
        }
    }

    /// As in "Task x …".
    func predicate(reason: String?) -> String {
        switch self {
        case .done: Self.proofs[reason ?? ""] ?? "is done"
        case .question: "asks a question"
        case .permission: "asks for a permission"
        case .blocked: "is blocked"
        case .cannotBegin: "cannot begin"
        case .failed: "failed"
        case .stalled: "stalled"
        case .budgetReached: "reached its budget"
        case .iterationLimitReached: "reached its iteration limit"
        case .interrupted: "was interrupted"
        case .paused: "is paused"
        case .waiting: "waits"
        case .heldBack, .test: ""
        }
    }

    private static let proofs = [
        Proof.verified.rawValue: "is done, and verified", Proof.unverified.rawValue: "is done, not verified",
        Proof.empty.rawValue: "is done, and changed nothing",
    ]
}

extension NotificationPriority {
    /// High is what needs a person, or ended without a proof; low what a person did or what passes by itself.
    init(_ moment: TaskMoment, _ kind: NotificationKind) {
        switch kind {
        case .question, .permission, .blocked, .cannotBegin, .failed, .stalled, .budgetReached, .iterationLimitReached:
            self = .high
        case .done, .heldBack, .test: self = .normal
        case .paused, .waiting: self = .low
        // Nobody goes on by itself where a makima has died.
        case .interrupted: self = moment.reason == .interrupted(.ownerDied) ? .high : .low
        }
    }
}
