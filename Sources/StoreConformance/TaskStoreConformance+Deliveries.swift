import Domain
import Fleet
import Store

extension TaskStoreConformance {
    static var daemons: [Case] {
        [
            Case("what is known of a daemon is read back", on: daemonRecords),
            Case("what a daemon says of itself does not undo that it is drained", on: introduction),
            Case("a second session fences the first", on: secondSession),
            Case("a lease is renewed as long as it lives", on: renewal),
            Case("a session that is over is found and ended once", on: expiry),
        ]
    }

    @Sendable private static func introduction(_ bench: StoreBench) async throws {
        let read = DaemonRecord(StoreBench.daemonID(), name: "anna", enrolledAt: StoreBench.then)
        try expect(try await bench.store.introduce(read), is: nil)
        try expect(try await bench.store.drain(read.id, true), is: nil)
        try await bench.store.put(read)
        try expect(try await bench.store.drain(read.id, true)?.isDraining, is: true)
        var said = read
        said.labels = ["gpu"]
        let kept = try await bench.store.introduce(said)
        try expect(kept?.isDraining, is: true)
        try expect(kept?.labels, is: ["gpu"])
        try expect(try await bench.store.daemon(read.id), is: kept)
        try expect(try await bench.store.drain(read.id, false)?.isDraining, is: false)
        try expect(bench.store.leases, is: LeaseRules())
    }

    @Sendable private static func daemonRecords(_ bench: StoreBench) async throws {
        var record = DaemonRecord(StoreBench.daemonID(), name: "Anna's", labels: ["a"], enrolledAt: StoreBench.then)
        try await bench.store.put(record)
        try expect(try await bench.store.daemon(record.id), is: record)
        record.isDraining = true
        record.repositories = ["r"]
        record.version = "1"
        try await bench.store.put(record)
        try expect(try await bench.store.daemons(), is: [record])
        try expect(try await bench.store.daemon(StoreBench.daemonID("nobody")), is: nil)
        try await expect(.unknownDaemon(StoreBench.daemonID("nobody"))) {
            try await bench.store.openSession(of: StoreBench.daemonID("nobody"), on: "s", at: StoreBench.then)
        }
        let session = try await bench.connect(at: StoreBench.at(3))
        try expect(try await bench.store.daemon(record.id)?.lastSeenAt, is: StoreBench.at(3))
        let state = try require(try await bench.store.connected(at: StoreBench.at(3)).first, "connected daemon")
        try expect(state.isDraining && state.repositories == ["r"] && state.session == session.number, "\(state)")
        let task = try await bench.assign(to: session)
        try expect(try await bench.store.removeDaemon(record.id), is: false, "it has a task")
        let declined = StoreBench.entry(1, InboxEffect(.declined))
        _ = try await bench.store.take(declined, from: session, at: StoreBench.then)
        try expect(try await bench.store.removeDaemon(record.id), is: true)
        try expect(try await bench.store.removeDaemon(record.id), is: false)
        try expect(try await bench.store.attempts(of: task.id).count, is: 1, "what it did is remembered")
    }

    @Sendable private static func secondSession(_ bench: StoreBench) async throws {
        let first = try await bench.connect()
        let opening = try await bench.store.openSession(of: first.daemon, on: "t", at: StoreBench.at(5))
        try expect(opening.session.number > first.number, "numbers count up")
        try expect(opening.fenced?.key, is: first)
        try expect(opening.fenced?.end, is: DaemonSession.End(.fenced, at: StoreBench.at(5)))
        try expect(try await bench.store.latestSession(of: first.daemon), is: opening.session)
        try await expect(.sessionOver(first)) {
            try await bench.store.renew(first, capacity: nil, at: StoreBench.at(6))
        }
        try await expect(.sessionOver(first)) {
            try await bench.store.take(InboxEntry(1, InboxEffect()), from: first, at: StoreBench.at(6))
        }
        try expect(try await bench.store.endSession(first, .closed, at: StoreBench.at(6)), is: false)
        let other = SessionKey(StoreBench.daemonID("berta"), opening.session.number)
        try expect(try await bench.store.endSession(other, .closed, at: StoreBench.at(6)), is: false)
        try expect(try await bench.store.connected(at: StoreBench.at(6)).map(\.session), is: [opening.session.number])
    }

