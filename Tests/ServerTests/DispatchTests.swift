import Domain
import Fleet
import Logging
import NIOHTTP1
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// Long queues, and tasks that no message holds.
@Suite(.timeLimit(.minutes(15)))
struct DispatchTests {
    private static let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    /// A store with a connected daemon, and tasks of which those in `labelled` want what nobody has.
    private func store(_ directory: TemporaryDirectory, tasks: Int, labelled: Range<Int>) async throws
        -> SQLiteTaskStore
    {
        let store = try await SQLiteTaskStore.open("\(directory.path)/store.sqlite")
        let anna = try #require(DaemonID(rawValue: "anna"))
        try await store.put(DaemonRecord(anna, name: "anna", enrolledAt: Self.then))
        let opening = try await store.openSession(of: anna, on: "server", at: Self.then)
        _ = try await store.renew(opening.session.key, capacity: DaemonCapacity(slots: 1), at: Self.then)
        var random = SeededGenerator(seed: 1)
        var request = TaskRequest()
        (request.spawn.taskName, request.spawn.plan) = ("one", "Do it.")
        (request.spawn.repoUrl, request.spawn.agent.name) = ("https://example.org/r.git", "claude")
        for index in 0..<tasks {
            let id = TaskID(using: &random)
            request.labels = labelled.contains(index) ? ["gpu"] : []
            let time = Self.then + .milliseconds(index)
            let task = NewTask(
                TaskDocument.task(request, id: id, at: time),
                document: try TaskDocument.make(request, id: id)
            )
            _ = try await store.create([task], key: nil, at: time)
        }
        return store
    }

    private func service(_ store: SQLiteTaskStore, page: Int = 9, log: LogBook = LogBook()) -> DispatchService {
        let wallClock = ManualWallClock()
        wallClock.set(Self.then + .seconds(1))
        let surroundings = Surroundings(
            clock: ManualClock(),
            wallClock: wallClock,
            ids: SystemIDs(),
            logger: log.logger
        )
        return DispatchService(
            store: store,
            lines: DaemonLines(),
            limits: DispatchLimits(),
            surroundings: surroundings,
            page: page
        )
    }

    @Test func whatCannotBePlacedKeepsNobodyElseBack() async throws {
        let directory = TemporaryDirectory()
        let store = try await store(directory, tasks: 32, labelled: 0..<30)
        let service = service(store, page: 2)
        // Ten pages of two are looked at in a round.
        #expect(try await service.round() == 0)
        let tasks = try await store.tasks(TaskFilter(), after: nil, limit: 99).tasks
            .sorted { $0.createdAt < $1.createdAt }
        #expect(service.obstacle(of: tasks[0].id) == .labelsMissing(["gpu"]))
        #expect(service.obstacle(of: tasks[31].id) == .behindOthers)
        #expect(try await service.round() == 1, "the second goes on where the first has ended")
        let placed = try await store.tasks(TaskFilter(daemon: DaemonID(rawValue: "anna")), after: nil, limit: 9).tasks
        #expect(placed.map(\.id) == [tasks[30].id])
        // Its slot is taken: nobody looks further than the first page.
        #expect(try await service.round() == 0)
        #expect(service.obstacle(of: tasks[31].id) == .behindOthers)
    }

    /// An attempt at a task that has told what another version of makima wrote, and is lost.
    private func lose(_ task: TaskID, _ store: SQLiteTaskStore) async throws {
        let anna = try #require(DaemonID(rawValue: "anna"))
        let session = try #require(try await store.latestSession(of: anna)).key
        var effect = InboxEffect()
        effect.iterations = [IterationEntry(3, startedAt: Self.then, endedAt: Self.then, document: "{}")]
        let blob = BlobKey(SHA256Digest(of: "work"), size: 4)
        effect.checkpoints = [CheckpointEntry(7, takenAt: Self.then, blob: blob, document: "{}")]
        _ = try await store.beginBlob(blob, of: task, at: Self.then)
        _ = try await store.appendBlob(blob.digest, of: task, at: 0, Array("work".utf8))
        let subject = InboxEntry.Subject(task, attempt: 1, sequence: 1)
        _ = try await store.take(InboxEntry(1, about: subject, effect), from: session, at: Self.then)
        let held = try #require(try await store.task(task))
        let lost = try #require(AttemptRules.lost(held, mostLosses: 3, at: Self.then))
        guard case .updated = try await store.update(lost, expecting: TaskExpectation(held), at: Self.then) else {
            throw CancellationError()
        }
    }

