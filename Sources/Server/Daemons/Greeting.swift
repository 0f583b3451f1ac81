import Domain
import Fleet
import Store
import Wire

/// Decides what a server makes of a `hello`.
enum Greeting {
    /// Why the daemon is not let in; `nil` where nothing is against it.
    static func refusal(of hello: Hello, as daemon: DaemonID) -> Refused? {
        guard ProtocolVersion.agreed(hello) != nil else {
            let range = "\(ProtocolVersion.lowest) to \(ProtocolVersion.highest)"
            return refused("version", "The server understands the versions \(range) of the protocol.")
        }
        guard hello.daemonId == daemon.rawValue else {
            return refused(
                "not_allowed",
                "The token is not one of the daemon '\(hello.daemonId)'.",
                hint: "Make a token for this daemon id."
            )
        }
        return nil
    }

    /// Why the daemon's outbox does not fit to what was taken of it; `nil` where it does.
    static func refusal(of hello: Hello, lastTaken: Int) -> Refused? {
        if let acknowledged = hello.acknowledgedNumber, acknowledged > lastTaken {
            return refused(
                "outbox_ahead",
                "Of the outbox \(lastTaken) are here, but \(acknowledged) were acknowledged: by another server, or before an "
                    + "older state of this one.",
                hint: "Begin a new outbox."
            )
        }
        guard hello.lastNumber < lastTaken else { return nil }
        return refused(
            "outbox_lost",
            "The outbox ends at \(hello.lastNumber), but \(lastTaken) of it were taken: it is an older state.",
            hint: "Begin a new outbox."
        )
    }

    /// What each side has to do about each attempt that one of them knows.
    ///
    /// A daemon whose outbox is new has lost what it had, whatever it names.
    static func settle(_ hello: Hello, as daemon: DaemonID, isOutboxNew: Bool, tasks: [FleetTask]) -> [Settlement] {
        let held = isOutboxNew ? [] : hello.tasks.compactMap(\.held)
        return Reconciliation.settle(daemon: daemon, held: held, tasks: tasks)
    }

    static func welcome(_ hello: Hello, opening: SessionOpening, _ settled: [Settlement]) -> Welcome {
        var welcome = Welcome()
        welcome.version = ProtocolVersion.agreed(hello) ?? ProtocolVersion.highest
        welcome.session = opening.session.number
        welcome.lastNumber = opening.lastTaken
        let steps = Dictionary(settled.map { ($0.key, $0.daemon) }, uniquingKeysWith: { first, _ in first })
        welcome.attempts = hello.tasks.map { held in
            var ruling = WireAttemptRuling()
            ruling.taskId = held.taskId
            ruling.attempt = held.attempt
            let step = TaskID(rawValue: held.taskId).flatMap { steps[AttemptKey($0, held.attempt)] ?? nil }
            ruling.ruling = step == .goOn || step == .reportAnew ? .goOn : .fenced
            return ruling
        }
        return welcome
    }

    /// What the server now knows of the daemon.
    static func record(_ hello: Hello, over known: DaemonRecord, at time: Timestamp) -> DaemonRecord {
        var record = known
        record.name = hello.daemonName
        record.labels = Set(hello.labels)
        record.repositories = Set(hello.repositories.compactMap { $0.repoUrl ?? $0.path })
        // One of an earlier version, or whose configuration cannot be read, says nothing of it.
        record.agents = hello.agents.isEmpty ? nil : Set(hello.agents.map(\.name))
        record.version = hello.makimaVersion
        record.lastSeenAt = time
        return record
    }

    static func refused(_ code: String, _ message: String, hint: String? = nil) -> Refused {
        var refused = Refused()
        refused.code = code
        refused.message = message
        refused.hint = hint
        return refused
    }
}

extension WireHeldAttempt {
    var held: HeldAttempt? {
        TaskID(rawValue: taskId).map { HeldAttempt($0, attempt: attempt, hasEnded ? .ended : .working) }
    }
}

extension WireCapacity {
    var capacity: DaemonCapacity {
        DaemonCapacity(
            slots: slots,
            usedSlots: max(0, slots - freeSlots),
            load: loadMilli.map { Double($0) / 1000 / Double(max(1, cpus ?? 1)) },
            memoryFreeMiB: freeMemoryMiB,
            diskFreeMiB: freeDiskMiB
        )
    }
}
