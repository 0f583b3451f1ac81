import Domain
import Runner
import TestSupport
import Testing
import Wire

@testable import Daemon

struct DaemonUpkeepTests {
    private let directory = TemporaryDirectory("makima-daemon-upkeep")

    private func id(_ number: Int) throws -> TaskID { try #require(TaskID(rawValue: "012345678\(number)")) }

    private func open() async throws -> DaemonJournal {
        try await DaemonJournal.open("\(directory.path)/daemon.sqlite", makeToken: { "t" })
    }

    private func spawn(_ number: Int, slots: Int = 9, in journal: DaemonJournal) async throws -> DaemonJournal.Receipt {
        var spawn = SpawnTask()
        spawn.head = CommandHead("spawn-\(number)", task: try id(number), attempt: 1)
        (spawn.taskName, spawn.plan, spawn.targetRepoPath, spawn.agent.name) = ("t", "p", "/r", "a")
        return try await journal.receive(.spawnTask(spawn), slots: slots)
    }

    private func set(_ phase: HeldTask.Phase, of number: Int, in journal: DaemonJournal) async throws {
        let held = try #require(try await journal.held(try id(number)))
        try await journal.change(held) { $0.phase = phase }
    }

    /// An attempt that has told something.
    private func told(_ journal: DaemonJournal, isEnd: Bool = true) async throws {
        #expect(try await spawn(1, in: journal) == .new)
        try await set(.working, of: 1, in: journal)
        var batch = OutboxBatch(try id(1), attempt: 1)
        batch.keys = ["event/0", "end/1"]
        batch.isEnd = isEnd
        var event = TaskEventReport()
        event.event = "notice"
        batch.messages = [event]
        batch.piece = OutboxBatch.Piece("setup/1/stdout", 0..<5)
        #expect(try await journal.enter(batch) == 1)
    }

    @Test func onlyTasksThatAreAtWorkTakeSlots() async throws {
        let journal = try await open()
        for (number, phase) in HeldTask.Phase.allCases.enumerated() {
            #expect(try await spawn(number, in: journal) == .new)
            try await set(phase, of: number, in: journal)
        }
        #expect(try await spawn(7, slots: 3, in: journal) == .new)
        guard case .answered(let answer) = try await spawn(8, slots: 3, in: journal) else {
            Issue.record("It was taken.")
            return
        }
        #expect(answer.code == "no_slot")
        let held = Set(try await journal.heldTasks().map(\.phase))
        #expect(held == [.accepted, .working, .ended, .reported])
        #expect(Set(try await journal.settledTasks().map(\.phase)) == [.closed, .fenced])
    }

    @Test func aTaskIsForgottenWhenTheServerKnowsItsEnd() async throws {
        let journal = try await open()
        try await told(journal, isEnd: false)
        let task = try id(1)
        try await journal.forget(task)
        #expect(try await journal.progress(of: task).derived.count == 2)
        try await set(.fenced, of: 1, in: journal)
        try await journal.forget(task)
        #expect(try await journal.held(task) != nil, "A report of it waits.")
        try await journal.acknowledge(upTo: 1)
        try await journal.forget(task)
        #expect(try await journal.held(task) == nil)
        #expect(try await journal.progress(of: task) == GatherProgress())
    }

    @Test func workForALaterAttemptStaysWhereAnEarlierOneIsForgotten() throws {
        let task = try id(1)
        for name in ["in-1", "in-2", "in-3", "out-9"] { directory.write("x", to: "parcels/\(task)/\(name)") }
        ParcelStore(directory: "\(directory.path)/parcels").drop(task, upTo: 2)
        #expect(PlainFile.names(in: "\(directory.path)/parcels/\(task)") == ["in-3"])
    }

    @Test func workForMergesGoesWithItsLaneOrWhenNoMergeComes() throws {
        let root = "\(directory.path)/parcels"
        let parcels = ParcelStore(directory: root)
        for lane in ["a", "b", "c"] { directory.write("x", to: "parcels/merges/\(lane)/digest") }
        // Of the first of the two: a busy machine may take its time between them.
        let then = try #require(PlainFile.changedAt("\(root)/merges/b/digest"))
        parcels.drop(lane: "a")
        parcels.dropMerges(before: then) { _ in false }
        #expect(PlainFile.names(in: "\(root)/merges").sorted() == ["b", "c"])
        parcels.dropMerges(before: then + .seconds(60)) { $0 == "b" }
        #expect(PlainFile.names(in: "\(root)/merges") == ["b"])
    }

    /// What a task begins with and what is merged of it is not the same, though a daemon has both at once.
    @Test func workForAMergeIsNotThatOfAnAttempt() throws {
        let task = try id(1)
        let parcels = ParcelStore(directory: "\(directory.path)/parcels")
        let (own, other) = (Array("own work".utf8), Array("other".utf8))
        func part(_ bytes: [UInt8]) -> PatchPart {
            var part = PatchPart()
            (part.sha256, part.size, part.data) = (SHA256Digest(of: bytes).description, bytes.count, bytes)
            return part
        }
        var begin = DeliverPart()
        (begin.head, begin.part) = (CommandHead("spawn.0", task: task, attempt: 1), part(own))
        var merge = MergePart()
        (merge.id, merge.lane, merge.part) = ("merge.0", "lane", part(other))
        try parcels.take(begin)
        try parcels.take(merge)
        var patch = WirePatch(.bundle, base: String(repeating: "a", count: 40), bytes: other)
        patch.data = nil
        let file = try #require(try parcels.file(of: patch, lane: "lane"))
        #expect(try parcels.file(of: patch, lane: "another") == nil)
        #expect(try PlainFile.read(file, 0..<99) == other)
        patch = WirePatch(.bundle, base: patch.baseSha, bytes: own)
        patch.data = nil
        #expect(try parcels.file(of: patch, lane: "lane") == nil)
        parcels.drop(lane: "lane")
        #expect(try PlainFile.read(try parcels.file(of: patch, for: HeldTask(task, attempt: 1)), 0..<99) == own)
    }

    @Test func whatWasToldIsLetGoOfAndRestored() async throws {
        let journal = try await open()
        try await told(journal)
        let task = try id(1)
        let reported = try #require(try await journal.held(task))
        #expect(try await !journal.thin(reported))
        try await journal.acknowledge(upTo: 1)
        let closed = try #require(try await journal.held(task))
        #expect(closed.phase == .closed)
        let before = try await journal.progress(of: task)
        var other = closed
        other.attempt = 2
        #expect(try await !journal.thin(other))
        #expect(try await journal.thin(closed))
        #expect(try await journal.progress(of: task).derived == [DaemonJournal.thinned])
        #expect(try await journal.progress(of: task).taken.isEmpty)
        #expect(try await !journal.thin(closed))
        try await journal.restore(before, of: task)
        #expect(try await journal.progress(of: task) == before)
        // Once only.
        try await journal.restore(GatherProgress(), of: task)
        #expect(try await journal.progress(of: task) == before)
    }
}

@Suite(.serialized, .timeLimit(.minutes(15)))
struct UpkeepTests {
    private func closed(_ bench: DaemonBench, _ spec: TaskSpec) async throws -> DaemonJournal {
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            let journal = try await bench.place.journal()
            while try await journal.held(spec.id)?.phase != .closed { await Task.yield() }
        }
        return try await bench.place.journal()
    }

