import Domain
import Journal
import LoopCore

/// Where every start of an agent passes, and where its end is told: so that of all tasks of an account on this machine
/// one tries whether a limit is over.
///
/// What is decided is decided by ``AccountTurn`` and ``AccountLesson``; this asks the journal and takes the lock.
struct AccountGate: Sendable {
    let account: AgentAccount
    let task: TaskID
    let journal: any TaskJournal
    /// The path of the account's lock.
    let lock: String
    let wallClock: any WallClock

    /// Whether an agent may be started.
    enum Entry: Sendable {
        case start
        /// As the only one; the probe is to be given back to ``AccountGate/note(_:own:wasStopped:probe:)``.
        case probe(AccountProbe)
        case hold(AccountHold)
    }

    /// The turn of a task that does not start anything yet.
    func look() async throws -> AccountTurn {
        guard let wait = try await journal.wait(of: account) else { return .start }
        return turn(wait, isProbed: OwnerLock.owner(lock) != nil)
    }

    /// Asks for an agent to be started now; a person who `insists` waits for nobody.
    func enter(insists: Bool) async throws -> Entry {
        switch try await look() {
        case .start: return .start
        case .hold(let hold) where !insists: return .hold(hold)
        case .hold, .probe: break
        }
        guard let held = try OwnerLock.acquire(lock) else { return try await entryBehindAnother(insists: insists) }
        // Whoever had the lock until just now may have found something out.
        guard let wait = try await journal.wait(of: account) else {
            held.release()
            return .start
        }
        if case .hold(let hold) = turn(wait, isProbed: false), !insists {
            held.release()
            return .hold(hold)
        }
        let began = wallClock.now()
        try await journal.begin(AccountWait.Probe(task: task, began: began), of: account)
        return .probe(AccountProbe(wait: wait, began: began, lock: held))
    }

    private func entryBehindAnother(insists: Bool) async throws -> Entry {
        if !insists, case .hold(let hold) = turn(try await journal.wait(of: account), isProbed: true) {
            return .hold(hold)
        }
        return .start
    }

    private func turn(_ wait: AccountWait?, isProbed: Bool) -> AccountTurn {
        AccountTurn.decide(wait, isProbed: isProbed, at: wallClock.now())
    }

    /// Tells all tasks of the account that the service answers, and ends the probe.
    ///
    /// What another task has learned since is newer than the beginning of this try, and stays.
    func conclude(_ probe: AccountProbe) async throws {
        defer { probe.lock.release() }
        try await journal.forgetWait(of: account, learnedUntil: probe.began)
    }

    /// Tells all tasks of the account what the end of an agent's process says, and ends its probe, if it was one.
    ///
    /// `own` is the wait that the task itself begins because of it, and `wasStopped` says that a person wanted the end.
    func note(_ end: IterationEnd, own: TaskWait?, wasStopped: Bool, probe: AccountProbe?) async throws {
        defer { probe?.lock.release() }
        let now = wallClock.now()
        switch AccountLesson.from(end, own: own, wasStopped: wasStopped, at: now) {
        case .limited(let cause, let until, let stated):
            let wait = AccountWait(cause, from: now, until: until, stated: stated, learnedBy: task)
            try await journal.learn(wait, of: account)
        case .answered:
            if let probe { try await conclude(probe) }
        case .nothing:
            break
        }
    }
}

/// The one try of an account whose limit was met.
///
/// The lock goes with the process: where that dies, another one tries.
struct AccountProbe: Sendable {
    var wait: AccountWait
    var began: Timestamp
    var lock: OwnerLock
}
