import Domain
import Fleet
import Store

extension TaskStoreConformance {
    static var tasks: [Case] {
        [
            Case("a task that was made is read back", on: readBack),
            Case("tasks are made together or not at all", on: allOrNone),
            Case("a request that is repeated makes nothing new", on: repeatedRequest),
            Case("dependencies must be there and lead in no circle", on: dependenciesAreChecked),
            Case("a change is written once", on: changeOnce),
            Case("a change hands nothing out", on: changeHandsNothingOut),
            Case("a change keeps what daemons have said meanwhile", on: changeKeepsSequence),
            Case("a change of dependencies is checked", on: changedDependencies),
            Case("a deleted task leaves nothing", on: deletion),
            Case("a task that others wait for is not deleted", on: neededTask),
            Case("a document that is too large is refused") { place in
                let store = try await place.open(StoreSettings(mostDocumentBytes: 10))
                var new = StoreBench.newTask()
                new.document = String(repeating: "x", count: 11)
                try await expect(.tooLarge(what: "task", bytes: 11, limit: 10)) {
                    try await store.create([new], key: nil, at: StoreBench.then)
                }
                new.document = String(repeating: "x", count: 10)
                _ = try await store.create([new], key: nil, at: StoreBench.then)
            },
        ]
    }

    @Sendable private static func readBack(_ bench: StoreBench) async throws {
        var new = StoreBench.newTask()
        new.task.name = "a \"name\" '; DROP TABLE task; -- \u{1B}[31m ☃"
        new.task.demands = TaskDemands(
            labels: ["gpu", "linux"],
            priority: -7,
            keys: [ConcurrencyKey("r", limit: 2)],
            notBefore: StoreBench.at(9)
        )
        new.task.demands.repository = "https://example.org/r"
        new.task.demands.contract = "c"
        let made = try await bench.store.create([new], key: nil, at: StoreBench.then)
        var expected = new.task
        expected.revision = 1
        try expect(made, is: Creation(tasks: [expected], isRepetition: false))
        try expect(try await bench.store.task(new.task.id), is: expected)
        try expect(try await bench.store.document(of: new.task.id), is: new.document)
        try expect(try await bench.store.task(StoreBench.id(2)), is: nil)
        try expect(try await bench.store.document(of: StoreBench.id(2)), is: nil)
        try expect(try await bench.store.counts(), is: [.pending: 1])
    }

    @Sendable private static func allOrNone(_ bench: StoreBench) async throws {
        try await bench.add(2)
        try await expect(.exists(kind: "task", id: StoreBench.id(2).rawValue)) {
            try await bench.store.create([1, 2].map { StoreBench.newTask($0) }, key: nil, at: StoreBench.then)
        }
        try expect(try await bench.store.task(StoreBench.id(1)), is: nil)
        let made = try await bench.store.create([3, 1].map { StoreBench.newTask($0) }, key: nil, at: StoreBench.then)
        try expect(made.tasks.map(\.id), is: [StoreBench.id(3), StoreBench.id(1)])
    }

    @Sendable private static func repeatedRequest(_ bench: StoreBench) async throws {
        let key = RequestKey("k", fingerprint: SHA256Digest(of: "one"))
        let first = try await bench.store.create([StoreBench.newTask(1)], key: key, at: StoreBench.then)
        try await bench.force(1, .paused)
        // The client draws another id when it tries again.
        let again = try await bench.store.create([StoreBench.newTask(2)], key: key, at: StoreBench.at(5))
        try expect(first.isRepetition, is: false)
        try expect(again.isRepetition, is: true)
        try expect(again.tasks.map(\.id), is: [StoreBench.id(1)])
        try expect(again.tasks.map(\.status), is: [.paused])
        try expect(try await bench.store.task(StoreBench.id(2)), is: nil)
        try await expect(.requestKeyReused("k")) {
            let other = RequestKey("k", fingerprint: SHA256Digest(of: "two"))
            return try await bench.store.create([StoreBench.newTask(3)], key: other, at: StoreBench.then)
        }
    }