    @Test func whatWasDiscardedOnTheMachineIsForgotten() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "work; gate true")
        let spec = bench.spec { $0.completion = .none }
        let journal = try await closed(bench, spec)
        try await bench.withDaemon { _ in await bench.server.until { $0.hellos.count == 2 } }
        #expect(try await journal.held(spec.id) != nil)
        let parts = try await bench.place.parts(bench.tasks, bench.server)
        try await LocalTaskService(parts.service).discard(spec.id, force: true)
        try await bench.withDaemon { _ in
            while try await journal.held(spec.id) != nil { await Task.yield() }
        }
        #expect(try await journal.progress(of: spec.id) == GatherProgress())
    }

    @Test func aTaskThatWasOverForLongTellsNothingTwice() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo one; work; gate false")
        bench.turn(nil, "echo two; work; gate true")
        let spec = bench.spec {
            $0.completion = .none
            $0.limits.maxIterations = 1
            $0.repository.setupCommand = "echo set up"
        }
        let journal = try await closed(bench, spec)
        // A clock that stands still.
        try await bench.withDaemon(DaemonBench.Trial(change: { $0.memory = .seconds(-1) })) { _ in
            while try await journal.progress(of: spec.id).derived != [DaemonJournal.thinned] { await Task.yield() }
        }
        var resume = ResumeTask()
        resume.head = CommandHead("resume", task: spec.id, attempt: 2)
        resume.previousAttempt = 1
        resume.maxIterations = 3
        bench.server.send(.resumeTask(resume))
        try await bench.withDaemon { _ in await bench.server.until { $0.completions.count == 2 } }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.completions.map(\.status) == [.iterationLimitReached, .done])
        #expect(heard.iterations.map(\.iteration) == [1, 2])
        #expect(heard.output["\(spec.id)/0/0/setup/"] == "set up\n" || heard.output.values.contains("set up\n"))
        #expect(Set(heard.checkpoints.map(\.checkpoint.number)).count == heard.checkpoints.count)
    }
}
