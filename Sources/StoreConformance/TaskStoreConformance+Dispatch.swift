import Domain
import Fleet
import Store

extension TaskStoreConformance {
    static var dispatch: [Case] {
        [
            Case("the most urgent comes first", on: urgency),
            Case("what is ready is what the schedule lets go", on: readiness),
            Case("an assignment is written with its command", on: assignment),
            Case("what is told with a hand-over comes with it or not at all", on: furtherCommands),
            Case("a task is handed out once", on: handedOutOnce),
            Case("of a key only so many are with daemons", on: keys),
            Case("keys that a task gets while it is with a daemon are held", on: laterKeys),
            Case("nothing is handed to a session that is over", on: overSession),
            Case("what is with daemons is counted", on: load),
            Case("each attempt has one end", on: attemptEnds),
        ]
    }

    @Sendable private static func urgency(_ bench: StoreBench) async throws {
        try await bench.add(1, at: StoreBench.at(1))
        try await bench.add(2, TaskDemands(priority: 1), at: StoreBench.at(500))
        try await bench.add(3, TaskDemands(priority: 1), at: StoreBench.at(700))
        try await bench.add(4, TaskDemands(priority: -1), at: StoreBench.then)
        let ready = try await bench.store.ready(at: StoreBench.at(800), limit: 9)
        try expect(ready.map(\.id), is: [2, 1, 3, 4].map { StoreBench.id($0) })
        try expect(
            try await bench.store.ready(at: StoreBench.at(800), limit: 2).map(\.id),
            is: [2, 1].map { StoreBench.id($0) }
        )
        var pages: [[TaskID]] = []
        var cursor: ReadyCursor?
        repeat {
            let page = try await bench.store.ready(at: StoreBench.at(800), after: cursor, limit: 3)
            pages.append(page.tasks.map(\.id))
            cursor = page.next
        } while cursor != nil
        try expect(pages, is: [[2, 1, 3].map { StoreBench.id($0) }, [StoreBench.id(4)]])
    }

    @Sendable private static func furtherCommands(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.add()
        let key = AttemptKey(task.id, 1)
        func command(_ id: String) -> NewCommand { NewCommand(id, to: session.daemon, about: key, document: "{}") }
        var request = AssignmentRequest(
            task.id,
            previousAttempt: 7,
            to: session,
            command: command("spawn"),
            at: StoreBench.then
        )
        request.further = [command("b"), command("a")]
        try expect(try await bench.store.assign(request), is: .outdated)
        try expect(try await bench.store.unacknowledged(by: session.daemon, after: 0, limit: 9), is: [])
        request.previousAttempt = 0
        guard case .assigned(let assigned) = try await bench.store.assign(request) else {
            throw BrokenPromise(description: "the task was not handed out")
        }
        let queued = try await bench.store.unacknowledged(by: session.daemon, after: 0, limit: 9)
        try expect(queued.map(\.command.id), is: ["spawn", "b", "a"])
        // They go with the attempt, which is known to have been declined.
        let said = Decline(session.daemon, at: StoreBench.at(1))
        let declined = try require(AttemptRules.declined(assigned, 1, said, isHomeless: false), "task that is queued")
        _ = try await bench.store.update(declined, expecting: TaskExpectation(assigned), at: StoreBench.at(1))
        try expect(try await bench.store.unacknowledged(by: session.daemon, after: 0, limit: 9), is: [])
        try expect(try await bench.store.attempts(of: task.id).map(\.end), is: [.declined])
    }

