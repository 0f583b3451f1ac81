package import Domain
package import Fleet

/// What has happened to tasks.
package protocol HistoryTable: Sendable {
    /// Adds to a task's history what the server itself has to say; what daemons say comes with ``DeliveryTable/take(_:from:at:)``.
    ///
    /// Returns the position of the last. Throws for an unknown task.
    func append(_ events: [NewEvent], to id: TaskID) async throws(StoreError) -> Int
    /// What comes after a position, in order; of all kinds, or of some.
    func events(of id: TaskID, after position: Int, kinds: Set<EventKind>?, limit: Int) async throws(StoreError)
        -> [FleetEvent]
    /// In the order of attempts, numbers and tries.
    func iterations(of id: TaskID) async throws(StoreError) -> [IterationEntry]

    /// What was spent in iterations that ended in a time, by task; also of tasks that are gone, until that is forgotten.
    func spending(in time: Range<Timestamp>) async throws(StoreError) -> [TaskID: Spending]
    /// In the order of attempts and numbers.
    func checkpoints(of id: TaskID) async throws(StoreError) -> [CheckpointEntry]
    /// Keeps checkpoints that were taken of the work of an attempt which has ended, with what happened; one of the same number takes its
    /// place.
    ///
    /// Throws for an unknown task.
    func keep(_ checkpoints: [CheckpointEntry], of key: AttemptKey, events: [NewEvent]) async throws(StoreError)
    /// In the order in which they came.
    func receipts(of id: TaskID) async throws(StoreError) -> [ReceiptEntry]
    /// In the order of attempts and numbers.
    func questions(of id: TaskID) async throws(StoreError) -> [QuestionEntry]
    /// What waits for an answer over all tasks, oldest first: of current attempts only.
    func openQuestions(limit: Int) async throws(StoreError) -> [QuestionEntry]
    /// Answers a question, and keeps in the same transaction what was replied to whoever answers; the first answer stays.
    ///
    /// `events` are for the history of its task.
    func answer(
        _ question: QuestionKey,
        _ answer: QuestionEntry.Answer,
        events: [NewEvent],
        reply: KeyedReply?
    ) async throws(StoreError) -> AnswerOutcome
    /// The position of the task's last event; 0 for an unknown task.
    func lastEvent(of id: TaskID) async throws(StoreError) -> Int
}

/// What an event is about.
package enum EventKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Lines that the agent has printed.
    case output
    /// What the agent does, as its reader understood it.
    case agent
    /// The task has another status or reason; written by the store itself.
    case status
    case iteration
    case checkpoint
    case check
    case question
    /// What a person has said or ordered.
    case person
    /// What makima has to say beside that.
    case note
}

/// Something that has happened to a task.
package struct NewEvent: Hashable, Sendable {
    package var kind: EventKind
    package var at: Timestamp
    /// JSON; the store looks into none but its own.
    package var body: String

    package init(_ kind: EventKind, at time: Timestamp, body: String) {
        self.kind = kind
        self.at = time
        self.body = body
    }
}

/// One entry of a task's history.
package struct FleetEvent: Hashable, Sendable {
    /// Counts from 1 over all events of the task, and is never used twice.
    package var position: Int
    /// The attempt that it is about; 0 before the first.
    package var attempt: Int
    package var event: NewEvent

    package init(position: Int, attempt: Int, event: NewEvent) {
        self.position = position
        self.attempt = attempt
        self.event = event
    }
}

/// The body of an event of the kind `status`.
package struct StatusEntry: Hashable, Sendable, Codable {
    package var status: TaskStatus
    package var reason: Reason?
    package var attempt: Int
    package var daemon: DaemonID?

    package init(_ task: FleetTask) {
        status = task.status
        reason = task.reason
        attempt = task.attempt
        daemon = task.assignment?.daemon
    }
}

/// An iteration, which may still go on.
///
/// Told once more with its end, which stays.
package struct IterationEntry: Hashable, Sendable {
    package var attempt: Int
    package var number: Int
    /// Which try of this number, from 1.
    package var turn: Int
    package var startedAt: Timestamp
    package var endedAt: Timestamp?
    /// What was spent in it, to be told with its end; not read back with the iteration.
    package var spent: Spending?
    /// JSON; the store does not look into it.
    package var document: String

    package init(
        _ number: Int,
        turn: Int = 1,
        attempt: Int = 0,
        startedAt: Timestamp,
        endedAt: Timestamp? = nil,
        document: String = "{}"
    ) {
        self.number = number
        self.turn = turn
        self.attempt = attempt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.document = document
    }
}

/// A checkpoint; what of its files the server has is a blob.
package struct CheckpointEntry: Hashable, Sendable {
    package var attempt: Int
    package var number: Int
    package var takenAt: Timestamp
    /// What the blob is to be; `nil` where only the daemon has the files.
    package var blob: BlobKey?
    /// Whether all of the blob is here, and is what was announced; the store says so.
    package var isStored: Bool
    /// JSON; the store does not look into it.
    package var document: String

    package init(
        _ number: Int,
        attempt: Int = 0,
        takenAt: Timestamp,
        blob: BlobKey? = nil,
        document: String = "{}"
    ) {
        self.number = number
        self.attempt = attempt
        self.takenAt = takenAt
        self.blob = blob
        self.isStored = false
        self.document = document
    }
}

/// The record of one execution of a check.
package struct ReceiptEntry: Hashable, Sendable {
    package var attempt: Int
    package var iteration: Int
    package var check: String
    package var at: Timestamp
    /// JSON; the store does not look into it.
    package var document: String

    package init(_ check: String, iteration: Int, attempt: Int = 0, at time: Timestamp, document: String = "{}") {
        self.check = check
        self.iteration = iteration
        self.attempt = attempt
        self.at = time
        self.document = document
    }
}

/// Names a question.
package struct QuestionKey: Hashable, Sendable {
    package var attempt: AttemptKey
    /// Counted by the daemon's journal.
    package var number: Int

    package init(_ attempt: AttemptKey, _ number: Int) {
        self.attempt = attempt
        self.number = number
    }
}

/// A question of an agent.
package struct QuestionEntry: Hashable, Sendable {
    package var key: QuestionKey
    package var askedAt: Timestamp
    /// JSON; the store does not look into it.
    package var document: String
    /// `nil` while it is open.
    package var answer: Answer?
    /// The agent does not wait for an answer any more.
    package var isWithdrawn: Bool

    package init(_ key: QuestionKey, askedAt: Timestamp, document: String = "{}") {
        self.key = key
        self.askedAt = askedAt
        self.document = document
        self.isWithdrawn = false
    }

    package struct Answer: Hashable, Sendable {
        package var text: String
        /// Who has answered.
        package var author: String
        package var at: Timestamp

        package init(_ text: String, by author: String, at time: Timestamp) {
            self.text = text
            self.author = author
            self.at = time
        }
    }
}

/// Whether an answer was taken.
package enum AnswerOutcome: Hashable, Sendable {
    case answered(QuestionEntry)
    /// Somebody was faster, or the agent has taken it back.
    case closedBefore(QuestionEntry)
    case unknown
    /// A request with the same key has had this reply.
    case repeated(String)
}

/// What was spent in iterations.
package struct Spending: Hashable, Sendable {
    /// Those that counted.
    package var iterations: Int
    package var usage: Usage

    package init(iterations: Int = 0, usage: Usage = Usage()) {
        (self.iterations, self.usage) = (iterations, usage)
    }
}
