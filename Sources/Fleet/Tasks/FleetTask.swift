package import Domain

/// A task as the server owns it.
///
/// What a daemon is told to do is a document of its own, which the server keeps and does not look into. A change that is
/// decided on a value of a revision is written only while the store still has that revision.
package struct FleetTask: Hashable, Sendable, Codable {
    package let id: TaskID
    package var name: String
    package var demands: TaskDemands
    package var status: TaskStatus
    /// Why it is in its status; `nil` while it is pending or at work and nothing has stopped it.
    package var reason: Reason?
    /// Why it does not begin until somebody does something, while it is queued; noted a while after that began.
    package var standstill: Standstill?
    /// Who works on it; `nil` while nobody does.
    package var assignment: Assignment?
    /// The number of the latest hand-over to a daemon: the fencing token; 0 before the first.
    package var attempt: Int
    /// The last sequence number that was taken of the current attempt; 0 before the first.
    package var sequence: Int
    /// Who could not take it, and when; forgotten once somebody works on it.
    package var declines: [Decline]
    /// How many attempts in a row were lost with their daemon.
    package var losses: Int
    /// Iterations used over the life of the task; never falls.
    package var iterations: Int
    /// What was spent over the life of the task, in lost attempts as far as they have told.
    package var usage: Usage
    /// How long agents and checks ran over the life of the task, as far as that was told.
    package var activeTime: Duration?
    /// The daemon that has its workspace; `nil` before the first attempt.
    package var home: DaemonID?
    /// Whether its work is in the target branch.
    package var isMerged: Bool
    /// The branch with its work, where there is one.
    package var branch: String?
    /// Counted up by the store with each write.
    package var revision: Int
    /// Since when it is queued, or was last.
    package var queuedAt: Timestamp
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(id: TaskID, name: String, demands: TaskDemands = TaskDemands(), createdAt: Timestamp) {
        self.id = id
        self.name = name
        self.demands = demands
        self.status = .pending
        self.attempt = 0
        self.sequence = 0
        self.declines = []
        self.losses = 0
        self.iterations = 0
        self.usage = Usage()
        self.isMerged = false
        self.revision = 0
        self.queuedAt = createdAt
        self.createdAt = createdAt
        self.updatedAt = createdAt
    }

    /// Whether it waits for a daemon to be handed to.
    package var isQueued: Bool { status == .pending && assignment == nil }

    /// Whether it is at no daemon and waits for its contract.
    var isParked: Bool { status == .waiting && assignment == nil }

    /// The same, where its reason tells that the contract is to say how it goes on.
    package var waitsForContract: Bool { isParked && reason?.waitsForContract == true }
}

/// What a task asks of when, where and in what order it is run.
package struct TaskDemands: Hashable, Sendable, Codable {
    /// What a daemon must have, all of it.
    package var labels: Set<String>
    /// Higher is sooner; from -100 to 100.
    package var priority: Int
    /// Of each, only so many tasks are with daemons at once.
    package var keys: [ConcurrencyKey]
    /// What must have happened to other tasks first.
    package var dependencies: [Dependency]
    /// It is not handed out before; `nil` is at once.
    package var notBefore: Timestamp?
    /// The repository's address: daemons that have it are preferred.
    package var repository: String?
    /// The only daemon that may have it, where it goes on in a workspace; `nil` is any.
    package var daemon: DaemonID?
    /// With whom the fleet is shared fairly: tasks of one share stand behind each other.
    package var share: String?
    /// Free memory that it needs; `nil` is no more than every daemon keeps free.
    package var memoryMiB: Int?
    /// Free space that it needs; `nil` as above.
    package var diskMiB: Int?
    /// The task that spawned it.
    package var parent: TaskID?
    /// The contract that it belongs to.
    package var contract: String?
    /// The name of the agent that is to work on it, for people who look for it.
    package var agent: String?

    package init(
        labels: Set<String> = [],
        priority: Int = 0,
        keys: [ConcurrencyKey] = [],
        dependencies: [Dependency] = [],
        notBefore: Timestamp? = nil
    ) {
        self.labels = labels
        self.priority = priority
        self.keys = keys
        self.dependencies = dependencies
        self.notBefore = notBefore
    }

    package static let priorities = -100...100
}

/// A name of which only so many tasks may be with daemons at once, as a contract's or a repository's.
package struct ConcurrencyKey: Hashable, Sendable, Codable {
    package var name: String
    /// 1 or more.
    package var limit: Int

    package init(_ name: String, limit: Int = 1) {
        self.name = name
        self.limit = limit
    }
}

/// That another task must be done first.
package struct Dependency: Hashable, Sendable, Codable {
    package enum Condition: String, Hashable, Sendable, Codable, CaseIterable {
        case done
        /// Its work must be in the target branch as well.
        case merged
    }

    package var task: TaskID
    package var condition: Condition

    package init(_ task: TaskID, _ condition: Condition = .done) {
        self.task = task
        self.condition = condition
    }
}

/// That a daemon has a task.
package struct Assignment: Hashable, Sendable, Codable {
    package var daemon: DaemonID
    /// The session in which it was handed over; the attempt outlives it.
    package var session: Int
    package var since: Timestamp
    /// Whether the daemon has said that it has it.
    package var isAccepted: Bool
    /// Where the workspace was before; it is there still where this daemon cannot take the task.
    package var homeBefore: DaemonID?

    package init(daemon: DaemonID, session: Int, since: Timestamp, isAccepted: Bool = false) {
        self.daemon = daemon
        self.session = session
        self.since = since
        self.isAccepted = isAccepted
    }
}

/// That a daemon could not take a task.
package struct Decline: Hashable, Sendable, Codable {
    /// What is to be thought of it.
    package enum Cause: String, Hashable, Sendable, Codable, CaseIterable {
        /// It had no room just then.
        case busy
        /// Something went wrong, and may go right another time.
        case trouble
        /// The daemon may not do it, or has not what it takes: that stays so while it is connected.
        case refusal
    }

    package var daemon: DaemonID
    package var at: Timestamp
    /// In which it said so.
    package var session: Int?
    package var cause: Cause?
    /// Which one in a row it is of this daemon, from 2 on.
    package var count: Int?
    /// The daemon's own words.
    package var reason: String?

    package init(_ daemon: DaemonID, at time: Timestamp) {
        self.daemon = daemon
        self.at = time
    }

    /// Whether the daemon is not asked in this session; a passing one holds for `patience`, and longer each time.
    package func holds(in session: Int, at time: Timestamp, patience: Duration) -> Bool {
        switch cause {
        case .refusal: self.session == session
        case .trouble: time - at < min(patience * (1 << min((count ?? 1) - 1, 10)), max(patience, Self.longest))
        case .busy, nil: time - at < patience
        }
    }

    private static let longest = Duration.seconds(3600)
}

/// How an attempt ended.
package enum AttemptEnd: Hashable, Sendable, Codable {
    /// The daemon reported a status from which only a person, or a new attempt, goes on.
    case stopped(TaskStatus)
    /// The daemon could not take it.
    case declined
    /// The daemon was gone for too long, or has forgotten it.
    case lost
}

extension TaskStatus {
    /// Whether a report of it ends the attempt.
    package var endsAttempt: Bool { !isActive && self != .pending }
}
