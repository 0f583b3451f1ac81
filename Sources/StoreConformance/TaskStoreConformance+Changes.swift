import Domain
import Fleet
import Store

extension TaskStoreConformance {
    static var changes: [Case] {
        [
            Case("readers are told of what was written, in one piece", on: told),
            Case("nothing piles up for a slow reader", on: slowReader),
            Case("what was not written is not told", on: refusedChange),
        ]
    }

    @Sendable private static func told(_ bench: StoreBench) async throws {
        var feed = bench.store.changes().makeAsyncIterator()
        let session = try await bench.connect()
        for seed in 1...3 { try await bench.add(seed) }
        _ = try await bench.assign(2, to: session)
        var change = try require(await feed.next(), "change")
        try expect(change.tasks, is: [StoreBench.id(1), StoreBench.id(2), StoreBench.id(3)])
        try expect(change.isListChanged && change.areDaemonsChanged && !change.areCommandsQueued, "\(change)")
        let printed = StoreBench.entry(1, of: 2, InboxEffect(events: [StoreBench.output("a")]))
        _ = try await bench.store.take(printed, from: session, at: StoreBench.then)
        change = try require(await feed.next(), "change")
        try expect(change.tasks, is: [StoreBench.id(2)])
        try expect(!change.isListChanged, "output is no news of the list")
        _ = try await bench.store.enqueue(NewCommand("c", to: session.daemon, document: ""), at: StoreBench.then)
        change = try require(await feed.next(), "change")
        try expect(change.areCommandsQueued, "\(change)")
    }

    @Sendable private static func slowReader(_ bench: StoreBench) async throws {
        var feed = bench.store.changes().makeAsyncIterator()
        let many = (1...1001).map { StoreBench.newTask($0) }
        _ = try await bench.store.create(many, key: nil, at: StoreBench.then)
        var change = try require(await feed.next(), "change")
        try expect(change.isOverflown && change.tasks.isEmpty && change.isListChanged, "\(change.tasks.count)")
        _ = try await bench.store.append([StoreBench.output("a")], to: StoreBench.id(5))
        change = try require(await feed.next(), "change")
        try expect(change.tasks, is: [StoreBench.id(5)])
        try expect(!change.isOverflown, "that was told")
    }

    @Sendable private static func refusedChange(_ bench: StoreBench) async throws {
        try await bench.add(1)
        var feed = bench.store.changes().makeAsyncIterator()
        try await expect(.exists(kind: "task", id: StoreBench.id(1).rawValue)) {
            try await bench.store.create([2, 1].map { StoreBench.newTask($0) }, key: nil, at: StoreBench.then)
        }
        try await bench.add(3)
        try expect(try require(await feed.next(), "change").tasks, is: [StoreBench.id(3)])
    }

    // MARK: - Several connections

    static var races: [Case] {
        [
            Case("of many that hand one task out one wins", raceForATask),
            Case("of many that want one key one gets it", raceForAKey),
            Case("an entry that comes over many connections has one effect", raceOfEntries),
            Case("of two sessions of one daemon one lives", raceOfSessions),
            Case("a request that comes over many connections makes one task", raceOfRequests),
            Case("an end and a rescue at once make one end", raceOfEnds),
        ]
    }

    private static let rounds = 1...10

