package import Domain

/// The rest of a wait that an earlier run left, where it is not over.
///
/// left by                                        the rest
/// a process that died while it waited            until the stored time
/// a person who stopped it while it waited        until the stored time
/// a run that was not to wait (or not any more)   until the reset that was stated; none where none was
/// any of them, for a person's answer             none: whoever resumes is there
/// any of them, for a review                      none: the run looks at the pull request again
///
/// A clock that was set back since makes no wait longer than it was.
package enum KeptWait {
    /// `jitter` spreads the ends of stated times only: a stored time is spread already.
    package static func rest(of task: TaskRecord, at now: Timestamp, jitter: Double) -> AccountHold? {
        if case .waiting(let cause, let until?) = task.reason {
            guard until > now, until > task.updatedAt else { return nil }
            let end = WaitDelay.until(until, atLeast: .zero).end(from: now, jitter: jitter)
            let longest = WaitDelay.until(until, atLeast: .zero).end(from: task.updatedAt, jitter: jitter)
            return AccountHold(cause, from: now, until: min(end, now + (longest - task.updatedAt)), stated: until)
        }
        guard case .interrupted = task.reason, let wait = task.wait, wait.until > now, !wait.cause.isForPerson,
            wait.cause != .review
        else { return nil }
        let since = min(wait.since, now)
        return AccountHold(
            wait.cause,
            from: since,
            until: min(wait.until, now + (wait.until - wait.since)),
            stated: wait.stated
        )
    }
}
