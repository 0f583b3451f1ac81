package import Domain

/// Decides what follows from the time that a daemon has not been heard of.
///
/// The lease is the session's. When it is over the session is ended, but what the daemon has stays with it for the
/// grace: a daemon that is cut off works on, and goes on with its attempts when it comes back. Then each attempt is
/// lost. Times are of one clock; where that is set back, leases last longer, and where it is set ahead, attempts are
/// handed on early: the fence holds either way.
package struct LeaseRules: Hashable, Sendable {
    /// How long a session lives after its last sign of life.
    package var timeToLive: Duration
    /// How long after the end of its last session a daemon keeps what it has.
    package var grace: Duration
    /// After so many attempts in a row that were lost, a task is not handed out by itself.
    package var mostLosses: Int

    package init(timeToLive: Duration = .seconds(30), grace: Duration = .seconds(300), mostLosses: Int = 3) {
        self.timeToLive = timeToLive
        self.grace = grace
        self.mostLosses = mostLosses
    }

    /// Where a session stands.
    package enum Standing: Hashable, Sendable {
        case alive
        /// Its lease is over, and it is to be ended.
        case expired
        case ended(SessionEnd)
    }

    package func standing(of session: DaemonSession, at time: Timestamp) -> Standing {
        if let end = session.end { return .ended(end.cause) }
        return time > session.leaseUntil ? .expired : .alive
    }

    /// Begins a session; the one before it, where it has not ended, is fenced.
    package func open(
        _ number: Int,
        of daemon: DaemonID,
        on server: String,
        after previous: DaemonSession?,
        at time: Timestamp
    ) -> (session: DaemonSession, fenced: DaemonSession?) {
        let session = DaemonSession(
            daemon: daemon,
            number: number,
            server: server,
            startedAt: time,
            leaseUntil: time + timeToLive
        )
        guard let previous, previous.end == nil else { return (session, nil) }
        let isOver = standing(of: previous, at: time) == .expired
        return (session, ended(previous, isOver ? .expired : .fenced, at: time))
    }

    /// The session with a longer lease; `nil` where it has ended or is over, from which nothing brings it back.
    package func renewed(_ session: DaemonSession, at time: Timestamp) -> DaemonSession? {
        guard standing(of: session, at: time) == .alive else { return nil }
        var longer = session
        longer.leaseUntil = max(session.leaseUntil, time + timeToLive)
        return longer
    }

    /// The session with its end; the first one stays.
    package func ended(_ session: DaemonSession, _ cause: SessionEnd, at time: Timestamp) -> DaemonSession {
        guard session.end == nil else { return session }
        var over = session
        // Whoever looks late does not lengthen the grace.
        over.end = DaemonSession.End(cause, at: cause == .expired ? min(time, session.leaseUntil) : time)
        return over
    }

    /// What becomes of a task whose daemon has `latest` as its last session.
    ///
    /// The grace does not run while nobody was there that a daemon could have come back to: it ends no earlier than that
    /// long after `watch`, since when somebody has been.
    package func rescue(
        _ task: FleetTask,
        latest: DaemonSession?,
        watchedSince watch: Timestamp? = nil,
        at time: Timestamp
    ) -> Rescue {
        guard let assignment = task.assignment else { return .leave }
        guard let end = end(latest, at: time) else { return .leave }
        // A session that never was: from when the task was handed over.
        let since = end ?? assignment.since
        let limit = max(since, watch ?? since) + grace
        return time < limit ? .wait(until: limit) : .rescue
    }

    /// When the last session ended; `nil` outside while it lives, `nil` inside where there was none.
    private func end(_ latest: DaemonSession?, at time: Timestamp) -> Timestamp?? {
        guard let latest else { return .some(nil) }
        switch standing(of: latest, at: time) {
        case .alive: return nil
        case .expired: return .some(latest.leaseUntil)
        case .ended: return .some(latest.end?.at)
        }
    }

    /// What becomes of an attempt of a daemon that may be gone.
    package enum Rescue: Hashable, Sendable {
        /// Its daemon is there, or nobody has it.
        case leave
        /// The daemon may come back.
        case wait(until: Timestamp)
        /// The attempt is lost.
        case rescue
    }
}
