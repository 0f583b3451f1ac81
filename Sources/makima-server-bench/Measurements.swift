import Domain
import Fleet
import NIOCore
import NIOHTTP1
import Store
import Synchronization
import Wire

/// What a server does in a second, and what it takes.
///
/// Daemons and viewers are in the same process: times and memory are of both ends.
struct Measurements: Sendable {
    let served: ServedStore
    let port: Int
    private let clock = ContinuousClock()

    init(served: ServedStore, port: Int) {
        self.served = served
        self.port = port
    }

    func run() async throws {
        say("| quantity | result |\n|---|---|")
        try await throughput(20_000)
        try await latency(1000)
        try await dispatch(daemons: 20, tasks: 2000)
        try await idle(1000)
    }

    private func report(_ quantity: String, _ result: String) { say("| \(quantity) | \(result) |") }

    /// Makes tasks, without the HTTP API.
    private func add(_ count: Int) async throws -> [TaskID] {
        let time = RealWallClock().now()
        var ids: [TaskID] = []
        for start in stride(from: 0, to: count, by: 200) {
            let tasks = try (start..<min(start + 200, count))
                .map { number in
                    let id = SystemRandom.taskID()
                    var spawn = SpawnTask()
                    spawn.head = CommandHead("spawn-\(id)", task: id, attempt: 1)
                    (spawn.taskName, spawn.plan) = ("task \(number)", "Do it.")
                    (spawn.repoUrl, spawn.agent.name) = ("https://example.org/r.git", "claude")
                    let document = String(decoding: try Frame.encode(spawn), as: UTF8.self)
                    return NewTask(FleetTask(id: id, name: spawn.taskName, createdAt: time), document: document)
                }
            ids += try await served.store.create(tasks, key: nil, at: time).tasks.map(\.id)
        }
        return ids
    }

    private func output(_ spawn: SpawnTask, _ number: Int, _ text: String) -> TaskOutput {
        var output = TaskOutput()
        output.stamp.number = number
        (output.stamp.taskId, output.stamp.attempt) = (spawn.head.taskId, spawn.head.attempt)
        (output.stamp.sequence, output.iteration) = (number, 1)
        output.take(Array(text.utf8), at: 0)
        return output
    }