    @Sendable private static func dependenciesAreChecked(_ bench: StoreBench) async throws {
        let (one, two, three) = (StoreBench.id(1), StoreBench.id(2), StoreBench.id(3))
        func new(_ seed: Int, _ parents: TaskID...) -> NewTask {
            StoreBench.newTask(seed, TaskDemands(dependencies: parents.map { Dependency($0) }))
        }
        try await expect(.unknownParent(task: one, parent: two)) {
            try await bench.store.create([new(1, two)], key: nil, at: StoreBench.then)
        }
        try await expect(.circularDependencies([one])) {
            try await bench.store.create([new(1, one)], key: nil, at: StoreBench.then)
        }
        try await expectCircle([one, two, three]) {
            try await bench.store.create([new(1, two), new(2, three), new(3, one)], key: nil, at: StoreBench.then)
        }
        // In whatever order they are given.
        _ = try await bench.store.create([new(1, two, three), new(3), new(2, three)], key: nil, at: StoreBench.then)
        try expect(Set(try await bench.store.dependents(of: three)), is: [one, two])
        try expect(
            try await bench.store.parents(of: one),
            is: [two: ParentState(.pending), three: ParentState(.pending)]
        )
    }

    /// Throws unless the call refuses a circle of these tasks, whichever of them it names first.
    private static func expectCircle(_ tasks: Set<TaskID>, _ body: () async throws -> some Any) async throws {
        do {
            _ = try await body()
        } catch {
            guard case StoreError.circularDependencies(let circle) = error else { throw error }
            return try expect(Set(circle), is: tasks)
        }
        throw BrokenPromise(description: "a circle was taken")
    }

    @Sendable private static func changeOnce(_ bench: StoreBench) async throws {
        let task = try await bench.add()
        var renamed = task
        renamed.name = "new"
        let outcome = try await bench.store.update(renamed, expecting: TaskExpectation(task), at: StoreBench.at(1))
        guard case .updated(let updated) = outcome else { throw BrokenPromise(description: "\(outcome)") }
        try expect(updated.revision, is: 2)
        try expect(try await bench.store.task(task.id), is: updated)
        // The same once more is decided on what is not there any more.
        let again = try await bench.store.update(renamed, expecting: TaskExpectation(task), at: StoreBench.at(2))
        try expect(again, is: .outdated(updated))
        for wrong in [TaskExpectation(status: .running, attempt: 0), TaskExpectation(status: .pending, attempt: 1)] {
            try expect(
                try await bench.store.update(updated, expecting: wrong, at: StoreBench.at(2)),
                is: .outdated(updated)
            )
        }
        let gone = StoreBench.newTask(9).task
        try expect(
            try await bench.store.update(gone, expecting: TaskExpectation(gone), at: StoreBench.then),
            is: .unknown
        )
    }

    @Sendable private static func changeHandsNothingOut(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        var task = try await bench.add()
        task.assignment = Assignment(daemon: session.daemon, session: session.number, since: StoreBench.then)
        var outcome = try await bench.store.update(task, expecting: TaskExpectation(task), at: StoreBench.then)
        guard case .updated(let unassigned) = outcome else { throw BrokenPromise(description: "\(outcome)") }
        try expect(unassigned.assignment, is: nil)
        try expect(try await bench.store.load().daemons, is: [:])

        task = try await bench.assign(to: session)
        task.assignment?.daemon = StoreBench.daemonID("berta")
        task.assignment?.isAccepted = true
        outcome = try await bench.store.update(task, expecting: TaskExpectation(task), at: StoreBench.then)
        guard case .updated(let accepted) = outcome else { throw BrokenPromise(description: "\(outcome)") }
        try expect(accepted.assignment?.daemon, is: session.daemon)
        try expect(accepted.assignment?.isAccepted, is: true)

        // Taking it back ends the attempt, as when the daemon has forgotten it.
        let lost = try require(AttemptRules.lost(accepted, mostLosses: 3, at: StoreBench.at(1)), "lost task")
        _ = try await bench.store.update(lost, expecting: TaskExpectation(accepted), at: StoreBench.at(1))
        try expect(try await bench.store.attempts(of: task.id).map(\.end), is: [.lost])
        try expect(try await bench.store.ready(at: StoreBench.at(1), limit: 9).map(\.id), is: [task.id])
    }

