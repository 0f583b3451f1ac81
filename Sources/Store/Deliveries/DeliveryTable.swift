package import Domain
package import Fleet

/// What servers and daemons tell each other.
package protocol DeliveryTable: Sendable {
    /// Takes entries of a daemon's outbox, in their order and in one transaction: number and effect are written
    /// together or not at all.
    ///
    /// The outcomes are in the order of the entries; after a gap nothing more is taken. Throws where the session is over.
    func take(_ entries: [InboxEntry], from session: SessionKey, at time: Timestamp) async throws(StoreError)
        -> [TakeOutcome]
    /// The number of the last entry that was taken from the daemon; 0 before the first.
    func lastTaken(from daemon: DaemonID) async throws(StoreError) -> Int

    /// Queues a command for a daemon; one whose id is known is there already.
    func enqueue(_ command: NewCommand, at time: Timestamp) async throws(StoreError) -> QueuedCommand
    /// The commands that the daemon has neither acknowledged nor need carry out any more, in their order.
    func unacknowledged(by daemon: DaemonID, after order: Int, limit: Int) async throws(StoreError) -> [QueuedCommand]
    /// Notes what a daemon says of a command; returns whether this was the first time.
    func acknowledge(_ answer: CommandReply, by daemon: DaemonID, at time: Timestamp) async throws(StoreError) -> Bool
    /// `nil` for an unknown command.
    func command(_ id: String) async throws(StoreError) -> QueuedCommand?
    /// The messages that had no effect, newest first.
    func refusals(of task: TaskID?, limit: Int) async throws(StoreError) -> [Refusal]
}

extension DeliveryTable {
    /// Takes one entry.
    package func take(_ entry: InboxEntry, from session: SessionKey, at time: Timestamp) async throws(StoreError)
        -> TakeOutcome
    {
        try await take([entry], from: session, at: time).first ?? .gap(expected: 0)
    }
}

/// An entry of a daemon's outbox.
package struct InboxEntry: Hashable, Sendable {
    package var number: Int
    /// `nil` where it is about none.
    package var subject: Subject?
    package var effect: InboxEffect

    package init(_ number: Int, about subject: Subject? = nil, _ effect: InboxEffect) {
        self.number = number
        self.subject = subject
        self.effect = effect
    }

    /// The attempt that an entry is about.
    package struct Subject: Hashable, Sendable {
        package var task: TaskID
        package var attempt: Int
        package var sequence: Int

        package init(_ task: TaskID, attempt: Int, sequence: Int) {
            self.task = task
            self.attempt = attempt
            self.sequence = sequence
        }
    }
}

/// What an entry brings about.
///
/// All but ``answers`` and ``audit`` needs an entry with a subject.
package struct InboxEffect: Hashable, Sendable {
    package var report: AttemptReport = .nothing
    /// Also kept of an attempt that is not current any more, as long as it was the daemon's.
    package var events: [NewEvent] = []
    package var iterations: [IterationEntry] = []
    package var checkpoints: [CheckpointEntry] = []
    package var receipts: [ReceiptEntry] = []
    package var questions: [QuestionEntry] = []
    /// The numbers of questions that the agent has taken back.
    package var withdrawnQuestions: [Int] = []
    package var answers: [CommandReply] = []
    /// For the audit log.
    package var audit: [AuditEntry] = []

    package init(_ report: AttemptReport = .nothing, events: [NewEvent] = []) {
        self.report = report
        self.events = events
    }
}

/// What has become of an entry.
package enum TakeOutcome: Hashable, Sendable {
    /// The task as it is now; `nil` where the entry is about none.
    case taken(FleetTask?)
    /// It was taken before, and is acknowledged once more.
    case repetition
    /// It is acknowledged, has no effect on its task and is recorded.
    case stale(RefusalCause)
    /// Entries before it are missing; it is not acknowledged.
    case gap(expected: Int)
}

/// A command that is to be queued.
package struct NewCommand: Hashable, Sendable {
    package var id: String
    package var daemon: DaemonID
    /// The attempt that it is about; it need not be carried out any more when that has ended.
    package var attempt: AttemptKey?
    /// JSON; the store does not look into it.
    package var document: String

    package init(_ id: String, to daemon: DaemonID, about attempt: AttemptKey? = nil, document: String) {
        self.id = id
        self.daemon = daemon
        self.attempt = attempt
        self.document = document
    }
}

/// A command in the queue of a daemon.
package struct QueuedCommand: Hashable, Sendable {
    package var command: NewCommand
    /// Counts up over all commands.
    package var order: Int
    package var queuedAt: Timestamp
    /// `nil` while the daemon has not acknowledged it.
    package var acknowledgedAt: Timestamp?
    /// What the daemon said; `nil` where it said no more than that it has it.
    package var answer: String?
    /// It need not be carried out: its attempt has ended.
    package var isWithdrawn: Bool

    package init(_ command: NewCommand, order: Int, queuedAt: Timestamp) {
        self.command = command
        self.order = order
        self.queuedAt = queuedAt
        self.isWithdrawn = false
    }
}

/// What a daemon says of a command.
package struct CommandReply: Hashable, Sendable {
    package var command: String
    /// JSON; `nil` is a plain acknowledgement.
    package var document: String?

    package init(_ command: String, _ document: String? = nil) {
        self.command = command
        self.document = document
    }
}

/// A message that had no effect.
package struct Refusal: Hashable, Sendable {
    package var at: Timestamp
    package var session: SessionKey
    /// Of the entry in the daemon's outbox.
    package var number: Int
    package var task: TaskID
    package var attempt: Int
    package var cause: RefusalCause
    /// What it would have reported, in JSON.
    package var report: String

    package init(
        at time: Timestamp,
        from session: SessionKey,
        number: Int,
        about key: AttemptKey,
        _ cause: RefusalCause
    ) {
        self.at = time
        self.session = session
        self.number = number
        self.task = key.task
        self.attempt = key.attempt
        self.cause = cause
        self.report = ""
    }
}
