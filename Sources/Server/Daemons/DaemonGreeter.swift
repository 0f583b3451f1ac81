import Domain
import Fleet
import Logging
import Store
import Wire

/// Lets daemons in.
struct DaemonGreeter: Sendable {
    let store: any TaskStore
    let lines: DaemonLines
    let settings: ServerSettings
    let surroundings: Surroundings

    enum Outcome: Sendable {
        case refused(Refused)
        case welcome(Welcome, SessionOpening)
    }

    func greet(_ hello: Hello, _ line: DaemonLine) async throws -> Outcome {
        if let refused = Greeting.refusal(of: hello, as: line.daemon) { return .refused(refused) }
        let time = surroundings.now()
        guard let known = try await store.daemon(line.daemon) else {
            return .refused(Greeting.refused("not_allowed", "The server does not know this daemon any more."))
        }
        guard try await isAdmitted(line, at: time) else {
            return .refused(Greeting.refused("not_allowed", "The daemon's token is not accepted any more."))
        }
        let opening = try await store.openSession(
            of: line.daemon,
            on: settings.serverID,
            outbox: hello.outboxId,
            at: time
        )
        if let refused = Greeting.refusal(of: hello, lastTaken: opening.lastTaken) {
            _ = try await store.endSession(opening.session.key, .closed, at: time)
            return .refused(refused)
        }
        lines.open(line)
        // Somebody may drain it in this moment: that is not written over.
        guard let record = try await store.introduce(Greeting.record(hello, over: known, at: time)) else {
            _ = try await store.endSession(opening.session.key, .revoked, at: time)
            return .refused(Greeting.refused("not_allowed", "The server does not know this daemon any more."))
        }
        _ = try await store.renew(opening.session.key, capacity: hello.capacity.capacity, at: time)
        let settled = try await settle(hello, line.daemon, isOutboxNew: opening.isOutboxNew, at: time)
        surroundings.logger.notice(
            "A daemon has connected.",
            metadata: line.metadata(["session": "\(opening.session.number)", "version": "\(hello.makimaVersion)"])
        )
        return .welcome(welcome(hello, opening, settled, record, at: time), opening)
    }

    /// Whether the token with which the daemon came is still accepted: it may have expired, or been revoked by another server.
    func isAdmitted(_ line: DaemonLine, at time: Timestamp) async throws -> Bool {
        let token = try await store.tokens(of: .daemon(line.daemon)).first { $0.id == line.tokenID }
        guard let token, token.revokedAt == nil else { return false }
        return token.expiresAt.map { time < $0 } ?? true
    }

    private func welcome(
        _ hello: Hello,
        _ opening: SessionOpening,
        _ settled: [Settlement],
        _ record: DaemonRecord,
        at time: Timestamp
    ) -> Welcome {
        var welcome = Greeting.welcome(hello, opening: opening, settled)
        welcome.serverId = settings.serverID
        welcome.makimaVersion = settings.makimaVersion
        welcome.at = time
        welcome.heartbeatMilliseconds = settings.pace.heartbeat
        welcome.leaseMilliseconds = store.leases.timeToLive
        welcome.graceMilliseconds = store.leases.grace
        welcome.draining = record.isDraining
        return welcome
    }

    /// Brings what the server believes the daemon to have together with what it says.
    private func settle(_ hello: Hello, _ daemon: DaemonID, isOutboxNew: Bool, at time: Timestamp) async throws
        -> [Settlement]
    {
        var tasks = try await store.assigned(to: daemon)
        let known = Set(tasks.map(\.id))
        for id in Set(hello.tasks.compactMap { TaskID(rawValue: $0.taskId) }).subtracting(known) {
            if let task = try await store.task(id) { tasks.append(task) }
        }
        let settled = Greeting.settle(hello, as: daemon, isOutboxNew: isOutboxNew, tasks: tasks)
        for settlement in settled {
            switch settlement.server {
            case .nothing, .sendAgain: continue
            case .accept:
                try await change(settlement.key) {
                    AttemptRules.accepted($0, settlement.key.attempt, by: daemon, at: time)
                }
            case .lose:
                try await change(settlement.key) { task in
                    guard task.attempt == settlement.key.attempt, task.assignment?.daemon == daemon else { return nil }
                    return AttemptRules.lost(task, mostLosses: store.leases.mostLosses, at: time)
                }
            }
        }
        return settled
    }

    /// Writes a change that is decided anew as often as somebody was faster; `nil` is none.
    private func change(_ key: AttemptKey, _ decide: (FleetTask) -> FleetTask?) async throws {
        var current = try await store.task(key.task)
        while let task = current, let changed = decide(task) {
            let outcome = try await store.update(changed, expecting: TaskExpectation(task), at: surroundings.now())
            guard case .outdated(let other) = outcome else { return }
            current = other
        }
    }
}
