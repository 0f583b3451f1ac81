import Domain

/// What the dispatcher looks at of a daemon.
package struct DaemonState: Hashable, Sendable {
    package var id: DaemonID
    package var session: Int
    package var labels: Set<String>
    /// The addresses of repositories that it has cloned.
    package var repositories: Set<String>
    package var capacity: DaemonCapacity
    /// It takes no new tasks.
    package var isDraining: Bool
    /// It is known, and not connected: it gets nothing, and is named where it would be needed.
    package var isAway: Bool
    /// How many tasks are assigned to it by the server's view; of that and its own count the larger holds.
    package var assigned: Int

    package init(
        _ id: DaemonID,
        session: Int,
        labels: Set<String> = [],
        capacity: DaemonCapacity = DaemonCapacity(slots: 1)
    ) {
        self.id = id
        self.session = session
        self.labels = labels
        self.repositories = []
        self.capacity = capacity
        self.isDraining = false
        self.isAway = false
        self.assigned = 0
    }

    package var freeSlots: Int { max(0, capacity.slots - max(capacity.usedSlots, assigned)) }
}

/// What a daemon says of its machine; `nil` is what it does not say.
package struct DaemonCapacity: Hashable, Sendable, Codable {
    /// How many tasks it runs at once.
    package var slots: Int
    package var usedSlots: Int
    /// The load average over a minute, for each processor.
    package var load: Double?
    package var memoryFreeMiB: Int?
    package var diskFreeMiB: Int?

    package init(
        slots: Int,
        usedSlots: Int = 0,
        load: Double? = nil,
        memoryFreeMiB: Int? = nil,
        diskFreeMiB: Int? = nil
    ) {
        self.slots = slots
        self.usedSlots = usedSlots
        self.load = load
        self.memoryFreeMiB = memoryFreeMiB
        self.diskFreeMiB = diskFreeMiB
    }
}

/// How full a daemon's machine may be made, and how long waiting weighs.
package struct DispatchLimits: Hashable, Sendable {
    /// From this load for each processor on, a daemon gets nothing.
    package var mostLoad: Double
    /// Memory that stays free beside what a task asks for.
    package var memoryReserveMiB: Int
    /// Space that stays free beside what a task asks for.
    package var diskReserveMiB: Int
    /// A queued task's priority is higher by one for each such time.
    package var ageing: Duration
    /// So long a task waits for a daemon that has its repository, where one is only busy.
    package var affinityPatience: Duration
    /// So long a daemon that could not take a task is not asked again.
    package var declinePatience: Duration

    package init(
        mostLoad: Double = 2,
        memoryReserveMiB: Int = 512,
        diskReserveMiB: Int = 2048,
        ageing: Duration = .seconds(600),
        affinityPatience: Duration = .seconds(10),
        declinePatience: Duration = .seconds(60)
    ) {
        self.mostLoad = mostLoad
        self.memoryReserveMiB = memoryReserveMiB
        self.diskReserveMiB = diskReserveMiB
        self.ageing = ageing
        self.affinityPatience = affinityPatience
        self.declinePatience = declinePatience
    }
}