    /// Carries out `body` on several connections at once.
    private static func race<Value: Sendable>(
        _ stores: [any TaskStore],
        _ body: @escaping @Sendable (Int, any TaskStore) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for (index, store) in stores.enumerated() { group.addTask { try await body(index, store) } }
            var values: [Value] = []
            for try await value in group { values.append(value) }
            return values
        }
    }

    private static func open(_ place: any StorePlace, _ count: Int) async throws -> [any TaskStore] {
        var stores: [any TaskStore] = []
        for _ in 1...count { stores.append(try await place.open(StoreSettings())) }
        return stores
    }

    @Sendable private static func raceForATask(_ place: any StorePlace) async throws {
        let stores = try await open(place, 4)
        let bench = StoreBench(stores[0])
        var sessions: [SessionKey] = []
        for index in 0..<4 { sessions.append(try await bench.connect("d\(index)")) }
        let all = sessions
        for seed in rounds {
            try await bench.add(seed)
            let outcomes = try await race(stores) { index, store in
                try await store.assign(
                    AssignmentRequest(StoreBench.id(seed), previousAttempt: 0, to: all[index], at: StoreBench.then)
                )
            }
            let winners = outcomes.filter { $0 != .outdated }
            try expect(winners.count, is: 1, "winners")
            let task = try await bench.store.task(StoreBench.id(seed))
            try expect(winners, is: task.map { [.assigned($0)] } ?? [])
            try expect(task?.attempt, is: 1)
        }
    }

    @Sendable private static func raceForAKey(_ place: any StorePlace) async throws {
        let stores = try await open(place, 4)
        let bench = StoreBench(stores[0])
        let session = try await bench.connect(slots: 99)
        for round in rounds {
            for index in 1...4 {
                try await bench.add(10 * round + index, TaskDemands(keys: [ConcurrencyKey("k\(round)")]))
            }
            let outcomes = try await race(stores) { index, store in
                let id = StoreBench.id(10 * round + index + 1)
                return try await store.assign(
                    AssignmentRequest(id, previousAttempt: 0, to: session, at: StoreBench.then)
                )
            }
            try expect(outcomes.filter { $0 == .keyBusy("k\(round)") }.count, is: 3, "losers")
        }
    }

    @Sendable private static func raceOfEntries(_ place: any StorePlace) async throws {
        let stores = try await open(place, 4)
        let bench = StoreBench(stores[0])
        let session = try await bench.connect()
        _ = try await bench.assign(to: session)
        for number in rounds {
            let entry = StoreBench.entry(number, InboxEffect(events: [StoreBench.output("\(number)")]))
            let outcomes = try await race(stores) { _, store in
                try await store.take(entry, from: session, at: StoreBench.then)
            }
            try expect(outcomes.filter { $0 == .repetition }.count, is: 3, "repetitions")
        }
        try expect(try await bench.told(), is: rounds.map { "\($0)" })
    }

    @Sendable private static func raceOfSessions(_ place: any StorePlace) async throws {
        let stores = try await open(place, 2)
        let bench = StoreBench(stores[0])
        let first = try await bench.connect()
        for _ in rounds {
            let openings = try await race(stores) { _, store in
                try await store.openSession(of: first.daemon, on: "s", at: StoreBench.then)
            }
            let live = try await bench.store.connected(at: StoreBench.then)
            try expect(live.map(\.session), is: [openings.map(\.session.number).max() ?? 0])
        }
    }

    @Sendable private static func raceOfRequests(_ place: any StorePlace) async throws {
        let stores = try await open(place, 4)
        for round in rounds {
            let key = RequestKey("k\(round)", fingerprint: SHA256Digest(of: "r"))
            let made = try await race(stores) { index, store in
                let new = StoreBench.newTask(10 * round + index)
                return try await store.create([new], key: key, at: StoreBench.then)
            }
            try expect(made.filter { !$0.isRepetition }.count, is: 1, "makers")
            try expect(Set(made.map(\.tasks)).count, is: 1, "tasks that were made")
        }
    }

    @Sendable private static func raceOfEnds(_ place: any StorePlace) async throws {
        let stores = try await open(place, 2)
        let bench = StoreBench(stores[0])
        for round in rounds {
            let time = round * 1000
            let session = try await bench.connect("d\(round)", at: StoreBench.at(time))
            _ = try await bench.assign(round, to: session, at: StoreBench.at(time))
            let entry = StoreBench.entry(1, of: round, StoreBench.status(.done))
            let won = try await race(stores) { index, store in
                if index == 0 { return try await !store.rescue(at: StoreBench.at(time + 400), limit: 9).isEmpty }
                if case .taken = try await store.take(entry, from: session, at: StoreBench.at(time + 400)) {
                    return true
                }
                return false
            }
            try expect(won.filter { $0 }.count, is: 1, "ends")
            try expect(try await bench.store.attempts(of: StoreBench.id(round)).compactMap(\.end).count, is: 1)
        }
    }
}
