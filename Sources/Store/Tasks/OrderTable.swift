package import Domain
package import Fleet

/// What people order, each order with one effect.
package protocol OrderTable: Sendable {
    /// What a request with this key was answered; `nil` where none was.
    ///
    /// Throws where another request had the key.
    func reply(to key: RequestKey) async throws(StoreError) -> String?
    /// Brings about what an order does, all of it or nothing, where what it was decided on is still so.
    ///
    /// Throws where a daemon is to be told that is not known any more.
    func carryOut(_ effect: OrderEffect, at time: Timestamp) async throws(StoreError) -> EffectOutcome
    /// Lets a daemon get no new tasks, or some again, and tells it; returns what is kept, `nil` for an unknown daemon.
    ///
    /// Where a request with the same key did it before, nothing changes.
    func drain(_ id: DaemonID, _ isDraining: Bool, command: NewCommand?, reply: KeyedReply?, at time: Timestamp)
        async throws(StoreError) -> DaemonRecord?
}

extension OrderTable {
    /// The same without telling it.
    package func drain(_ id: DaemonID, _ isDraining: Bool) async throws(StoreError) -> DaemonRecord? {
        let never = Timestamp(millisecondsSince1970: 0)
        return try await drain(id, isDraining, command: nil, reply: nil, at: never)
    }
}

/// What a request is answered, kept under its key: whoever sends it again gets the same, and nothing more happens.
package struct KeyedReply: Hashable, Sendable {
    package var key: RequestKey
    /// JSON; the store does not look into it.
    package var document: String

    package init(_ key: RequestKey, _ document: String) {
        self.key = key
        self.document = document
    }
}

/// What an order does to a task.
package struct OrderEffect: Hashable, Sendable {
    /// The task as it was when that was decided.
    package var task: FleetTask
    /// The task as it is to be; written only over the revision that was decided on.
    package var changed: FleetTask?
    /// For the task's history.
    package var events: [NewEvent] = []
    /// What a daemon is told; queued only while the same attempt is with the same daemon, or still with none.
    package var command: NewCommand?
    package var reply: KeyedReply?

    package init(on task: FleetTask) {
        self.task = task
    }
}

/// Whether an order has had its effect.
package enum EffectOutcome: Hashable, Sendable {
    /// The task as it is now.
    case done(FleetTask)
    /// The task as it is instead of what was decided on.
    case outdated(FleetTask)
    case unknown
    /// It was answered before, with this.
    case repeated(String)
}
