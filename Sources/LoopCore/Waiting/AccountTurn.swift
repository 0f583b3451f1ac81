package import Domain

/// Whether a task may start its agent, seen from what all tasks of the account know.
///
/// limit known   its time   somebody probes    then
/// no            –          –                  start
/// yes           ahead      no matter          hold until that time
/// yes           over       no                 probe: start, while the others of the account hold
/// yes           over       for < 2 min        hold until the probe ends, or has gone on for 2 minutes
/// yes           over       for ≥ 2 min        start: a limit is met within seconds, so the probe works, also where its
///                                             process is too busy to say so
///
/// A limit that was learned in the future of a clock that was set back counts as one whose time is over.
package enum AccountTurn: Hashable, Sendable {
    case start
    /// Start as the only one, with the account's lock.
    case probe
    case hold(AccountHold)

    /// How long a probe may go on before it counts as one that works.
    package static let probation = Duration.seconds(120)

    /// `isProbed` says whether somebody holds the account's lock.
    package static func decide(_ wait: AccountWait?, isProbed: Bool, at now: Timestamp) -> AccountTurn {
        guard let wait else { return .start }
        if wait.isCredible(at: now), now < wait.until { return .hold(AccountHold(wait)) }
        guard isProbed else { return .probe }
        // One who has the lock and has not written the beginning down yet begins just now.
        let began = min(wait.probe?.began ?? now, now)
        guard now < began + probation else { return .start }
        return .hold(AccountHold(wait, probedUntil: began + probation))
    }
}

/// Why and until when no agent is started, though the loop would have it.
package struct AccountHold: Hashable, Sendable {
    package var cause: WaitCause
    package var until: Timestamp
    /// The reset that the service stated, where it did.
    package var stated: Timestamp?
    package var since: Timestamp
    /// Another task tries, and what comes of it is waited for.
    package var isProbed: Bool
    /// The agent that it is for, where no other one of the task can work either; `nil` where nobody else was asked.
    package var agent: String?

    package init(_ cause: WaitCause, from since: Timestamp, until: Timestamp, stated: Timestamp? = nil) {
        self.cause = cause
        self.since = since
        self.until = until
        self.stated = stated
        isProbed = false
    }

    init(_ wait: AccountWait) {
        self.init(wait.cause, from: wait.since, until: wait.until, stated: wait.stated)
    }

    init(_ wait: AccountWait, probedUntil time: Timestamp) {
        self.init(wait.cause, from: wait.since, until: time, stated: wait.stated)
        isProbed = true
    }
}

extension TaskWait {
    /// The wait of a task that is held back before the try `attempt`.
    package init(_ hold: AccountHold, attempt: Int) {
        self.init(hold.cause, from: hold.since, until: hold.until, stated: hold.stated, attempt: attempt)
        if hold.isProbed { role = .standsBy }
        agent = hold.agent
    }

    /// The wait of an account, as the task sees it whose try `attempt` is the probe.
    package init(probing wait: AccountWait, attempt: Int) {
        self.init(wait.cause, from: wait.since, until: wait.until, stated: wait.stated, attempt: attempt)
        role = .probes
    }
}
