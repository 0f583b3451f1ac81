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
        guard task.status == .pending else { return .nothing }
        var changed = task
        changed.reason = reason
        changed.status = reason.status
        changed.updatedAt = time
        return .changed(changed)
    }

    /// Ends a queued task that nobody can be given; `nil` where it is not queued.
    package static func fail(_ task: FleetTask, _ reason: Reason, at time: Timestamp) -> FleetTask? {
        guard case .changed(let changed) = hold(task, reason, at: time) else { return nil }
        return changed
    }

    /// Queues a task that has stopped, for the daemon that has its workspace.
    ///
    /// With `elsewhere` any daemon may have it, with what the server has of its work.
    package static func resume(_ task: FleetTask, elsewhere: Bool = false, at time: Timestamp) -> Step {
        guard task.assignment == nil, task.status.isResumable, task.status != .pending else { return .nothing }
        var changed = task
        changed.status = .pending
        changed.reason = nil
        changed.losses = 0
        changed.declines = []
        changed.demands.daemon = elsewhere ? nil : task.home
        changed.queuedAt = time
        changed.updatedAt = time
        return .changed(changed)
    }
}
