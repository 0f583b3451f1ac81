package import Domain

/// What is done to a store so that it does not grow for ever.
package protocol StoreUpkeep: Sendable {
    /// Forgets what is older than wanted, at most `limit` rows of each kind: call it until it forgets nothing more.
    func prune(_ rules: PruneRules, at time: Timestamp, limit: Int) async throws(StoreError) -> PruneReport
}

/// How long what is kept; `nil` is for ever.
package struct PruneRules: Hashable, Sendable {
    /// Tasks that are done, with everything about them, from their last change on, unless their contract is not over, or may
    /// be resumed and they are not merged; and contracts that are over, with their timelines, once none of their tasks is left.
    package var doneTasks: Duration?
    /// Events of tasks that are with nobody, from the event on; those of the kind `status` stay.
    package var events: Duration?
    package var refusals: Duration?
    package var audit: Duration?
    /// Idempotency keys.
    package var requests: Duration?
    /// Commands that were acknowledged or need not be carried out any more.
    package var commands: Duration?
    /// Blobs of which bytes are missing, from their announcement on.
    package var partialBlobs: Duration?
    /// What agents and checks of a task have printed, from when it came to rest: nobody has it, it is not queued, and nothing
    /// has changed since.
    package var output: Duration? = nil
    /// The work of a task, from when it came to rest; that of one on which others that are not done depend stays, and that
    /// of one whose contract may still merge it.
    package var blobs: Duration? = nil
    /// Sessions that have ended, but for the last one of each daemon.
    package var sessions: Duration? = .seconds(30 * 86_400)
    /// What iterations have spent, from their ends on, whether their tasks are still there or not.
    package var spending: Duration? = .seconds(365 * 86_400)

    package init(
        doneTasks: Duration? = nil,
        events: Duration? = nil,
        refusals: Duration? = .seconds(30 * 86_400),
        audit: Duration? = .seconds(365 * 86_400),
        requests: Duration? = .seconds(2 * 86_400),
        commands: Duration? = .seconds(7 * 86_400),
        partialBlobs: Duration? = .seconds(86_400)
    ) {
        self.doneTasks = doneTasks
        self.events = events
        self.refusals = refusals
        self.audit = audit
        self.requests = requests
        self.commands = commands
        self.partialBlobs = partialBlobs
    }
}

/// How many rows were forgotten.
package struct PruneReport: Hashable, Sendable {
    package var doneTasks = 0
    package var contracts = 0
    package var events = 0
    package var refusals = 0
    package var audit = 0
    package var requests = 0
    package var commands = 0
    package var partialBlobs = 0
    package var output = 0
    package var blobs = 0
    package var sessions = 0
    package var spending = 0

    package init() {}

    package var isEmpty: Bool { self == PruneReport() }
}
