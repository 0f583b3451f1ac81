import Domain
import Fleet
import Store
import TestSupport
import Testing

@testable import Server

/// Which daemons a merge is given to, by whether they have worked for its contract and are there.
@Suite(.timeLimit(.minutes(15)))
struct MergeHomesTests {
    private static func task(_ id: String, home: DaemonID?, labels: Set<String> = []) throws -> FleetTask {
        var task = FleetTask(id: try #require(TaskID(rawValue: id)), name: id, createdAt: time)
        task.home = home
        task.demands.labels = labels
        return task
    }

    private static let time = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    private static func job(_ tasks: [FleetTask], merging merged: [FleetTask]) throws -> MergeJob {
        let id = try #require(ContractID(rawValue: "k7m2q9xw4s"))
        let place = ContractPlace(url: "https://example.org/r.git", path: nil, targets: ["main"])
        let contract = Contract(id, name: "goal", goal: "Do it.", place: place, at: time)
        let entries = merged.map { MergeEntry($0.id, name: $0.name, touches: []) }
        var queue = MergeQueue(target: "main")
        for entry in entries { queue.add(entry) }
        if entries.isEmpty { queue.verify() }
        let begun = queue.begin(limit: 8)
        let batch = try #require(begun)
        return MergeJob(batch, "main", contract, Dictionary(uniqueKeysWithValues: tasks.map { ($0.id, $0) }))
    }

    @Test func whoWorkedForTheContractIsNoStranger() throws {
        let (anna, berta) = (try #require(DaemonID(rawValue: "anna")), try #require(DaemonID(rawValue: "berta")))
        let tasks = [try Self.task("k7m2q9xw4t", home: anna), try Self.task("k7m2q9xw4v", home: nil)]
        let job = try Self.job(tasks, merging: tasks)
        #expect(job.homes == [anna] && job.isStranger(berta) && !job.isStranger(anna))
        let begun = try Self.job([tasks[1]], merging: [tasks[1]])
        #expect(!begun.isStranger(berta), "nobody has worked for it")
    }

    @Test func checksOfTheBranchAloneWantWhatAllTasksWant() throws {
        let tasks = [
            try Self.task("k7m2q9xw4t", home: nil, labels: ["gpu"]),
            try Self.task("k7m2q9xw4v", home: nil, labels: ["linux"]),
        ]
        #expect(try Self.job(tasks, merging: [tasks[0]]).labels == ["gpu"])
        #expect(try Self.job(tasks, merging: []).labels == ["gpu", "linux"])
    }

    /// While there was no server, no daemon could come back to it.
    @Test func aDaemonIsGoneOnlyWhereTheServerWasThere() async throws {
        let gone = try await ServerBench.run { bench async throws in
            let anna = try #require(DaemonID(rawValue: "anna"))
            try await bench.anna.connect { _, _ in }
            let step = bench.store.leases.timeToLive
            var gone: [Bool] = []
            bench.wallClock.set(bench.wallClock.now() + .seconds(3600))
            let dispatcher = MergeDispatcher(
                store: bench.store,
                lines: DaemonLines(),
                surroundings: bench.surroundings
            )
            gone.append(try await dispatcher.isGone(anna))
            let patience = min(.seconds(120), bench.store.leases.grace)
            let end = bench.wallClock.now() + patience
            dispatcher.look()
            while bench.wallClock.now() <= end {
                gone.append(try await dispatcher.isGone(anna))
                bench.wallClock.set(bench.wallClock.now() + step)
                dispatcher.look()
            }
            return gone + [try await dispatcher.isGone(anna)]
        }
        #expect(gone.count > 2 && gone.dropLast().allSatisfy { !$0 } && gone.last == true, "\(gone)")
    }
}