    @Sendable private static func renewal(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let capacity = DaemonCapacity(slots: 2, usedSlots: 1, load: 0.5, memoryFreeMiB: 1, diskFreeMiB: 2)
        let until = try await bench.store.renew(session, capacity: capacity, at: StoreBench.at(20))
        try expect(until, is: StoreBench.at(50))
        // A message that was late makes nothing shorter, and silence about the machine keeps what was said.
        try expect(try await bench.store.renew(session, capacity: nil, at: StoreBench.at(10)), is: StoreBench.at(50))
        try expect(try await bench.store.connected(at: StoreBench.at(50)).map(\.capacity), is: [capacity])
        try expect(try await bench.store.connected(at: StoreBench.at(51)), is: [])
        try await expect(.sessionOver(session)) {
            try await bench.store.renew(session, capacity: capacity, at: StoreBench.at(51))
        }
    }

    @Sendable private static func expiry(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        try expect(try await bench.store.expired(at: StoreBench.at(30)), is: [])
        try expect(try await bench.store.expired(at: StoreBench.at(31)).map(\.key), is: [session])
        // Somebody renews it in between.
        _ = try await bench.store.renew(session, capacity: nil, at: StoreBench.at(29))
        try expect(try await bench.store.endSession(session, .expired, at: StoreBench.at(31)), is: false)
        try expect(try await bench.store.endSession(session, .expired, at: StoreBench.at(90)), is: true)
        try expect(try await bench.store.endSession(session, .expired, at: StoreBench.at(90)), is: false)
        let end = DaemonSession.End(.expired, at: StoreBench.at(59))
        try expect(try await bench.store.latestSession(of: session.daemon)?.end, is: end)
        try expect(try await bench.store.expired(at: StoreBench.at(99)), is: [])
    }

    // MARK: - From daemons

    static var inbox: [Case] {
        [
            Case("an entry is taken once, in its order", on: numbers),
            Case("what is noted of a message is noted once", on: auditOfMessages),
            Case("a repetition has no effect", on: repetition),
            Case("an entry brings about all that it says", on: effects),
            Case("a message of a lost attempt has no effect, but its output is kept", on: staleMessage),
            Case("a new session goes on with the numbers", on: newSession),
            Case("another outbox of a daemon begins at 1", on: newOutbox),
        ]
    }

    @Sendable private static func numbers(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        func take(_ numbers: Int...) async throws -> [TakeOutcome] {
            let entries = numbers.map { InboxEntry($0, InboxEffect()) }
            return try await bench.store.take(entries, from: session, at: StoreBench.then)
        }
        try expect(try await take(2), is: [.gap(expected: 1)])
        try expect(try await take(1, 2), is: [.taken(nil), .taken(nil)])
        try expect(try await take(2, 3, 5, 6), is: [.repetition, .taken(nil), .gap(expected: 4), .gap(expected: 4)])
        try expect(try await take(4), is: [.taken(nil)])
        try expect(try await take(), is: [])
        try expect(try await bench.store.lastTaken(from: session.daemon), is: 4)
        try expect(try await bench.store.lastTaken(from: StoreBench.daemonID("nobody")), is: 0)
    }

    @Sendable private static func auditOfMessages(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        var effect = InboxEffect()
        effect.audit = [AuditEntry(at: StoreBench.then, actor: "daemon:anna", action: "message.refused")]
        for number in [1, 1, 3] {
            _ = try await bench.store.take(InboxEntry(number, effect), from: session, at: StoreBench.then)
        }
        let log = try await bench.store.auditLog(before: nil, limit: 9)
        try expect(log.map(\.entry), is: effect.audit, "what was taken is noted once")
    }

    @Sendable private static func repetition(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        _ = try await bench.assign(to: session)
        let entry = StoreBench.entry(1, InboxEffect(events: [StoreBench.output("a")]))
        guard case .taken = try await bench.store.take(entry, from: session, at: StoreBench.then) else {
            throw BrokenPromise(description: "it was not taken")
        }
        try expect(try await bench.store.take(entry, from: session, at: StoreBench.at(1)), is: .repetition)
        // The same message of the attempt under another number of the outbox.
        let again = StoreBench.entry(2, sequence: 1, InboxEffect(events: [StoreBench.output("a")]))
        try expect(try await bench.store.take(again, from: session, at: StoreBench.at(1)), is: .repetition)
        try expect(try await bench.told(), is: ["a"])
        try expect(try await bench.store.lastTaken(from: session.daemon), is: 2)
    }

