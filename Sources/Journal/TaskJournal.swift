package import Domain

/// What a machine must remember across a crash.
///
/// Every decision is written here before it is acted on.
///
/// A call that returns has committed to the disk. Cancelling the caller undoes none: what was decided gets written.
package protocol TaskJournal: Sendable {
    /// Makes a new task known, with the first line of its history.
    func insert(_ task: TaskRecord) async throws
    /// Returns `nil` for an unknown task; throws for one whose row cannot be read.
    func task(_ id: TaskID) async throws -> TaskRecord?
    /// All tasks, newest first.
    ///
    /// Rows that cannot be read are set aside, not fatal.
    func tasks() async throws -> JournalListing
    /// The `count` newest tasks and all that are active, newest first; how many there are is no matter of time.
    func tasks(latest count: Int) async throws -> JournalListing
    /// Those that stand directly before and after `ids` in the order of all ids.
    func neighbours(of ids: [TaskID]) async throws -> Set<TaskID>
    /// Finds the task that `name` stands for: its id or name, or the beginning of either.
    func find(_ name: String) async throws -> TaskSearch

    /// Writes the task's row, and a line of its history where status or reason changed.
    ///
    /// Changes nothing and returns false where the stored status is not `expected`, or where the row is of a later run
    /// or counts more iterations: somebody else was faster. Throws where the new status cannot follow the stored one
    /// (``TaskStatus/successors``). So exactly one of several writers ends a run.
    func update(_ task: TaskRecord, expecting expected: TaskStatus) async throws -> Bool
    /// Forgets the task and everything about it.
    ///
    /// Leaves no trace: a person wanted it gone, and ids do not come again.
    func delete(_ id: TaskID) async throws

    /// Writes that an iteration begins.
    ///
    /// Throws where this try has begun before, or where the task is not in the record's run any more.
    func beginIteration(_ record: IterationRecord, of id: TaskID) async throws
    /// Writes how an iteration ended together with its checkpoint and the task as it is after it, in one transaction; where
    /// the iteration counts, the messages of its prompt are delivered. What the agent asked is open from then on.
    ///
    /// An iteration ends once. The same end may be written again with what its checks found; another end throws, and
    /// so does a task's row of an earlier run or with fewer iterations than the stored one.
    func endIteration(_ record: IterationRecord, task: TaskRecord) async throws
    /// In the order of their numbers and tries.
    ///
    /// One whose outcome cannot be read comes without it.
    func iterations(of id: TaskID) async throws -> [IterationRecord]

    /// Writes a checkpoint; one of the same number is replaced, as it is in the vault.
    func recordCheckpoint(_ checkpoint: Checkpoint, of id: TaskID) async throws
    /// In the order of their numbers.
    func checkpoints(of id: TaskID) async throws -> [Checkpoint]
    /// The task's history, oldest first.
    func events(of id: TaskID) async throws -> [TaskEvent]
    /// What of the task cannot be read.
    func damage(of id: TaskID) async throws -> [DamagedRow]

    /// Keeps a copy of everything for the day on which the journal itself is lost; at most one a day.
    func keepCopy() async throws

    /// Queues what a person says to the agent of a task.
    func say(_ text: String, to id: TaskID, at time: Timestamp) async throws -> TaskMessage
    /// Writes that the agent has a message; the first receipt stays.
    func deliver(_ number: Int, of id: TaskID, _ receipt: TaskMessage.Receipt) async throws
    /// The task's questions, oldest first.
    func questions(of id: TaskID) async throws -> [TaskQuestion]
    /// Writes down that the agent waits to be allowed something, and returns the number of the question.
    func ask(_ request: PermissionRequest, in iteration: Int, at time: Timestamp, of id: TaskID) async throws -> Int
    /// Answers a question, and queues the answer for the agent, in one transaction; one that is withdrawn is only closed.
    ///
    /// Returns false, and changes nothing, where it has been answered before or there is no such question.
    func answer(_ number: Int, of id: TaskID, _ answer: TaskQuestion.Answer) async throws -> Bool
    /// In the order in which they were said.
    func messages(of id: TaskID) async throws -> [TaskMessage]

    /// What is known about the limit of an account; `nil` where nothing is, or nothing that can be read.
    func wait(of account: AgentAccount) async throws -> AccountWait?
    /// Takes in what was learned about an account, in one transaction with what was known (``AccountWait/merged(with:)``).
    func learn(_ wait: AccountWait, of account: AgentAccount) async throws
    /// Writes that a task tries whether the limit is over; does nothing where none is known.
    func begin(_ probe: AccountWait.Probe, of account: AgentAccount) async throws
    /// Forgets what was learned about an account, unless that was after `time`.
    func forgetWait(of account: AgentAccount, learnedUntil time: Timestamp) async throws
}

/// What a listing found.
package struct JournalListing: Hashable, Sendable {
    package var tasks: [TaskRecord]
    package var damaged: [DamagedRow]
    /// How many others there are.
    package var older = 0

    package init(tasks: [TaskRecord] = [], damaged: [DamagedRow] = []) {
        self.tasks = tasks
        self.damaged = damaged
    }
}

/// A row that cannot be read, or not completely.
///
/// It stays where it is.
package struct DamagedRow: Hashable, Sendable {
    /// What a row is about.
    package enum Kind: String, Hashable, Sendable {
        case task
        case iteration
        case checkpoint
        case event
    }

    package var kind: Kind
    /// The task's id as stored; need not be a valid one.
    package var id: String
    package var message: String

    package init(kind: Kind, id: String, message: String) {
        self.kind = kind
        self.id = id
        self.message = message
    }
}

/// What a name given by a person stands for.
package enum TaskSearch: Hashable, Sendable {
    case none
    case one(TaskID)
    /// Newest first.
    case ambiguous([TaskID])
}

extension TaskJournal {
    /// Whether people have said something to a task that its agent has not heard, besides the messages `told`, by number.
    package func hasUnheard(of id: TaskID, besides told: [Int] = []) async throws -> Bool {
        try await messages(of: id).contains { $0.isUnheard && !told.contains($0.number) }
    }
}
