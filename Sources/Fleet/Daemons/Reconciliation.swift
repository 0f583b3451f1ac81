package import Domain

/// Brings the server's view of a daemon's tasks and the daemon's own together when it connects.
///
/// Both are right about different things: the server about who has an attempt, the daemon about how far it is.
package enum Reconciliation {
    /// What each side has to do about each attempt that one of them knows, in their order.
    ///
    /// In `held` is what the daemon says that it has: everything that is not reported to the last message. `tasks` are
    /// those of the server that the daemon names, and all that it has by the server's view.
    package static func settle(
        daemon: DaemonID,
        held: [HeldAttempt],
        tasks: [FleetTask]
    ) -> [Settlement] {
        let known = Dictionary(tasks.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var settled = held.map { settle($0, known[$0.task], daemon) }
        let named = Set(held.map { AttemptKey($0.task, $0.attempt) })
        for task in tasks where task.assignment?.daemon == daemon {
            let key = AttemptKey(task.id, task.attempt)
            guard !named.contains(key) else { continue }
            // What the daemon has accepted and does not know any more is nowhere.
            let isAccepted = task.assignment?.isAccepted == true
            settled.append(Settlement(key, daemon: nil, server: isAccepted ? .lose : .sendAgain))
        }
        return settled.sorted { $0.key < $1.key }
    }

    private static func settle(_ held: HeldAttempt, _ task: FleetTask?, _ daemon: DaemonID) -> Settlement {
        let key = AttemptKey(held.task, held.attempt)
        func fence(_ cause: RefusalCause) -> Settlement {
            Settlement(key, daemon: held.stage == .reported ? .forget : .stop(cause), server: .nothing)
        }
        guard let task else { return fence(.unknownTask) }
        if held.attempt < task.attempt { return fence(.staleAttempt) }
        if held.attempt > task.attempt { return fence(.unknownAttempt) }
        guard let assignment = task.assignment else {
            // Its end has been taken, or it was lost; an end on its way is acknowledged and has no effect.
            return held.stage == .working
                ? fence(.attemptEnded) : Settlement(key, daemon: .forget, server: .nothing)
        }
        guard assignment.daemon == daemon else { return fence(.foreignDaemon) }
        return switch held.stage {
        case .working: Settlement(key, daemon: .goOn, server: assignment.isAccepted ? .nothing : .accept)
        case .ended: Settlement(key, daemon: .goOn, server: .nothing)
        case .reported: Settlement(key, daemon: .reportAnew, server: .nothing)
        }
    }
}

/// An attempt that a daemon has.
package struct HeldAttempt: Hashable, Sendable, Codable {
    /// How far it is.
    package enum Stage: String, Hashable, Sendable, Codable, CaseIterable {
        /// It has no end yet.
        case working
        /// It has ended, and the report is in the outbox.
        case ended
        /// It has ended, and the report was acknowledged.
        case reported
    }

    package var task: TaskID
    package var attempt: Int
    package var stage: Stage

    package init(_ task: TaskID, attempt: Int, _ stage: Stage) {
        self.task = task
        self.attempt = attempt
        self.stage = stage
    }
}

/// Names an attempt.
package struct AttemptKey: Hashable, Sendable, Codable, Comparable {
    package var task: TaskID
    package var attempt: Int

    package init(_ task: TaskID, _ attempt: Int) {
        self.task = task
        self.attempt = attempt
    }

    package static func < (lhs: AttemptKey, rhs: AttemptKey) -> Bool {
        (lhs.task.rawValue, lhs.attempt) < (rhs.task.rawValue, rhs.attempt)
    }
}

/// What has to be done about one attempt so that both sides agree.
package struct Settlement: Hashable, Sendable {
    /// What the daemon is told.
    package enum DaemonStep: Hashable, Sendable {
        /// The attempt is its own: it works on, and its outbox is replayed.
        case goOn
        /// End the agent and keep the tree: the attempt is not its own any more.
        case stop(RefusalCause)
        /// Put how the attempt ended into the outbox once more: the server has lost it.
        case reportAnew
        /// Both agree that it has ended; nothing needs to be remembered.
        case forget
    }

    /// What the server does.
    package enum ServerStep: Hashable, Sendable {
        case nothing
        /// The daemon has it, so it has accepted it.
        case accept
        /// The daemon has not got the command: send it again, with the same id.
        case sendAgain
        /// The daemon has forgotten it: the attempt is lost, at once.
        case lose
    }

    package var key: AttemptKey
    /// `nil` where the daemon does not know the attempt.
    package var daemon: DaemonStep?
    package var server: ServerStep

    package init(_ key: AttemptKey, daemon: DaemonStep?, server: ServerStep) {
        self.key = key
        self.daemon = daemon
        self.server = server
    }
}