    @Sendable private static func effects(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.assign(to: session)
        _ = try await bench.store.enqueue(NewCommand("c", to: session.daemon, document: "{}"), at: StoreBench.then)
        var effect = StoreBench.status(.running, iterations: 1)
        effect.events = [StoreBench.output("a"), NewEvent(.agent, at: StoreBench.at(1), body: "b")]
        effect.iterations = [IterationEntry(1, startedAt: StoreBench.then)]
        effect.checkpoints = [CheckpointEntry(1, takenAt: StoreBench.then, document: "{\"n\":1}")]
        effect.receipts = [ReceiptEntry("unit", iteration: 1, at: StoreBench.then)]
        let question = QuestionKey(AttemptKey(task.id, 1), 4)
        effect.questions = [QuestionEntry(question, askedAt: StoreBench.then)]
        effect.answers = [CommandReply("c", "{\"ok\":true}")]
        let outcome = try await bench.store.take(StoreBench.entry(1, effect), from: session, at: StoreBench.at(2))
        guard case .taken(let after?) = outcome else { throw BrokenPromise(description: "\(outcome)") }
        try expect(after.status, is: .running)
        try expect(after.iterations, is: 1)
        try expect(after.assignment?.isAccepted, is: true)
        try expect(try await bench.store.task(task.id), is: after)
        try expect(try await bench.told(), is: ["a", "b"])
        try expect(try await bench.store.iterations(of: task.id).map(\.attempt), is: [1])
        try expect(try await bench.store.checkpoints(of: task.id).map(\.document), is: ["{\"n\":1}"])
        try expect(try await bench.store.receipts(of: task.id).map(\.check), is: ["unit"])
        try expect(try await bench.store.questions(of: task.id).map(\.key), is: [question])
        try expect(try await bench.store.command("c")?.answer, is: "{\"ok\":true}")
        var withdrawal = InboxEffect()
        withdrawal.withdrawnQuestions = [4]
        _ = try await bench.store.take(StoreBench.entry(2, withdrawal), from: session, at: StoreBench.at(3))
        try expect(try await bench.store.questions(of: task.id).map(\.isWithdrawn), is: [true])
    }

    @Sendable private static func staleMessage(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        _ = try await bench.assign(to: session)
        _ = try await bench.store.rescue(at: StoreBench.at(500), limit: 9)
        let back = try await bench.connect(at: StoreBench.at(501))
        var effect = StoreBench.status(.done, iterations: 9)
        effect.events = [StoreBench.output("late")]
        effect.iterations = [IterationEntry(9, startedAt: StoreBench.then)]
        let before = try await bench.store.task(StoreBench.id())
        let entries = [StoreBench.entry(1, effect), StoreBench.entry(2, effect)]
        let outcomes = try await bench.store.take(entries, from: back, at: StoreBench.at(502))
        try expect(outcomes, is: [.stale(.attemptEnded), .stale(.attemptEnded)])
        try expect(try await bench.store.task(StoreBench.id()), is: before)
        try expect(try await bench.store.iterations(of: StoreBench.id()), is: [])
        try expect(try await bench.told(), is: ["late", "late"])
        try expect(try await bench.store.lastTaken(from: back.daemon), is: 2, "it is acknowledged")
        let refusals = try await bench.store.refusals(of: StoreBench.id(), limit: 9)
        try expect(refusals.map(\.number), is: [2, 1])
        try expect(refusals.allSatisfy { $0.report.contains("done") && $0.session == back }, "\(refusals)")
        // Who never had the attempt has nothing to say about it.
        let berta = try await bench.connect("berta", at: StoreBench.at(503))
        _ = try await bench.store.take(StoreBench.entry(1, effect), from: berta, at: StoreBench.at(503))
        try expect(try await bench.told(), is: ["late", "late"])
    }

    @Sendable private static func newSession(_ bench: StoreBench) async throws {
        let first = try await bench.connect()
        let entries = [1, 2].map { InboxEntry($0, InboxEffect()) }
        _ = try await bench.store.take(entries, from: first, at: StoreBench.then)
        let opening = try await bench.store.openSession(of: first.daemon, on: "s", at: StoreBench.at(1))
        try expect(opening.lastTaken, is: 2)
        let next = InboxEntry(3, InboxEffect())
        try expect(try await bench.store.take(next, from: opening.session.key, at: StoreBench.at(1)), is: .taken(nil))
    }

