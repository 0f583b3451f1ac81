package import Domain
package import Fleet

/// The tasks of a server.
package protocol TaskTable: Sendable {
    /// Makes new tasks known: all of them or none.
    ///
    /// Where a request with the same key has made tasks before, returns those as they are now and makes none. Throws
    /// where an id is taken, a task depends on one that is neither there nor new, or on itself in a circle.
    func create(_ tasks: [NewTask], key: RequestKey?, at time: Timestamp) async throws(StoreError) -> Creation
    /// `nil` for an unknown task.
    func task(_ id: TaskID) async throws(StoreError) -> FleetTask?
    /// What a daemon is told about the task; `nil` for an unknown task.
    func document(of id: TaskID) async throws(StoreError) -> String?
    /// Tasks, newest first; from where a page ended on, or from the newest.
    func tasks(_ filter: TaskFilter, after cursor: PageCursor?, limit: Int) async throws(StoreError) -> TaskPage
    /// Tasks that have changed then or later, in the order of their last changes; behind one of them, or from the first.
    func changed(since time: Timestamp, after id: TaskID?, limit: Int) async throws(StoreError) -> [FleetTask]
    /// How many tasks there are of each status.
    func counts() async throws(StoreError) -> [TaskStatus: Int]
    /// What the task's dependencies look at; without those that were deleted.
    func parents(of id: TaskID) async throws(StoreError) -> [TaskID: ParentState]
    /// The tasks that depend on this one.
    func dependents(of id: TaskID) async throws(StoreError) -> [TaskID]

    /// The queued tasks that neither dependencies nor their time keep back, the most urgent first, as ``Schedule`` has it;
    /// from where a page ended on, or from the first.
    func ready(at time: Timestamp, after cursor: ReadyCursor?, limit: Int) async throws(StoreError) -> ReadyPage
    /// What is with daemons now.
    func load() async throws(StoreError) -> FleetLoad
    /// Hands a task to a daemon, with the command that tells it so, if the task is still queued, in no later attempt, its
    /// keys are free and the session lives; counts the attempt up.
    func assign(_ request: AssignmentRequest) async throws(StoreError) -> AssignmentOutcome
    /// Writes a task that was changed by a decision on what the store had, together with what daemons are told.
    ///
    /// Does nothing where the stored task has another status, attempt or revision: then somebody was faster, and the
    /// decision is made again on the task that is returned. It may take the task from its daemon, or note that the daemon
    /// has accepted it, but never hand it out.
    func update(_ task: FleetTask, expecting: TaskExpectation, commands: [NewCommand], at time: Timestamp)
        async throws(StoreError) -> UpdateOutcome
    /// Loses the attempts of daemons whose grace is over (``LeaseRules``); returns the tasks as they are then.
    ///
    /// `watch` is since when there has been a server to come back to; `nil` is always.
    func rescue(watchedSince watch: Timestamp?, at time: Timestamp, limit: Int) async throws(StoreError) -> [FleetTask]
    /// The attempts of a task, in their order.
    func attempts(of id: TaskID) async throws(StoreError) -> [AttemptRecord]
    /// Forgets a task that nobody has and no task waits for, with everything about it.
    func delete(_ id: TaskID) async throws(StoreError) -> DeletionOutcome
}

extension TaskTable {
    /// The first of the queued tasks that nothing keeps back.
    package func ready(at time: Timestamp, limit: Int) async throws(StoreError) -> [FleetTask] {
        try await ready(at: time, after: nil, limit: limit).tasks
    }

    /// The same where there has always been a server.
    package func rescue(at time: Timestamp, limit: Int) async throws(StoreError) -> [FleetTask] {
        try await rescue(watchedSince: nil, at: time, limit: limit)
    }

    /// Writes a task that was changed by a decision on what the store had.
    package func update(_ task: FleetTask, expecting: TaskExpectation, at time: Timestamp) async throws(StoreError)
        -> UpdateOutcome
    {
        try await update(task, expecting: expecting, commands: [], at: time)
    }
}

/// A task that is to be made, with what a daemon will be told.
package struct NewTask: Hashable, Sendable {
    package var task: FleetTask
    /// JSON; the store does not look into it.
    package var document: String

    package init(_ task: FleetTask, document: String) {
        self.task = task
        self.document = document
    }
}

/// By what a client names a request, so that it can send it again when it got no answer.
package struct RequestKey: Hashable, Sendable {
    package var value: String
    /// Of the request: the same key with another request is an error.
    package var fingerprint: SHA256Digest

    package init(_ value: String, fingerprint: SHA256Digest) {
        self.value = value
        self.fingerprint = fingerprint
    }
}

/// What a request has made.
package struct Creation: Hashable, Sendable {
    package var tasks: [FleetTask]
    /// Whether it had been made before.
    package var isRepetition: Bool

    package init(tasks: [FleetTask], isRepetition: Bool) {
        self.tasks = tasks
        self.isRepetition = isRepetition
    }
}