    /// Every status of a parent, with both conditions, against what `Schedule` decides.
    @Sendable private static func readiness(_ bench: StoreBench) async throws {
        var seed = 0
        var children: [TaskID] = []
        for status in TaskStatus.allCases {
            for condition in Dependency.Condition.allCases {
                for isMerged in [false, true] {
                    seed += 2
                    try await bench.add(seed)
                    try await bench.force(seed, status, isMerged: isMerged)
                    let demands = TaskDemands(dependencies: [Dependency(StoreBench.id(seed), condition)])
                    children.append(try await bench.add(seed + 1, demands).id)
                }
            }
        }
        try await bench.add(999, TaskDemands(notBefore: StoreBench.at(10)))
        children.append(StoreBench.id(999))
        for time in [StoreBench.at(9), StoreBench.at(10)] {
            let ready = Set(try await bench.store.ready(at: time, limit: 999).map(\.id))
            for child in children {
                let task = try require(try await bench.store.task(child), "child")
                let parents = try await bench.store.parents(of: child)
                let obstacles = Schedule.obstacles(of: task.demands, parents: parents, at: time)
                try expect(ready.contains(child), is: obstacles.isEmpty, "\(obstacles)")
            }
        }
    }

    @Sendable private static func assignment(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.add()
        let command = NewCommand("c1", to: session.daemon, about: AttemptKey(task.id, 1), document: "{}")
        let request = AssignmentRequest(
            task.id,
            previousAttempt: 0,
            to: session,
            command: command,
            at: StoreBench.at(2)
        )
        guard case .assigned(let assigned) = try await bench.store.assign(request) else {
            throw BrokenPromise(description: "it was not handed out")
        }
        try expect(assigned.attempt, is: 1)
        try expect(
            assigned.assignment,
            is: Assignment(daemon: session.daemon, session: session.number, since: StoreBench.at(2))
        )
        try expect(try await bench.store.task(task.id), is: assigned)
        try expect(try await bench.store.assigned(to: session.daemon), is: [assigned])
        let queued = try await bench.store.unacknowledged(by: session.daemon, after: 0, limit: 9)
        try expect(queued.map(\.command), is: [command])
        let record = AttemptRecord(attempt: 1, daemon: session.daemon, session: session.number, since: StoreBench.at(2))
        try expect(try await bench.store.attempts(of: task.id), is: [record])
    }

    @Sendable private static func handedOutOnce(_ bench: StoreBench) async throws {
        let anna = try await bench.connect()
        let berta = try await bench.connect("berta")
        _ = try await bench.assign(to: anna)
        for attempt in 0...2 {
            let request = AssignmentRequest(StoreBench.id(), previousAttempt: attempt, to: berta, at: StoreBench.then)
            try expect(try await bench.store.assign(request), is: .outdated)
        }
        let unknown = AssignmentRequest(StoreBench.id(5), previousAttempt: 0, to: berta, at: StoreBench.then)
        try expect(try await bench.store.assign(unknown), is: .outdated)
        try expect(try await bench.store.ready(at: StoreBench.at(9), limit: 9), is: [])
        try await bench.add(2)
        try await bench.force(2, .failed)
        let stopped = AssignmentRequest(StoreBench.id(2), previousAttempt: 0, to: berta, at: StoreBench.then)
        try expect(try await bench.store.assign(stopped), is: .outdated)
    }

    @Sendable private static func keys(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let demands = TaskDemands(keys: [ConcurrencyKey("a", limit: 2), ConcurrencyKey("b", limit: 9)])
        for seed in 1...3 { try await bench.add(seed, demands) }
        for seed in 1...2 { _ = try await bench.assign(seed, to: session) }
        let third = AssignmentRequest(StoreBench.id(3), previousAttempt: 0, to: session, at: StoreBench.then)
        try expect(try await bench.store.assign(third), is: .keyBusy("a"))
        try expect(try await bench.store.load().keys, is: ["a": 2, "b": 2])
        _ = try await bench.store.take(
            StoreBench.entry(1, StoreBench.status(.stalled)),
            from: session,
            at: StoreBench.then
        )
        try expect(try await bench.store.load().keys, is: ["a": 1, "b": 1])
        guard case .assigned = try await bench.store.assign(third) else {
            throw BrokenPromise(description: "the key is free again")
        }
    }