    @Sendable private static func newOutbox(_ bench: StoreBench) async throws {
        let first = try await bench.connect()
        func open(_ outbox: String?, at seconds: Int) async throws -> SessionOpening {
            try await bench.store.openSession(of: first.daemon, on: "s", outbox: outbox, at: StoreBench.at(seconds))
        }
        let named = try await open("o1", at: 1)
        let entries = [1, 2].map { InboxEntry($0, InboxEffect()) }
        _ = try await bench.store.take(entries, from: named.session.key, at: StoreBench.at(1))
        let again = try await open("o1", at: 2)
        try expect(again.lastTaken == 2 && !again.isOutboxNew, "the same outbox goes on")
        let unnamed = try await open(nil, at: 3)
        try expect(unnamed.lastTaken == 2 && !unnamed.isOutboxNew, "who names none has the same")
        let other = try await open("o2", at: 4)
        try expect(other.lastTaken == 0 && other.isOutboxNew, "another outbox begins at 1")
        try expect(try await bench.store.lastTaken(from: first.daemon), is: 0)
    }

    // MARK: - To daemons

    static var commands: [Case] {
        [
            Case("a command waits until it is acknowledged", on: commandQueue),
            Case("an end withdraws what was said about the attempt", on: withdrawal),
            Case("a change and its commands are written together", on: changeWithCommands),
        ]
    }

    @Sendable private static func commandQueue(_ bench: StoreBench) async throws {
        let (anna, berta) = (StoreBench.daemonID(), StoreBench.daemonID("berta"))
        let first = try await bench.store.enqueue(NewCommand("1", to: anna, document: "a"), at: StoreBench.then)
        _ = try await bench.store.enqueue(NewCommand("2", to: berta, document: "b"), at: StoreBench.then)
        let third = try await bench.store.enqueue(NewCommand("3", to: anna, document: "c"), at: StoreBench.at(1))
        try expect(third.order > first.order, "orders count up")
        // The same id is the same command.
        let again = try await bench.store.enqueue(NewCommand("1", to: anna, document: "x"), at: StoreBench.at(2))
        try expect(again, is: first)
        func waiting(after order: Int = 0, limit: Int = 9) async throws -> [String] {
            try await bench.store.unacknowledged(by: anna, after: order, limit: limit).map(\.command.id)
        }
        try expect(try await waiting(), is: ["1", "3"])
        try expect(try await waiting(after: first.order), is: ["3"])
        try expect(try await waiting(limit: 1), is: ["1"])
        try expect(try await bench.store.acknowledge(CommandReply("1"), by: berta, at: StoreBench.at(3)), is: false)
        try expect(
            try await bench.store.acknowledge(CommandReply("1", "ok"), by: anna, at: StoreBench.at(3)),
            is: true
        )
        try expect(
            try await bench.store.acknowledge(CommandReply("1", "no"), by: anna, at: StoreBench.at(4)),
            is: false
        )
        try expect(try await bench.store.acknowledge(CommandReply("9"), by: anna, at: StoreBench.at(4)), is: false)
        try expect(try await waiting(), is: ["3"])
        let done = try await bench.store.command("1")
        try expect(done?.answer, is: "ok")
        try expect(done?.acknowledgedAt, is: StoreBench.at(3))
        try expect(try await bench.store.command("9"), is: nil)
    }

    @Sendable private static func withdrawal(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.assign(to: session)
        let key = AttemptKey(task.id, 1)
        _ = try await bench.store.enqueue(
            NewCommand("pause", to: session.daemon, about: key, document: ""),
            at: StoreBench.then
        )
        _ = try await bench.store.enqueue(NewCommand("drain", to: session.daemon, document: ""), at: StoreBench.then)
        _ = try await bench.store.take(
            StoreBench.entry(1, StoreBench.status(.done)),
            from: session,
            at: StoreBench.at(1)
        )
        _ = try await bench.store.enqueue(
            NewCommand("remove", to: session.daemon, about: key, document: ""),
            at: StoreBench.at(2)
        )
        let waiting = try await bench.store.unacknowledged(by: session.daemon, after: 0, limit: 9)
        try expect(waiting.map(\.command.id), is: ["drain", "remove"])
    }

    @Sendable private static func changeWithCommands(_ bench: StoreBench) async throws {
        let task = try await bench.add()
        let command = NewCommand("c", to: StoreBench.daemonID(), document: "")
        var changed = task
        changed.status = .paused
        let wrong = TaskExpectation(status: .running, attempt: 0)
        _ = try await bench.store.update(changed, expecting: wrong, commands: [command], at: StoreBench.at(1))
        try expect(try await bench.store.command("c"), is: nil)
        let right = TaskExpectation(task)
        _ = try await bench.store.update(changed, expecting: right, commands: [command], at: StoreBench.at(1))
        try expect(try await bench.store.command("c")?.command, is: command)
    }
}