/// Which tasks are wanted; what is `nil` does not matter.
package struct TaskFilter: Hashable, Sendable {
    package var statuses: Set<TaskStatus>?
    package var contract: String?
    package var parent: TaskID?
    /// Who has it now.
    package var daemon: DaemonID?
    /// A part of its name, in any case of ASCII letters, or the beginning of its id.
    package var text: String?
    /// Changed then or later.
    package var changedSince: Timestamp?

    package init(
        statuses: Set<TaskStatus>? = nil,
        contract: String? = nil,
        parent: TaskID? = nil,
        daemon: DaemonID? = nil,
        text: String? = nil,
        changedSince: Timestamp? = nil
    ) {
        self.changedSince = changedSince
        self.statuses = statuses
        self.contract = contract
        self.parent = parent
        self.daemon = daemon
        self.text = text
    }
}

/// Where a page of tasks ends.
package struct PageCursor: Hashable, Sendable {
    package let created: Timestamp
    package let id: TaskID

    package init(_ task: FleetTask) {
        created = task.createdAt
        id = task.id
    }

    /// Reads the text of one.
    package init(text: String) throws(StoreError) {
        let parts = text.split(separator: "-")
        guard parts.count == 2, let time = Int64(parts[0], radix: 36), let id = TaskID(rawValue: String(parts[1]))
        else {
            throw .malformedCursor(String(text.prefix(100)))
        }
        created = Timestamp(millisecondsSince1970: time)
        self.id = id
    }

    package var text: String { "\(String(created.millisecondsSince1970, radix: 36))-\(id)" }
}

/// Some of the tasks.
package struct TaskPage: Hashable, Sendable {
    package var tasks: [FleetTask]
    /// The ids of those that cannot be read.
    package var damaged: [String]
    /// Where the next page begins; `nil` after the last.
    package var next: PageCursor?

    package init(tasks: [FleetTask], damaged: [String] = [], next: PageCursor?) {
        self.tasks = tasks
        self.damaged = damaged
        self.next = next
    }
}

/// Where a page of the queue ends.
package struct ReadyCursor: Hashable, Sendable {
    let urgency: Int64
    let id: TaskID
}

/// Some of the queue.
package struct ReadyPage: Hashable, Sendable {
    package var tasks: [FleetTask]
    /// Where the next page begins; `nil` after the last.
    package var next: ReadyCursor?

    package init(_ tasks: [FleetTask], next: ReadyCursor?) {
        self.tasks = tasks
        self.next = next
    }
}

/// What is with daemons.
package struct FleetLoad: Hashable, Sendable {
    /// How many tasks by concurrency key.
    package var keys: [String: Int] = [:]
    /// How many by share.
    package var shares: [String: Int] = [:]
    /// How many by daemon.
    package var daemons: [DaemonID: Int] = [:]

    package init() {}
}

/// That a task is to be handed to a daemon.
package struct AssignmentRequest: Hashable, Sendable {
    package var task: TaskID
    /// Its latest attempt before this one.
    package var previousAttempt: Int
    package var session: SessionKey
    /// What tells the daemon; `nil` where that is done otherwise.
    package var command: NewCommand?
    /// The last event that was looked at: where something has happened since, what the daemon is told is decided anew.
    package var lastEvent: Int?
    /// What it is told besides, in this order.
    package var further: [NewCommand] = []
    package var at: Timestamp

    package init(
        _ task: TaskID,
        previousAttempt: Int,
        to session: SessionKey,
        command: NewCommand? = nil,
        at time: Timestamp
    ) {
        self.task = task
        self.previousAttempt = previousAttempt
        self.session = session
        self.command = command
        self.at = time
    }
}

/// Whether a task was handed to a daemon.
package enum AssignmentOutcome: Hashable, Sendable {
    case assigned(FleetTask)
    /// It is not queued any more, in a later attempt, or gone, or something has happened to it: somebody was faster.
    case outdated
    /// As many tasks of the key are with daemons as may be.
    case keyBusy(String)
    case sessionOver
}

/// Whether a task was forgotten.
package enum DeletionOutcome: Hashable, Sendable {
    case deleted
    case unknown
    case assigned(DaemonID)
    /// These depend on it, and are not done; in the order of their ids.
    case needed([TaskID])
}

/// What must still be so for a change to be written.
package struct TaskExpectation: Hashable, Sendable {
    package var status: TaskStatus
    package var attempt: Int

    package init(status: TaskStatus, attempt: Int) {
        self.status = status
        self.attempt = attempt
    }

    package init(_ task: FleetTask) {
        self.init(status: task.status, attempt: task.attempt)
    }
}

/// Whether a change was written.
package enum UpdateOutcome: Hashable, Sendable {
    /// The task with its new revision.
    case updated(FleetTask)
    /// The task as it is instead.
    case outdated(FleetTask)
    case unknown
}

/// One hand-over of a task.
package struct AttemptRecord: Hashable, Sendable {
    package var attempt: Int
    package var daemon: DaemonID
    package var session: Int
    package var since: Timestamp
    /// `nil` while it goes on.
    package var endedAt: Timestamp?
    package var end: AttemptEnd?

    package init(attempt: Int, daemon: DaemonID, session: Int, since: Timestamp) {
        self.attempt = attempt
        self.daemon = daemon
        self.session = session
        self.since = since
    }
}