    @Sendable private static func changeKeepsSequence(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        var task = try await bench.assign(to: session)
        let printed = InboxEffect(events: [StoreBench.output("a")])
        _ = try await bench.store.take(StoreBench.entry(1, printed), from: session, at: StoreBench.then)
        task.name = "new"
        let outcome = try await bench.store.update(task, expecting: TaskExpectation(task), at: StoreBench.then)
        guard case .updated = outcome else { throw BrokenPromise(description: "output is no change of the task") }
        try expect(try await bench.store.task(task.id)?.sequence, is: 1)
    }

    @Sendable private static func changedDependencies(_ bench: StoreBench) async throws {
        try await bench.add(1)
        try await bench.add(2, TaskDemands(dependencies: [Dependency(StoreBench.id(1))]))
        var task = try require(try await bench.store.task(StoreBench.id(1)), "task")
        let expectation = TaskExpectation(task)
        task.demands.dependencies = [Dependency(StoreBench.id(2))]
        let circular = task
        try await expectCircle([StoreBench.id(1), StoreBench.id(2)]) {
            try await bench.store.update(circular, expecting: expectation, at: StoreBench.then)
        }
        try await bench.add(3)
        task.demands.dependencies = [Dependency(StoreBench.id(3), .merged)]
        _ = try await bench.store.update(task, expecting: expectation, at: StoreBench.then)
        try expect(try await bench.store.parents(of: task.id), is: [StoreBench.id(3): ParentState(.pending)])
        try expect(try await bench.store.dependents(of: StoreBench.id(3)), is: [task.id])
    }

    @Sendable private static func neededTask(_ bench: StoreBench) async throws {
        try await bench.add()
        for seed in [2, 3] { try await bench.add(seed, TaskDemands(dependencies: [Dependency(StoreBench.id())])) }
        try expect(
            try await bench.store.delete(StoreBench.id()),
            is: .needed([2, 3].map { StoreBench.id($0) }.sorted { $0.rawValue < $1.rawValue })
        )
        try expect(try await bench.store.delete(StoreBench.id(2)), is: .deleted)
        try expect(try await bench.store.delete(StoreBench.id()), is: .needed([StoreBench.id(3)]))
        // One that is done needs nothing any more.
        try await bench.force(3, .done)
        try expect(try await bench.store.delete(StoreBench.id()), is: .deleted)
        try expect(try await bench.store.task(StoreBench.id(3))?.status, is: .done)
        try expect(try await bench.store.parents(of: StoreBench.id(3)), is: [:])
    }

    @Sendable private static func deletion(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        _ = try await bench.assign(to: session)
        try expect(
            try await bench.store.delete(StoreBench.id()),
            is: .assigned(StoreBench.daemonID()),
            "somebody has it"
        )
        let entries = [
            StoreBench.entry(1, InboxEffect(events: [StoreBench.output("a")])),
            StoreBench.entry(2, StoreBench.status(.done)),
        ]
        _ = try await bench.store.take(entries, from: session, at: StoreBench.then)
        try expect(try await bench.store.delete(StoreBench.id()), is: .deleted)
        try expect(try await bench.store.delete(StoreBench.id()), is: .unknown)
        try expect(try await bench.store.task(StoreBench.id()), is: nil)
        try expect(try await bench.told(), is: [])
        try expect(try await bench.store.attempts(of: StoreBench.id()), is: [])
        let stale = try await bench.store.take(
            StoreBench.entry(3, StoreBench.status(.running)),
            from: session,
            at: StoreBench.then
        )
        try expect(stale, is: .stale(.unknownTask))
    }