    @Sendable private static func laterKeys(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        for seed in 1...2 { try await bench.add(seed, TaskDemands(keys: [ConcurrencyKey("a", limit: 2)])) }
        let task = try await bench.assign(1, to: session)
        var changed = task
        changed.demands.keys = [ConcurrencyKey("b")]
        _ = try await bench.store.update(changed, expecting: TaskExpectation(task), at: StoreBench.then)
        try expect(try await bench.store.load().keys, is: ["b": 1])
        guard let waiting = try await bench.store.task(StoreBench.id(2)) else {
            throw BrokenPromise(description: "gone")
        }
        var other = waiting
        other.demands.keys = [ConcurrencyKey("b")]
        _ = try await bench.store.update(other, expecting: TaskExpectation(waiting), at: StoreBench.then)
        try expect(try await bench.store.load().keys, is: ["b": 1], "only what is with a daemon is held")
        let request = AssignmentRequest(other.id, previousAttempt: 0, to: session, at: StoreBench.then)
        try expect(try await bench.store.assign(request), is: .keyBusy("b"))
    }

    @Sendable private static func overSession(_ bench: StoreBench) async throws {
        let first = try await bench.connect()
        let second = try await bench.connect()
        try await bench.add()
        func assign(_ session: SessionKey) async throws -> AssignmentOutcome {
            try await bench.store.assign(
                AssignmentRequest(StoreBench.id(), previousAttempt: 0, to: session, at: StoreBench.then)
            )
        }
        try expect(try await assign(first), is: .sessionOver)
        try expect(try await assign(SessionKey(StoreBench.daemonID("nobody"), 1)), is: .sessionOver)
        try expect(try await bench.store.endSession(second, .closed, at: StoreBench.then), is: true)
        try expect(try await assign(second), is: .sessionOver)
        try expect(try await bench.store.task(StoreBench.id())?.attempt, is: 0)
    }

    @Sendable private static func load(_ bench: StoreBench) async throws {
        let anna = try await bench.connect(slots: 3)
        let berta = try await bench.connect("berta")
        for seed in 1...3 {
            var demands = TaskDemands()
            demands.share = seed == 3 ? nil : "x"
            try await bench.add(seed, demands)
            _ = try await bench.assign(seed, to: seed == 1 ? berta : anna)
        }
        let load = try await bench.store.load()
        try expect(load.shares, is: ["x": 2, "": 1])
        try expect(load.daemons, is: [anna.daemon: 2, berta.daemon: 1])
        let states = try await bench.store.connected(at: StoreBench.at(1))
        try expect(states.map(\.id), is: [anna.daemon, berta.daemon])
        try expect(states.map(\.assigned), is: [2, 1])
        try expect(states.map(\.freeSlots), is: [1, 3])
        try expect(states.map(\.labels), is: [["linux"], ["linux"]])
    }

    @Sendable private static func attemptEnds(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        _ = try await bench.assign(to: session)
        _ = try await bench.store.take(StoreBench.entry(1, InboxEffect(.declined)), from: session, at: StoreBench.at(1))
        _ = try await bench.assign(to: session, at: StoreBench.at(2))
        let ended = StoreBench.entry(2, attempt: 2, sequence: 1, StoreBench.status(.blocked))
        _ = try await bench.store.take(ended, from: session, at: StoreBench.at(3))
        let late = StoreBench.entry(3, attempt: 2, sequence: 2, StoreBench.status(.done))
        try expect(try await bench.store.take(late, from: session, at: StoreBench.at(4)), is: .stale(.attemptEnded))
        let attempts = try await bench.store.attempts(of: StoreBench.id())
        try expect(attempts.map(\.end), is: [.declined, .stopped(.blocked)])
        try expect(attempts.map(\.endedAt), is: [StoreBench.at(1), StoreBench.at(3)])
        try expect(try await bench.store.task(StoreBench.id())?.status, is: .blocked)
    }

    // MARK: - Leases

