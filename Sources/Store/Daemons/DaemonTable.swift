package import Domain
package import Fleet

/// The daemons of a server, and their sessions.
package protocol DaemonTable: Sendable {
    /// Makes a daemon known, or changes what is known of it.
    func put(_ daemon: DaemonRecord) async throws(StoreError)
    /// Keeps what a daemon says of itself; whether it is drained stays as it is in the store.
    ///
    /// Returns what is kept; `nil` for an unknown daemon.
    func introduce(_ daemon: DaemonRecord) async throws(StoreError) -> DaemonRecord?
    /// `nil` for an unknown daemon.
    func daemon(_ id: DaemonID) async throws(StoreError) -> DaemonRecord?
    /// By their ids.
    func daemons() async throws(StoreError) -> [DaemonRecord]
    /// Forgets a daemon that has no task, with its commands; returns whether it did.
    func removeDaemon(_ id: DaemonID) async throws(StoreError) -> Bool

    /// Begins a session, and ends the one before it. Throws for an unknown daemon.
    ///
    /// Where `outbox` names another outbox than before, nothing was taken of it yet.
    func openSession(of daemon: DaemonID, on server: String, outbox: String?, at time: Timestamp)
        async throws(StoreError) -> SessionOpening
    /// Makes the lease longer and keeps what the daemon says of its machine, `nil` being what was said last.
    ///
    /// Returns until when the session lives; throws where it has ended.
    func renew(_ session: SessionKey, capacity: DaemonCapacity?, at time: Timestamp) async throws(StoreError)
        -> Timestamp
    /// The sessions that have not ended although their leases are over.
    func expired(at time: Timestamp) async throws(StoreError) -> [DaemonSession]
    /// Ends a session; its daemon keeps what it has for the grace. Returns whether it had not ended before.
    func endSession(_ session: SessionKey, _ cause: SessionEnd, at time: Timestamp) async throws(StoreError) -> Bool
    /// The last session of a daemon; `nil` before the first.
    func latestSession(of daemon: DaemonID) async throws(StoreError) -> DaemonSession?
    /// The daemons with a session that lives, as the dispatcher looks at them, by their ids.
    func connected(at time: Timestamp) async throws(StoreError) -> [DaemonState]
    /// What a daemon has.
    func assigned(to daemon: DaemonID) async throws(StoreError) -> [FleetTask]
}

extension DaemonTable {
    /// Begins a session with the outbox that was known before.
    package func openSession(of daemon: DaemonID, on server: String, at time: Timestamp) async throws(StoreError)
        -> SessionOpening
    {
        try await openSession(of: daemon, on: server, outbox: nil, at: time)
    }
}

/// What is known of a daemon.
package struct DaemonRecord: Hashable, Sendable, Codable {
    package var id: DaemonID
    /// For people.
    package var name: String
    package var labels: Set<String>
    /// It gets no new tasks.
    package var isDraining: Bool
    /// The addresses of the repositories that it has.
    package var repositories: Set<String>
    /// The names of the agents that it can start; `nil` before it has said which.
    package var agents: Set<String>?
    /// Of makima; empty before it has connected.
    package var version: String
    package var enrolledAt: Timestamp
    package var lastSeenAt: Timestamp?

    package init(_ id: DaemonID, name: String, labels: Set<String> = [], enrolledAt: Timestamp) {
        self.id = id
        self.name = name
        self.labels = labels
        self.isDraining = false
        self.repositories = []
        self.version = ""
        self.enrolledAt = enrolledAt
    }
}

/// What has come of a daemon's connection.
package struct SessionOpening: Hashable, Sendable {
    package var session: DaemonSession
    /// The session before it, where this one has ended it.
    package var fenced: DaemonSession?
    /// The number of the last entry that was taken from the daemon's outbox.
    package var lastTaken: Int
    /// The daemon had another outbox before, and what was in that is lost.
    package var isOutboxNew: Bool

    package init(session: DaemonSession, fenced: DaemonSession?, lastTaken: Int, isOutboxNew: Bool = false) {
        self.session = session
        self.fenced = fenced
        self.lastTaken = lastTaken
        self.isOutboxNew = isOutboxNew
    }
}