    // MARK: - Lists

    static var listing: [Case] {
        [
            Case("pages have every task once, newest first", on: pages),
            Case("what has changed comes in the order of the changes", on: changesInOrder),
            Case("tasks are found by what they are", on: filters),
        ]
    }

    @Sendable private static func pages(_ bench: StoreBench) async throws {
        // Several are of the same moment.
        for seed in 1...23 { try await bench.add(seed, at: StoreBench.at(seed / 4)) }
        var found: [FleetTask] = []
        var cursor: PageCursor?
        var sizes: [Int] = []
        repeat {
            let page = try await bench.store.tasks(TaskFilter(), after: cursor, limit: 10)
            found += page.tasks
            sizes.append(page.tasks.count)
            cursor = try page.next.map { cursor throws(StoreError) in try PageCursor(text: cursor.text) }
        } while cursor != nil && sizes.count < 9
        try expect(sizes, is: [10, 10, 3])
        try expect(Set(found.map(\.id)).count, is: 23)
        let newestFirst = found.sorted { ($0.createdAt, $0.id.rawValue) > ($1.createdAt, $1.id.rawValue) }
        try expect(found.map(\.id), is: newestFirst.map(\.id))
        let whole = try await bench.store.tasks(TaskFilter(), after: nil, limit: 23)
        try expect(whole.next, is: nil)
        for text in ["", "x", "1-2", "zz-0123456789-1", "1 -0123456789"] {
            try await expect(.malformedCursor(text)) { try PageCursor(text: text) }
        }
    }

    @Sendable private static func changesInOrder(_ bench: StoreBench) async throws {
        for seed in 1...5 { try await bench.add(seed, at: StoreBench.at(10 - seed)) }
        var found: [TaskID] = []
        var (time, last) = (StoreBench.at(6), TaskID?.none)
        while true {
            let page = try await bench.store.changed(since: time, after: last, limit: 2)
            found += page.map(\.id)
            guard page.count == 2, let newest = page.last else { break }
            (time, last) = (newest.updatedAt, newest.id)
        }
        try expect(found, is: [4, 3, 2, 1].map { StoreBench.id($0) })
    }

    @Sendable private static func filters(_ bench: StoreBench) async throws {
        let session = try await bench.connect()
        var demands = TaskDemands()
        demands.contract = "c"
        demands.parent = StoreBench.id(1)
        for seed in 1...3 { try await bench.add(seed) }
        try await bench.add(4, demands)
        _ = try await bench.assign(2, to: session)
        try await bench.force(3, .failed)
        func found(_ filter: TaskFilter) async throws -> Set<TaskID> {
            Set(try await bench.store.tasks(filter, after: nil, limit: 9).tasks.map(\.id))
        }
        func ids(_ seeds: Int...) -> Set<TaskID> { Set(seeds.map { StoreBench.id($0) }) }
        try expect(try await found(TaskFilter()), is: ids(1, 2, 3, 4))
        try expect(try await found(TaskFilter(statuses: [.failed, .done])), is: ids(3))
        try expect(try await found(TaskFilter(statuses: [])), is: [])
        try expect(try await found(TaskFilter(contract: "c")), is: ids(4))
        try expect(try await found(TaskFilter(parent: StoreBench.id(1))), is: ids(4))
        try expect(try await found(TaskFilter(daemon: session.daemon)), is: ids(2))
        try expect(try await found(TaskFilter(text: "TASK 3")), is: ids(3))
        try expect(try await found(TaskFilter(text: "%")), is: [])
        try expect(try await found(TaskFilter(text: StoreBench.id(4).short)), is: ids(4))
        try expect(try await found(TaskFilter(changedSince: StoreBench.then)), is: ids(1, 2, 3, 4))
        try expect(try await found(TaskFilter(changedSince: StoreBench.at(1_000_000))), is: [])
        try expect(try await bench.store.counts(), is: [.pending: 3, .failed: 1])
    }
}
