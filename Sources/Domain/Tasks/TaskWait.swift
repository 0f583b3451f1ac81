/// A wait of a task for its agent's service: journaled with the decision, so that it outlasts the process that waits.
package struct TaskWait: Hashable, Sendable, Codable {
    /// What the task does about it.
    package enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        /// Waits for the time.
        case waits
        /// Waits while another task of the same account tries.
        case standsBy = "stands_by"
        /// Tries, while the other tasks of the account wait: its agent runs.
        case probes
    }

    package var cause: WaitCause
    /// When it is over, by the wall clock and with everything that spreads waits.
    ///
    /// For one that stands by: when it goes on at the latest, unless the try meets the limit again.
    package var until: Timestamp
    /// The reset that the service stated, where it did: another time than ``until`` where it is past or too far ahead.
    package var stated: Timestamp?
    /// When the task, or another of the account, met the limit.
    package var since: Timestamp
    /// The try of the iteration that follows.
    package var attempt: Int
    package var role: Role
    /// The agent that is free first, where the task has several and none can work; `nil` where nobody else was asked.
    package var agent: String?

    package init(
        _ cause: WaitCause,
        from since: Timestamp,
        until: Timestamp,
        stated: Timestamp? = nil,
        attempt: Int = 1
    ) {
        self.cause = cause
        self.since = since
        self.until = until
        self.stated = stated
        self.attempt = attempt
        self.role = .waits
    }

    package func with(_ newRole: Role) -> TaskWait {
        var copy = self
        copy.role = newRole
        return copy
    }
}