    /// Runs `daemon` with a task of its own beside a viewer of it.
    private func watched(
        _ name: String,
        daemon: @escaping @Sendable (inout BenchDaemon.Talk, SpawnTask) async throws -> Void,
        viewer: @escaping @Sendable (NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Void
    ) async throws {
        let token = try await ServedStore.daemon(name, served.store)
        let ids = try await add(1)
        let looker = BenchViewer(port: port, token: served.tokens.viewer)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await looker.stream("/api/v1/tasks/\(ids[0])/stream?kinds=output") { try await viewer($0) }
            }
            group.addTask {
                try await BenchDaemon(port: port, token: token, id: name)
                    .connect { talk in
                        guard let spawn = try await talk.spawned() else { return }
                        try await daemon(&talk, spawn)
                    }
            }
            try await group.waitForAll()
        }
    }

    private func throughput(_ count: Int) async throws {
        let text = String(repeating: "x", count: 200)
        let began = Mutex<ContinuousClock.Instant?>(nil)
        let clock = clock
        try await watched("throughput") { [self] talk, spawn in
            began.withLock { $0 = clock.now }
            for start in stride(from: 1, through: count, by: 64) {
                let numbers = start..<min(start + 64, count + 1)
                try await talk.send(numbers.map { output(spawn, $0, text) })
            }
            while let message = try await talk.next() {
                if case .ack(let ack) = message, ack.upTo == count { break }
            }
            try await finish(&talk, spawn, count + 1)
        } viewer: { [self] parts in
            var seen = 0
            for try await part in parts {
                guard case .body(let buffer) = part else { continue }
                // Each event ends with an empty line.
                seen += String(buffer: buffer).utf8.count { $0 == UInt8(ascii: "}") } / 2
                if seen >= count { break }
            }
            guard let start = began.withLock({ $0 }) else { return }
            let seconds = (clock.now - start).inSeconds
            report("events, daemon to store to viewer", "\(Int(Double(count) / seconds)) a second")
        }
    }

    private func latency(_ count: Int) async throws {
        let sent = Mutex<[ContinuousClock.Instant]>([])
        let clock = clock
        try await watched("latency") { [self] talk, spawn in
            for number in 1...count {
                sent.withLock { $0.append(clock.now) }
                try await talk.send([output(spawn, number, "x")])
                while let message = try await talk.next() {
                    if case .ack(let ack) = message, ack.upTo == number { break }
                }
                try await clock.sleep(for: .milliseconds(2))
            }
            try await finish(&talk, spawn, count + 1)
        } viewer: { [self] parts in
            var times: [Duration] = []
            for try await part in parts {
                guard case .body(let buffer) = part else { continue }
                let now = clock.now
                let events = String(buffer: buffer).utf8.count { $0 == UInt8(ascii: "}") } / 2
                for _ in 0..<events { times.append(now - sent.withLock { $0[times.count] }) }
                if times.count >= count { break }
            }
            times.sort()
            let (half, most) = (times[times.count / 2], times[times.count * 99 / 100])
            report("latency, daemon to viewer", "p50 \(half.microseconds) µs, p99 \(most.microseconds) µs")
        }
    }

    private func finish(_ talk: inout BenchDaemon.Talk, _ spawn: SpawnTask, _ number: Int) async throws {
        var report = TaskComplete()
        report.stamp = output(spawn, number, "").stamp
        (report.at, report.status) = (RealWallClock().now(), .done)
        (report.reason.code, report.reason.message) = ("verified", "It is done.")
        try await talk.send([report])
        while let message = try await talk.next() { if case .ack(let ack) = message, ack.upTo == number { return } }
    }

    private func dispatch(daemons: Int, tasks: Int) async throws {
        let names = (0..<daemons).map { "dispatch-\($0)" }
        let (got, clock, share) = (Bell(), clock, tasks / daemons)
        let connected = Bell()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names {
                let token = try await ServedStore.daemon(name, served.store)
                group.addTask {
                    try await BenchDaemon(port: port, token: token, id: name, slots: share)
                        .connect { talk in
                            connected.note()
                            for _ in 0..<share { if try await talk.spawned() != nil { got.note() } }
                            await got.reach(tasks)
                        }
                }
            }
            await connected.reach(daemons)
            let start = clock.now
            _ = try await add(tasks)
            await got.reach(tasks)
            let seconds = (clock.now - start).inSeconds
            report("dispatch, \(tasks) tasks to \(daemons) daemons", "\(Int(Double(tasks) / seconds)) a second")
            try await group.waitForAll()
        }
    }

    private func idle(_ count: Int) async throws {
        let before = Memory.residentKiB
        let (connected, done) = (Bell(), Bell())
        let clock = clock
        try await withThrowingTaskGroup(of: Void.self) { group in
            let start = clock.now
            for number in 0..<count {
                let name = "idle-\(number)"
                let token = try await ServedStore.daemon(name, served.store)
                group.addTask {
                    try await BenchDaemon(port: port, token: token, id: name)
                        .connect { _ in
                            connected.note()
                            await done.reach(1)
                        }
                }
            }
            await connected.reach(count)
            let seconds = (clock.now - start).inSeconds
            let grown = Memory.residentKiB - before
            report("\(count) idle daemons, both ends", "\(grown / 1024) MiB, \(grown / count) KiB each")
            report("their connecting", "\(Int(Double(count) / seconds)) a second")
            done.note()
            try await group.waitForAll()
        }
    }
}

/// Counts, and lets those go on who wait for a number.
final class Bell: Sendable {
    private struct State {
        var count = 0
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    func note() {
        let due = state.withLock { state in
            state.count += 1
            let due = state.waiting.filter { $0.number <= state.count }
            state.waiting.removeAll { $0.number <= state.count }
            return due
        }
        for waiter in due { waiter.continuation.resume() }
    }

    func reach(_ number: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.count < number else { return true }
                state.waiting.append((number, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

extension Duration {
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