    /// The work in one row, and the same commit in a later one that brings nothing; what a task began with.
    private static let works: [(rows: [(commit: String, cause: String, hasBlob: Bool)], isHere: Bool)] = [
        ([("a", "iteration_ended", true)], true),
        ([("a", "iteration_ended", true), ("a", "stopped", false)], true),
        ([("a", "iteration_ended", true), ("b", "stopped", false)], false),
        ([("a", "base", false)], true),
        ([], true),
    ]

    @Test(arguments: [true, false], Self.works.indices)
    func whatADrainStopsGoesOnElsewhereWhereItsWorkIsHere(isStored: Bool, row: Int) async throws {
        let (rows, isHere) = Self.works[row]
        let directory = TemporaryDirectory()
        let store = try await store(directory, tasks: 1, labelled: 0..<0)
        #expect(try await service(store).round() == 1)
        let task = try #require(try await store.tasks(TaskFilter(), after: nil, limit: 1).tasks.first?.id)
        let anna = try #require(DaemonID(rawValue: "anna"))
        let session = try #require(try await store.latestSession(of: anna)).key
        let blob = BlobKey(SHA256Digest(of: "work"), size: 4)
        if isStored {
            _ = try await store.beginBlob(blob, of: task, at: Self.then)
            _ = try await store.appendBlob(blob.digest, of: task, at: 0, Array("work".utf8))
        }
        var effect = InboxEffect(.status(StatusReport(.interrupted, reason: .interrupted(.drained))))
        effect.checkpoints = rows.enumerated()
            .map { number, row in
                CheckpointEntry(
                    number + 1,
                    takenAt: Self.then,
                    blob: row.hasBlob ? blob : nil,
                    document: #"{"checkpoint":{"commit":"\#(row.commit)","cause":"\#(row.cause)"}}"#
                )
            }
        let subject = InboxEntry.Subject(task, attempt: 1, sequence: 1)
        _ = try await store.take(InboxEntry(1, about: subject, effect), from: session, at: Self.then)
        let queued = try #require(try await store.task(task))
        #expect(queued.isQueued && queued.home == anna)
        let hasWork = rows.contains { $0.hasBlob }
        #expect(queued.demands.daemon == (isHere && (isStored || !hasWork) ? nil : anna))
        #expect(try await store.attempts(of: task).map(\.end) == [.stopped(.interrupted)])
    }

    @Test func whatCannotBeReadOfATaskThatGoesOnIsTold() async throws {
        let directory = TemporaryDirectory()
        let store = try await store(directory, tasks: 1, labelled: 0..<0)
        let log = LogBook()
        let service = service(store, log: log)
        #expect(try await service.round() == 1)
        let task = try #require(try await store.tasks(TaskFilter(), after: nil, limit: 1).tasks.first?.id)
        try await lose(task, store)
        #expect(log.lines.allSatisfy { $0.level < .warning })
        #expect(try await service.round() == 1, "it goes on all the same")
        let told = log.lines.filter { $0.level == .error }
        #expect(told.map { $0.fields["task.id"] } == [task.rawValue, task.rawValue])
        #expect(told.map { $0.fields["iteration"] ?? $0.fields["checkpoint"] } == ["3", "7"])
        #expect(told.first?.message.contains("its last report cannot be read") == true)
        // What it has used up is known all the same.
        let command = try #require(try await store.command("\(HandOver.prefix)\(task)-2"))
        let spawn = try Frame.decode(Array(command.command.document.utf8), as: ToDaemon.self)
        guard case .spawnTask(let spawn) = spawn else { throw CancellationError() }
        #expect(spawn.standing?.runs == 1)
    }

    @Test func aTaskThatNoMessageHoldsEndsWithAReason() async throws {
        let task = try await ServerBench.run { bench async throws in
            let id = try await bench.add()
            let path = "/api/v1/tasks/\(id)"
            _ = try await bench.person.post("\(path)/stop")
            let command = String(repeating: "x", count: 30_000)
            let checks = (1...40).map { #"{"name":"check \#($0)","command":"\#(command)"}"# }.joined(separator: ",")
            let resumed = try await bench.person.post("\(path)/resume", #"{"checks":[\#(checks)]}"#)
            #expect(resumed.status == 200, "\(resumed.text)")
            return try await bench.anna.connect { _, _ in
                try await bench.wait(id) { $0["status"]?.string == "failed" }
            }
        }
        #expect(task["reason"]?["message"]?.string?.contains("1048576") == true, "\(task)")
    }
}
