package import Domain

/// Decides what a message about an attempt does to its task.
///
/// The fence: only the daemon that has the current attempt changes the task, each of its messages once, and with one
/// end. Every other message is kept from having an effect, whoever sends it and however late.
package enum AttemptRules {
    /// Judges a report, and returns the task as it is after it.
    package static func judge(
        _ report: AttemptReport,
        of message: AttemptMessage,
        to task: FleetTask?,
        at time: Timestamp
    ) -> AttemptJudgement {
        guard let task else { return .refused(.unknownTask) }
        if message.attempt < task.attempt { return .refused(.staleAttempt) }
        if message.attempt > task.attempt || message.attempt < 1 { return .refused(.unknownAttempt) }
        guard let assignment = task.assignment else {
            return message.sequence <= task.sequence ? .repetition : .refused(.attemptEnded)
        }
        guard assignment.daemon == message.daemon else { return .refused(.foreignDaemon) }
        guard message.sequence > task.sequence else { return .repetition }
        var changed = task
        changed.sequence = message.sequence
        return carryOut(report, by: message.daemon, on: &changed, at: time)
    }

    private static func carryOut(
        _ report: AttemptReport,
        by daemon: DaemonID,
        on task: inout FleetTask,
        at time: Timestamp
    ) -> AttemptJudgement {
        switch report {
        case .nothing: return .noted(task)
        case .accepted:
            task.accept()
            task.declines = []
        case .declined:
            var decline = Decline(daemon, at: time)
            decline.session = task.assignment?.session
            note(decline, on: &task)
        case .progress(let iterations, let usage, let activeTime):
            task.iterations = max(task.iterations, iterations)
            task.usage = usage
            task.activeTime = activeTime ?? task.activeTime
            task.accept()
            task.declines = []
        case .status(let report):
            guard report.status != .pending else { return .refused(.impossibleStatus) }
            report.write(to: &task)
            // Nobody has ended the task: it goes on where its files are, or where the store has its work.
            if report.isDrained {
                requeue(&task, at: time)
                task.demands.daemon = daemon
            }
        }
        task.updatedAt = time
        return .changed(task)
    }

    private static func note(_ decline: Decline, on task: inout FleetTask) {
        var decline = decline
        if let before = task.declines.first(where: { $0.daemon == decline.daemon }) {
            decline.count = (before.count ?? 1) + 1
        }
        // Only the latest of each counts, so that the list is no longer than the fleet.
        task.declines.removeAll { $0.daemon == decline.daemon }
        task.declines.append(decline)
        // It has said that it has the task before it knew that it cannot work on it.
        if task.home == decline.daemon { task.home = task.assignment?.homeBefore }
        requeue(&task, at: decline.at)
    }

    /// Notes that a daemon has an attempt; `nil` where that is known, or the attempt is not its own.
    package static func accepted(_ task: FleetTask, _ attempt: Int, by daemon: DaemonID, at time: Timestamp)
        -> FleetTask?
    {
        guard task.attempt == attempt, let assignment = task.assignment, assignment.daemon == daemon,
            !assignment.isAccepted
        else { return nil }
        var changed = task
        changed.accept()
        changed.updatedAt = time
        return changed
    }

    /// Queues a task again that its daemon could not take; `nil` where the attempt is not its own.
    ///
    /// A daemon that has lost the workspace (`isHomeless`) is not where it goes on.
    package static func declined(_ task: FleetTask, _ attempt: Int, _ decline: Decline, isHomeless: Bool) -> FleetTask?
    {
        guard task.attempt == attempt, task.assignment?.daemon == decline.daemon else { return nil }
        var changed = task
        note(decline, on: &changed)
        if isHomeless, changed.home == decline.daemon { changed.home = nil }
        if changed.home != decline.daemon, changed.demands.daemon == decline.daemon { changed.demands.daemon = nil }
        changed.updatedAt = decline.at
        return changed
    }

    /// Lets a daemon have the task: the one place where attempts are counted.
    package static func assigned(_ task: FleetTask, to daemon: DaemonID, session: Int, at time: Timestamp) -> FleetTask?
    {
        guard task.isQueued else { return nil }
        var changed = task
        changed.attempt += 1
        changed.sequence = 0
        changed.assignment = Assignment(daemon: daemon, session: session, since: time)
        changed.assignment?.homeBefore = task.home
        changed.reason = nil
        changed.standstill = nil
        changed.updatedAt = time
        return changed
    }

    /// Ends an attempt of which nobody will report, and queues the task again; where that has happened too often, only
    /// a person goes on.
    package static func lost(_ task: FleetTask, mostLosses: Int, at time: Timestamp) -> FleetTask? {
        guard task.assignment != nil else { return nil }
        var changed = task
        changed.losses += 1
        requeue(&changed, at: time)
        // Its workspace is with a daemon that is not there: another one begins from what the server has.
        changed.demands.daemon = nil
        if changed.losses >= mostLosses {
            changed.status = .interrupted
            changed.reason = .interrupted(.ownerDied)
        }
        changed.updatedAt = time
        return changed
    }

    private static func requeue(_ task: inout FleetTask, at time: Timestamp) {
        task.assignment = nil
        task.status = .pending
        task.reason = nil
        task.queuedAt = time
    }
}

