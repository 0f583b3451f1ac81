import Domain
import Fleet
import Store

extension TaskStoreConformance {
    static var orders: [Case] {
        [
            Case("an order has its effect once", on: oneEffect),
            Case("an order is told to whoever has the task still", on: currentAttempt),
            Case("a key belongs to one request of any kind", on: keyOfAll),
            Case("a daemon is drained once for each request", on: drainOnce),
            Case("what a daemon was told is gone with it", on: removedDaemon),
            Case("nothing is handed over that something has happened to", on: historyFirst),
        ]
    }

    private static func reply(_ key: String, _ request: String = "r", _ document: String = "{}") -> KeyedReply {
        KeyedReply(RequestKey(key, fingerprint: SHA256Digest(of: request)), document)
    }

    @Sendable private static func oneEffect(_ bench: StoreBench) async throws {
        let task = try await bench.add()
        var effect = OrderEffect(on: task)
        effect.changed = task
        effect.changed?.status = .paused
        effect.events = [NewEvent(.person, at: StoreBench.then, body: "pause")]
        effect.reply = reply("k", "r", "paused")
        guard case .done(let paused) = try await bench.store.carryOut(effect, at: StoreBench.at(1)) else {
            throw BrokenPromise(description: "the task was not changed")
        }
        try expect(paused.status, is: .paused)
        try expect(try await bench.told(), is: ["pause"])
        try expect(try await bench.store.carryOut(effect, at: StoreBench.at(2)), is: .repeated("paused"))
        try expect(try await bench.told(), is: ["pause"])
        effect.reply = reply("other")
        try expect(try await bench.store.carryOut(effect, at: StoreBench.at(2)), is: .outdated(paused))
        let other = try await bench.store.reply(to: reply("other").key)
        try expect(other, is: nil, "of what had no effect nothing is kept")
        effect = OrderEffect(on: StoreBench.newTask(7).task)
        try expect(try await bench.store.carryOut(effect, at: StoreBench.at(2)), is: .unknown)
    }

    @Sendable private static func currentAttempt(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let first = try await bench.assign(to: session)
        var effect = OrderEffect(on: first)
        effect.command = NewCommand("c", to: session.daemon, about: AttemptKey(first.id, 1), document: "{}")
        effect.events = [NewEvent(.person, at: StoreBench.then, body: "stop")]
        // What has only got further is the same attempt.
        let report = StoreBench.entry(1, StoreBench.status(.running))
        _ = try await bench.store.take(report, from: session, at: StoreBench.then)
        let running = try require(try await bench.store.task(first.id), "task")
        try expect(try await bench.store.carryOut(effect, at: StoreBench.then), is: .done(running))
        try expect(try await bench.store.command("c") != nil, is: true)
        _ = try await bench.store.rescue(at: StoreBench.at(500), limit: 9)
        let back = try await bench.connect(at: StoreBench.at(500))
        let second = try await bench.assign(to: back, at: StoreBench.at(500))
        effect.command?.id = "d"
        try expect(try await bench.store.carryOut(effect, at: StoreBench.at(500)), is: .outdated(second))
        try expect(try await bench.store.command("d"), is: nil)
        try expect(try await bench.told(), is: ["stop"])
    }

    @Sendable private static func keyOfAll(_ bench: StoreBench) async throws {
        let key = RequestKey("k", fingerprint: SHA256Digest(of: "one"))
        let made = try await bench.store.create([StoreBench.newTask(1)], key: key, at: StoreBench.then)
        var effect = OrderEffect(on: made.tasks[0])
        effect.reply = reply("k", "two")
        try await expect(.requestKeyReused("k")) { try await bench.store.carryOut(effect, at: StoreBench.then) }
        try await expect(.requestKeyReused("k")) { try await bench.store.reply(to: reply("k", "two").key) }
    }

    @Sendable private static func drainOnce(_ bench: StoreBench) async throws {
        let id = try await bench.connect().daemon
        func drain(_ isDraining: Bool, _ command: String, _ key: KeyedReply?) async throws -> Bool? {
            let command = NewCommand(command, to: id, document: "{}")
            return try await bench.store.drain(id, isDraining, command: command, reply: key, at: StoreBench.then)?
                .isDraining
        }
        try expect(try await drain(true, "a", reply("k")), is: true)
        try expect(try await drain(false, "b", nil), is: false)
        try expect(try await drain(true, "c", reply("k")), is: false, "it was done before")
        let commands = try await bench.store.unacknowledged(by: id, after: 0, limit: 9)
        try expect(commands.map(\.command.id), is: ["a", "b"])
        try await expect(.requestKeyReused("k")) { try await drain(false, "d", reply("k", "other")) }
        let nobody = StoreBench.daemonID("nobody")
        try expect(try await bench.store.drain(nobody, true), is: nil)
    }

    @Sendable private static func removedDaemon(_ bench: StoreBench) async throws {
        let id = try await bench.connect().daemon
        let command = NewCommand("c", to: id, document: "{}")
        _ = try await bench.store.drain(id, true, command: command, reply: nil, at: StoreBench.then)
        try expect(try await bench.store.removeDaemon(id), is: true)
        try expect(try await bench.store.command("c"), is: nil)
        var effect = OrderEffect(on: try await bench.add())
        effect.command = command
        try await expect(.unknownDaemon(id)) { try await bench.store.carryOut(effect, at: StoreBench.then) }
        try await bench.connect()
        try expect(try await bench.store.unacknowledged(by: id, after: 0, limit: 9), is: [])
    }

    @Sendable private static func historyFirst(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.add()
        var request = AssignmentRequest(task.id, previousAttempt: 0, to: session, at: StoreBench.then)
        request.lastEvent = try await bench.store.lastEvent(of: task.id)
        _ = try await bench.store.append([NewEvent(.person, at: StoreBench.then, body: "said")], to: task.id)
        try expect(try await bench.store.assign(request), is: .outdated)
        request.lastEvent = try await bench.store.lastEvent(of: task.id)
        guard case .assigned = try await bench.store.assign(request) else {
            throw BrokenPromise(description: "the task was not handed out")
        }
    }
}
