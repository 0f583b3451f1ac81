import Domain
import Fleet
import Logging
import Store
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Server

struct ChangeTellerTests {
    private let directory = TemporaryDirectory("makima-teller")
    private let clock = ManualClock()
    private let wallClock = ManualWallClock()

    private func id(_ seed: UInt64) -> TaskID {
        var generator = SeededGenerator(seed: seed)
        return TaskID(using: &generator)
    }

    private func teller(_ store: any TaskStore, _ notifier: RecordingNotifier) -> ChangeTeller {
        let surroundings = Surroundings(
            clock: clock,
            wallClock: wallClock,
            ids: SystemIDs(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        return ChangeTeller(store: store, notifier: notifier, surroundings: surroundings)
    }

    private func make(_ seed: UInt64, in store: any TaskStore) async throws -> FleetTask {
        let task = FleetTask(id: id(seed), name: "task \(seed)", createdAt: wallClock.now())
        let made = try await store.create([NewTask(task, document: "{}")], key: nil, at: wallClock.now())
        return try #require(made.tasks.first)
    }

    private func stop(_ task: FleetTask, _ reason: Reason, in store: any TaskStore) async throws {
        var changed = task
        changed.reason = reason
        changed.status = reason.status
        changed.updatedAt = wallClock.now()
        _ = try await store.update(changed, expecting: TaskExpectation(task), at: wallClock.now())
    }

    @Test func changesAreToldAsTheyComeAndWhatChangedBeforeAStart() async throws {
        let store = try await SQLiteTaskStore.open("\(directory.path)/store.sqlite")
        try await stop(try await make(1, in: store), .failed(.internalError(message: "x")), in: store)
        let notifier = RecordingNotifier(since: wallClock.now())
        let teller = teller(store, notifier)
        let serving = Task { await teller.run() }
        await notifier.moments(1)
        let second = try await make(2, in: store)
        try await stop(second, .blocked(.question(text: "?")), in: store)
        while notifier.all.last?.status != .blocked {
            clock.advance(by: .seconds(1))
            await Task.yield()
        }
        serving.cancel()
        await serving.value
        #expect(notifier.all.first?.status == .failed)
        #expect(notifier.all.last?.id == second.id)
        #expect(notifier.all.last?.question?.text == "?")
    }

    @Test func whatChangedBeforeAnybodyWasToBeToldIsNot() async throws {
        let store = try await SQLiteTaskStore.open("\(directory.path)/store.sqlite")
        try await stop(try await make(1, in: store), .failed(.internalError(message: "x")), in: store)
        wallClock.set(wallClock.now() + .seconds(60))
        let notifier = RecordingNotifier(since: wallClock.now())
        let teller = teller(store, notifier)
        let serving = Task { await teller.run() }
        let second = try await make(2, in: store)
        await notifier.moments(1)
        serving.cancel()
        await serving.value
        #expect(Set(notifier.all.map(\.id)) == [second.id])
    }

    private func question() throws -> QuestionEntry {
        var report = QuestionReport()
        report.text = "May it?"
        report.question = 4
        report.fallback = "No."
        report.askedAt = wallClock.now()
        report.stamp = Stamp(number: 1, task: id(1), attempt: 2, sequence: 1)
        report.iteration = 1
        var entry = QuestionEntry(QuestionKey(AttemptKey(id(1), 2), 4), askedAt: wallClock.now())
        entry.document = String(decoding: try APIText.encode(report), as: UTF8.self)
        return entry
    }

    /// As a daemon tells it: its task waits, and no reason says for what.
    @Test func aQuestionWithADeadlineIsToldWithItAndItsDefault() throws {
        let watch = ChangeWatch(since: wallClock.now())
        var task = FleetTask(id: id(1), name: "a", createdAt: wallClock.now())
        (task.status, task.attempt) = (.waiting, 2)
        let policy = QuestionPolicy(deadline: .seconds(720))
        let moment = watch.moment(of: task, [try question()], policy)
        #expect(moment.question?.text == "May it?")
        #expect(moment.question?.until == wallClock.now() + .seconds(720))
        #expect(moment.question?.fallback == "No.")
        #expect(watch.moment(of: task, []).question == nil)
        task.reason = .waiting(.usageLimit, until: nil)
        #expect(watch.moment(of: task, [try question()], policy).question == nil)
    }

    @Test func theDeadlineIsReadFromTheTask() async throws {
        let store = try await SQLiteTaskStore.open("\(directory.path)/store.sqlite")
        var request = TaskRequest()
        (request.spawn.taskName, request.spawn.plan, request.spawn.agent.name) = ("a", "Do it.", "a")
        request.spawn.targetRepoPath = "/r"
        request.spawn.questions = WireQuestionPolicy(QuestionPolicy(deadline: .seconds(60), fallback: "Both."))
        let task = FleetTask(id: id(1), name: "a", createdAt: wallClock.now())
        let document = try TaskDocument.make(request, id: task.id)
        _ = try await store.create([NewTask(task, document: document)], key: nil, at: wallClock.now())
        let notifier = RecordingNotifier(since: wallClock.now())
        let policy = try await teller(store, notifier).policy(of: task.id)
        #expect(policy == QuestionPolicy(deadline: .seconds(60), fallback: "Both."))
    }

    @Test func whatIsNotedOneAfterTheOtherIsToldAsOne() async throws {
        let store = try await SQLiteTaskStore.open("\(directory.path)/store.sqlite")
        func still(_ seed: UInt64) async throws {
            var task = FleetTask(id: id(seed), name: "task \(seed)", createdAt: wallClock.now() + .milliseconds(seed))
            task.standstill = Standstill(of: task, [], .noDaemons)
            _ = try await store.create([NewTask(task, document: "{}")], key: nil, at: wallClock.now())
        }
        try await still(1)
        let notifier = RecordingNotifier(since: wallClock.now())
        let teller = teller(store, notifier)
        let serving = Task { await teller.run() }
        await clock.sleepers(1)
        try await still(2)
        clock.advance(by: .milliseconds(500))
        await notifier.moments(1)
        serving.cancel()
        await serving.value
        #expect(notifier.all.map(\.id) == [id(1)])
        #expect(notifier.all.first?.standstill?.others == 1)
    }

    @Test func aQuestionWhileTheAgentWaitsIsSeenOnce() throws {
        let entry = try question()
        var watch = ChangeWatch(since: wallClock.now())
        #expect(watch.unseen([entry]) == [id(1)])
        #expect(watch.unseen([entry]).isEmpty)
        #expect(watch.unseen([]).isEmpty)
        #expect(watch.unseen([entry]) == [id(1)])
        var task = FleetTask(id: id(1), name: "a", createdAt: wallClock.now())
        task.status = .running
        task.attempt = 2
        let moment = watch.moment(of: task, [entry])
        #expect(moment.question == .init(text: "May it?", number: 4, isPermission: false))
        #expect(moment.attempt == 2)
        task.attempt = 3
        #expect(watch.moment(of: task, [entry]).question == nil)
    }
}

/// Keeps what it is to tell.
private final class RecordingNotifier: ChangeNotifier {
    private let since: Timestamp
    private let told = Mutex<[TaskMoment]>([])

    init(since: Timestamp) {
        self.since = since
    }

    var all: [TaskMoment] { told.withLock(\.self) }

    /// Waits until there are so many.
    func moments(_ count: Int) async {
        while all.count < count { await Task.yield() }
    }

    func servedSince() async throws -> Timestamp { since }

    func tellUntilEnd(_ moments: AsyncStream<TaskMoment>, report: @escaping @Sendable (String) -> Void) async {
        for await moment in moments { told.withLock { $0.append(moment) } }
    }
}