/// By whom and for which attempt something is said, and which of its messages it is.
package struct AttemptMessage: Hashable, Sendable, Codable {
    package var daemon: DaemonID
    package var attempt: Int
    /// From 1 within the attempt.
    package var sequence: Int

    package init(daemon: DaemonID, attempt: Int, sequence: Int) {
        self.daemon = daemon
        self.attempt = attempt
        self.sequence = sequence
    }
}

/// What of a message concerns the task itself.
package enum AttemptReport: Hashable, Sendable, Codable {
    /// It is about something beside the task's status: output, an iteration, a checkpoint.
    case nothing
    /// The daemon has the attempt, durably.
    case accepted
    /// The daemon cannot take it; why is in the task's history.
    case declined
    /// The status stays; all is over the life of the task.
    case progress(iterations: Int, usage: Usage, activeTime: Duration? = nil)
    case status(StatusReport)
}

extension AttemptReport {
    /// How the attempt has ended by it; `nil` where it goes on.
    package var end: AttemptEnd? {
        switch self {
        case .declined: .declined
        case .status(let report): report.endsAttempt ? .stopped(report.status) : nil
        case .nothing, .accepted, .progress: nil
        }
    }

    /// Whether the daemon was drained, and nobody has ended the task itself.
    package var isDrained: Bool { if case .status(let report) = self { report.isDrained } else { false } }
}

/// What a daemon says of where a task stands.
package struct StatusReport: Hashable, Sendable, Codable {
    package var status: TaskStatus
    package var reason: Reason?
    /// Over the life of the task.
    package var iterations: Int
    /// Over the life of the task, as far as its daemon knows; `nil` where it says nothing of it.
    package var usage: Usage?
    /// As ``usage``.
    package var activeTime: Duration?
    package var branch: String?
    package var isMerged: Bool

    fileprivate var isDrained: Bool { reason == .interrupted(.drained) }

    /// Whether the daemon has the task no more: also where that waits for its contract.
    var endsAttempt: Bool { status.endsAttempt || status == .waiting && reason?.waitsForContract == true }

    package init(
        _ status: TaskStatus,
        reason: Reason? = nil,
        iterations: Int = 0,
        usage: Usage? = nil,
        branch: String? = nil
    ) {
        self.status = status
        self.reason = reason
        self.iterations = iterations
        self.usage = usage
        self.branch = branch
        self.isMerged = false
    }

    fileprivate func write(to task: inout FleetTask) {
        task.status = status
        task.reason = reason
        task.iterations = max(task.iterations, iterations)
        task.usage = usage ?? task.usage
        task.activeTime = activeTime ?? task.activeTime
        task.branch = branch ?? task.branch
        task.isMerged = task.isMerged || isMerged
        task.accept()
        task.declines = []
        guard endsAttempt else { return }
        task.assignment = nil
        task.losses = 0
    }
}

extension FleetTask {
    fileprivate mutating func accept() {
        assignment?.isAccepted = true
        home = assignment?.daemon
    }
}

/// What becomes of a message about an attempt.
package enum AttemptJudgement: Hashable, Sendable {
    /// It holds, and the task is now this.
    case changed(FleetTask)
    /// It holds; of the task only the last sequence number has changed.
    case noted(FleetTask)
    /// It was taken before.
    case repetition
    case refused(RefusalCause)
}

/// Why a message has no effect on its task.
package enum RefusalCause: String, Hashable, Sendable, Codable, CaseIterable {
    /// There is no such task, or no more.
    case unknownTask = "unknown_task"
    /// The task has been handed on since.
    case staleAttempt = "stale_attempt"
    /// The server never made this attempt, or has forgotten it.
    case unknownAttempt = "unknown_attempt"
    /// The attempt has its one end.
    case attemptEnded = "attempt_ended"
    /// Another daemon has this attempt.
    case foreignDaemon = "foreign_daemon"
    /// Only the server queues a task.
    case impossibleStatus = "impossible_status"
}
