package import Domain

/// Decides which queued task goes to which daemon.
///
/// Deterministic: the same tasks and daemons, in whatever order they come, make the same plan. Tasks that
/// dependencies or their time keep back are not looked at (``Schedule``).
package struct Dispatcher: Sendable {
    package var limits: DispatchLimits

    package init(limits: DispatchLimits = DispatchLimits()) {
        self.limits = limits
    }

    /// What to hand out now, in this order, and why the rest stays.
    ///
    /// `daemons` are those that are connected, and those that are known to be away; `heldKeys` and `shares` say how many tasks of each concurrency key and of
    /// each share are with daemons.
    package func plan(
        queue: [FleetTask],
        daemons: [DaemonState],
        heldKeys: [String: Int] = [:],
        shares: [String: Int] = [:],
        at time: Timestamp
    ) -> DispatchPlan {
        var round = DispatchRound(limits: limits, daemons: daemons, heldKeys: heldKeys, time: time)
        var line = DispatchLine(queue.filter(\.isQueued), ageing: limits.ageing, shares: shares, at: time)
        while let task = line.next() {
            switch round.place(task) {
            case .success: line.notePlaced(task)
            case .failure(let obstacle): round.plan.obstacles[task.id] = obstacle.value
            }
        }
        return round.plan
    }
}

/// What a dispatcher has decided.
package struct DispatchPlan: Hashable, Sendable {
    /// That a task goes to a daemon.
    package struct Placement: Hashable, Sendable {
        package var task: TaskID
        /// The attempt that is the task's latest before this hand-over.
        package var previousAttempt: Int
        package var session: SessionKey

        package init(task: TaskID, previousAttempt: Int, session: SessionKey) {
            self.task = task
            self.previousAttempt = previousAttempt
            self.session = session
        }
    }

    package var placements: [Placement] = []
    package var obstacles: [TaskID: DispatchObstacle] = [:]

    package init() {}
}

/// An obstacle as an error, for `Result`.
struct Obstructed: Error {
    var value: DispatchObstacle
}

/// The order in which queued tasks get their chance.
///
/// The highest priority first, to which waiting adds; among equals the share that has the fewest tasks with daemons,
/// and then who has waited longest.
struct DispatchLine {
    private struct Place {
        var urgency: Int64
        /// In order; the next is the last.
        var byShare: [String: [FleetTask]]
    }

    /// The next is the last.
    private var places: [Place]
    private var shares: [String: Int]

    init(_ queue: [FleetTask], ageing: Duration, shares: [String: Int], at time: Timestamp) {
        self.shares = shares
        let step = max(1, ageing.milliseconds)
        let byUrgency = Dictionary(grouping: queue) { task in
            let waited = max(0, (time - task.queuedAt).milliseconds)
            return Int64(task.demands.priority) + waited / step
        }
        places = byUrgency.sorted { $0.key < $1.key }
            .map { urgency, tasks in
                let ordered = tasks.sorted { ($0.queuedAt, $0.id.rawValue) > ($1.queuedAt, $1.id.rawValue) }
                return Place(urgency: urgency, byShare: Dictionary(grouping: ordered, by: Self.share))
            }
    }

    private static func share(_ task: FleetTask) -> String { task.demands.share ?? "" }

    mutating func next() -> FleetTask? {
        while var place = places.popLast() {
            guard let share = nextShare(in: place) else { continue }
            let task = place.byShare[share]?.popLast()
            if place.byShare[share]?.isEmpty == true { place.byShare[share] = nil }
            places.append(place)
            if let task { return task }
        }
        return nil
    }

    private func nextShare(in place: Place) -> String? {
        place.byShare.min { lhs, rhs in key(lhs) < key(rhs) }?.key
    }

    private func key(_ entry: (key: String, value: [FleetTask])) -> (Int, Timestamp, String) {
        let waiting = entry.value.last?.queuedAt ?? Timestamp(millisecondsSince1970: .max)
        return (shares[entry.key] ?? 0, waiting, entry.key)
    }

    mutating func notePlaced(_ task: FleetTask) {
        shares[Self.share(task), default: 0] += 1
    }
}