    static var rescue: [Case] {
        [
            Case("a daemon keeps what it has for the grace", on: grace),
            Case("what is lost too often waits for a person", on: losses),
            Case("a daemon that comes back late is fenced", on: fencedReturn),
        ]
    }

    @Sendable private static func grace(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        let task = try await bench.assign(to: session)
        try expect(try await bench.store.rescue(at: StoreBench.at(329), limit: 9), is: [])
        let watch = StoreBench.at(40)
        try expect(try await bench.store.rescue(watchedSince: watch, at: StoreBench.at(339), limit: 9), is: [])
        let rescued = try await bench.store.rescue(at: StoreBench.at(330), limit: 9)
        try expect(rescued.map(\.id), is: [task.id])
        let after = try require(try await bench.store.task(task.id), "task")
        try expect(after, is: rescued[0])
        try expect(after.isQueued && after.losses == 1 && after.attempt == 1, "it is queued again")
        try expect(try await bench.store.attempts(of: task.id).map(\.end), is: [.lost])
        try expect(try await bench.store.rescue(at: StoreBench.at(999), limit: 9), is: [])
        // One that is back before goes on.
        let back = try await bench.connect("berta", at: StoreBench.at(400))
        _ = try await bench.assign(to: back, at: StoreBench.at(400))
        _ = try await bench.connect("berta", at: StoreBench.at(700))
        try expect(try await bench.store.rescue(at: StoreBench.at(729), limit: 9), is: [])
    }

    @Sendable private static func losses(_ bench: StoreBench) async throws {
        for round in 1...3 {
            let time = round * 1000
            let session = try await bench.connect(at: StoreBench.at(time))
            _ = try await bench.assign(to: session, at: StoreBench.at(time))
            _ = try await bench.store.rescue(at: StoreBench.at(time + 500), limit: 9)
        }
        let task = try require(try await bench.store.task(StoreBench.id()), "task")
        try expect(task.status, is: .interrupted)
        try expect(task.reason, is: .interrupted(.ownerDied))
        try expect(try await bench.store.attempts(of: task.id).map(\.end), is: [.lost, .lost, .lost])
    }

    @Sendable private static func fencedReturn(_ bench: StoreBench) async throws {
        let anna = try await bench.connect()
        let command = NewCommand("spawn", to: anna.daemon, about: AttemptKey(StoreBench.id(), 1), document: "{}")
        try await bench.add()
        _ = try await bench.store.assign(
            AssignmentRequest(StoreBench.id(), previousAttempt: 0, to: anna, command: command, at: StoreBench.then)
        )
        _ = try await bench.store.rescue(at: StoreBench.at(500), limit: 9)
        let berta = try await bench.connect("berta", at: StoreBench.at(500))
        _ = try await bench.assign(to: berta, at: StoreBench.at(500))
        let back = try await bench.connect(at: StoreBench.at(501))
        try expect(
            try await bench.store.unacknowledged(by: anna.daemon, after: 0, limit: 9),
            is: [],
            "the command of a lost attempt need not be carried out"
        )
        try expect(try await bench.store.command("spawn")?.isWithdrawn, is: true)
        let late = StoreBench.entry(1, StoreBench.status(.done))
        try expect(try await bench.store.take(late, from: back, at: StoreBench.at(502)), is: .stale(.staleAttempt))
        let foreign = StoreBench.entry(2, attempt: 2, sequence: 1, StoreBench.status(.done))
        try expect(try await bench.store.take(foreign, from: back, at: StoreBench.at(502)), is: .stale(.foreignDaemon))
        try expect(try await bench.store.task(StoreBench.id())?.assignment?.daemon, is: berta.daemon)
        let refusals = try await bench.store.refusals(of: StoreBench.id(), limit: 9)
        try expect(refusals.map(\.cause), is: [.foreignDaemon, .staleAttempt])
        try expect(refusals.map(\.attempt), is: [2, 1])
        try expect(try await bench.store.refusals(of: nil, limit: 1).map(\.number), is: [2])
    }
}
