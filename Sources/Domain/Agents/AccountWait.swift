/// What is known about the limit of an account: kept for all tasks of this machine that use it.
package struct AccountWait: Hashable, Sendable, Codable {
    /// One task's try, while the others wait for what comes of it.
    package struct Probe: Hashable, Sendable, Codable {
        package var task: TaskID
        package var began: Timestamp

        package init(task: TaskID, began: Timestamp) {
            self.task = task
            self.began = began
        }
    }

    package var cause: WaitCause
    /// Before it nobody tries.
    package var until: Timestamp
    /// The reset that the service stated, where it did.
    package var stated: Timestamp?
    /// When it was learned.
    package var since: Timestamp
    /// The task that learned it.
    package var task: TaskID
    /// The last try since; whether it goes on is told by the lock that the one who tries holds.
    package var probe: Probe?

    package init(
        _ cause: WaitCause,
        from since: Timestamp,
        until: Timestamp,
        stated: Timestamp? = nil,
        learnedBy task: TaskID
    ) {
        self.cause = cause
        self.since = since
        self.until = until
        self.stated = stated
        self.task = task
    }

    /// What holds when `later` is learned too: a shorter wait never shortens one that is not over.
    package func merged(with later: AccountWait) -> AccountWait {
        isCredible(at: later.since) && until > later.since && until > later.until ? self : later
    }

    /// Whether it was learned before `now`: if not, the clock was set back, and its times mean nothing.
    package func isCredible(at now: Timestamp) -> Bool {
        since <= now + Self.clockTolerance
    }

    /// Clocks are corrected by so much without anybody noticing.
    private static let clockTolerance = Duration.seconds(300)
}
