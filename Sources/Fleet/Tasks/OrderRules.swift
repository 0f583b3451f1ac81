package import Domain

/// Decides what a person's order does to a task.
package enum OrderRules {
    /// What follows from an order.
    package enum Step: Hashable, Sendable {
        /// The task is now this; no daemon needs to know.
        case changed(FleetTask)
        /// The daemon that has the attempt is told, and its report changes the task.
        case tell(DaemonID, attempt: Int)
        /// There is nothing to do any more.
        case nothing
        /// The task would stop as soon as it goes on.
        case refused(ResumeRefusal)
    }

    /// Ends the task's run; it can be resumed.
    package static func stop(_ task: FleetTask, at time: Timestamp) -> Step {
        hold(task, .interrupted(.person), at: time)
    }

    /// Keeps the task from going on until it is resumed.
    package static func pause(_ task: FleetTask, at time: Timestamp) -> Step {
        hold(task, .paused, at: time)
    }

    private static func hold(_ task: FleetTask, _ reason: Reason, at time: Timestamp) -> Step {
        if let assignment = task.assignment { return .tell(assignment.daemon, attempt: task.attempt) }
        guard task.status == .pending || task.waitsForContract else { return .nothing }
        var changed = task
        changed.reason = reason
        changed.status = reason.status
        changed.standstill = nil
        changed.updatedAt = time
        return .changed(changed)
    }

    /// Ends a queued task that nobody can be given; `nil` where it is not queued.
    package static func fail(_ task: FleetTask, _ reason: Reason, at time: Timestamp) -> FleetTask? {
        guard case .changed(let changed) = hold(task, reason, at: time) else { return nil }
        return changed
    }

    /// Queues a task that has stopped, for the daemon that has its workspace, or offers a queued one anew.
    package static func resume(_ task: FleetTask, _ wish: ResumeWish = ResumeWish(), at time: Timestamp) -> Step {
        guard task.assignment == nil, task.status.isResumable || wish.reopens && task.status == .done else {
            return .nothing
        }
        if task.status == .pending {
            guard wish.changesTask || !task.declines.isEmpty else { return .nothing }
        }
        if let refusal = refusal(of: wish, about: task) { return .refused(refusal) }
        var changed = task
        changed.status = .pending
        changed.reason = nil
        changed.standstill = nil
        changed.losses = 0
        changed.declines = []
        // A queued one that any daemon may have stays one.
        changed.demands.daemon = wish.elsewhere ? nil : task.status == .pending ? task.demands.daemon : task.home
        changed.queuedAt = time
        changed.updatedAt = time
        return .changed(changed)
    }

    private static func refusal(of wish: ResumeWish, about task: FleetTask) -> ResumeRefusal? {
        var most = wish.maxIterations
        if case .iterationLimit(_, let limit, let ceiling)? = task.reason {
            // Of the daemon that had it: another one may allow more.
            if let most, most > ceiling, !wish.elsewhere { return .aboveCeiling(most, ceiling: ceiling) }
            most = most ?? limit
        }
        guard let most, most <= task.iterations else { return nil }
        return .iterationsUsed(limit: most, used: task.iterations)
    }
}

/// How a task is to go on.
package struct ResumeWish: Hashable, Sendable {
    /// Any daemon may have it.
    package var elsewhere: Bool
    /// The iterations that it may use over its whole life; `nil` is as before.
    package var maxIterations: Int?
    /// Something else is to be otherwise from now on.
    package var hasChanges: Bool
    /// It goes on though it is done.
    package var reopens = false

    package init(elsewhere: Bool = false, maxIterations: Int? = nil, hasChanges: Bool = false) {
        self.elsewhere = elsewhere
        self.maxIterations = maxIterations
        self.hasChanges = hasChanges
    }

    var changesTask: Bool { elsewhere || maxIterations != nil || hasChanges }
}

/// Why a task cannot go on as it is wished.
package enum ResumeRefusal: Hashable, Sendable {
    case iterationsUsed(limit: Int, used: Int)
    /// Its daemon allows no more than `ceiling`.
    case aboveCeiling(Int, ceiling: Int)

    /// For people, with a full stop.
    package var sentence: String {
        switch self {
        case .iterationsUsed(let limit, let used):
            "The task may use \(limit) \(limit == 1 ? "iteration" : "iterations"), and \(used) \(used == 1 ? "is" : "are") "
                + "used: a task that goes on continues the count."
        case .aboveCeiling(let most, let ceiling):
            "\(most) iterations are more than the \(ceiling) that its daemon allows."
        }
    }

    /// What to do, with a full stop.
    package var hint: String {
        switch self {
        case .iterationsUsed(_, let used): "Allow it \(used + 1) or more."
        case .aboveCeiling(_, let ceiling):
            "Allow it \(ceiling) at most, or raise 'hard_limit' under [autonomous_loop] on the daemon's machine."
        }
    }
}
