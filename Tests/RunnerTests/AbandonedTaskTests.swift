import Domain
import Glibc
import Journal
import LoopCore
import Processes
import TestSupport
import Testing
import Workspaces

@testable import Runner

/// What becomes of a task whose owner died and whose files somebody has touched since.
struct AbandonedTaskTests {
    @Test(arguments: ["stderr", "stdout"])
    func outputThatCannotBeReadIsInNobodysWay(stream: String) async throws {
        let bench = try await RunBench()
        let task = try await bench.abandoned()
        let path = "\(try await bench.spoolOfLast(task).directory)/\(stream)"
        try OwnFiles.remove(path)
        // What is in its place is no file that could be read.
        #expect(mkdir(path, 0o700) == 0)
        let listing = try await bench.service.list()
        #expect(listing.unrecovered.isEmpty)
        #expect(listing.tasks.map(\.reason) == [.interrupted(.ownerDied)])
        let record = try #require(try await bench.iterations(of: task).last)
        #expect(record.endedAt != nil)
        #expect(record.outcome?.unreadableOutput?.contains(path) == true)
        try await bench.service.discard(task.id, force: false)
        #expect(try await bench.journal.task(task.id) == nil)
    }

    @Test func outputThatIsGoneIsInNobodysWay() async throws {
        let bench = try await RunBench()
        let task = try await bench.abandoned()
        try OwnFiles.remove(try await bench.spoolOfLast(task).errorOutputPath)
        #expect(try await bench.service.find(task.id.short).reason == .interrupted(.ownerDied))
        #expect(try await bench.iterations(of: task).last?.outcome?.unreadableOutput != nil)
        bench.turn(nil, #"work; printf "$ready""#)
        #expect(try await bench.resume(task, ResumeRequest(maxIterations: 9)).status == .done)
    }

    @Test func readableOutputIsNotComplainedAbout() async throws {
        let bench = try await RunBench()
        let task = try await bench.abandoned()
        _ = try await bench.service.list()
        let outcome = try #require(try await bench.iterations(of: task).last?.outcome)
        #expect(outcome.ownerDied)
        #expect(outcome.unreadableOutput == nil)
    }

    /// What was decided holds, whoever decided it, though the owner died before the last line.
    @Test(arguments: [false, true])
    func aStopThatWasDecidedIsNoDeath(byPerson: Bool) async throws {
        let bench = try await RunBench()
        bench.turn(nil, #"work; printf "$unready""#)
        let stopped = try await bench.run(bench.spec(.command) { $0.limits.maxIterations = 1 })
        var task = stopped
        if byPerson {
            let machine = try #require(LoopState.decode(stopped.loopMemory))
            var asked = LoopMachine(rules: machine.rules, memory: machine.memory)
            _ = asked.handle(.stopRequested)
            task.loopMemory = try LoopState.encode(asked)
        }
        for next in [TaskStatus.initializing, .starting, .running] { try await bench.move(&task, to: next, nil) }
        let reason: Reason = byPerson ? .interrupted(.person) : .iterationLimit(used: 1, limit: 1, ceiling: 50)
        #expect(try await bench.service.find(task.id.short).reason == reason)
    }

    /// However many there are, and whatever they had printed: that takes no time.
    @Test func aListRecordsTheDeathAloneAndWhoLooksAtTheTaskTheRest() async throws {
        let bench = try await RunBench()
        let task = try await bench.abandoned()
        try writeFile(Array(Self.end.utf8), to: try await bench.spoolOfLast(task).recordPath)
        let kept = try await bench.journal.checkpoints(of: task.id)
        for _ in 1...2 {
            let listed = try #require(try await bench.service.list(latest: 1).tasks.first)
            #expect(listed.reason == .interrupted(.ownerDied) && listed.iterations == 1)
            #expect(try await bench.iterations(of: task).last?.endedAt == nil)
            #expect(try await bench.journal.checkpoints(of: task.id) == kept)
        }
        for _ in 1...2 {
            let found = try await bench.service.find(task.id.rawValue)
            #expect(found.reason == .interrupted(.ownerDied) && found.iterations == 2)
            let outcome = try #require(try await bench.iterations(of: task).last?.outcome)
            #expect(outcome.ownerDied && outcome.counted)
            #expect(try await bench.journal.checkpoints(of: task.id).map(\.cause) == kept.map(\.cause) + [.recovered])
        }
    }

    @Test func whatOnlyAListHasSeenCanBeGoneOnWithAndDiscarded() async throws {
        for discards in [false, true] {
            let bench = try await RunBench()
            let task = try await bench.abandoned()
            try writeFile(Array(Self.end.utf8), to: try await bench.spoolOfLast(task).recordPath)
            _ = try await bench.service.list()
            if discards {
                try await bench.service.discard(task.id, force: false)
                #expect(try await bench.journal.task(task.id) == nil)
            } else {
                bench.turn(nil, #"work; printf "$ready""#)
                let done = try await bench.resume(task, ResumeRequest(maxIterations: 9))
                #expect(done.status == .done && done.iterations == 3)
            }
        }
    }

    /// The record of a shim that ended the agent when its owner died.
    private static let end = """
        {"started":1,"pipes":[0,0]}
        {"signal":9,"cause":"owner_lost","elapsed_ms":5}

        """

    @Test func oneThatCannotBeRecordedDoesNotHideTheOthers() async throws {
        let bench = try await RunBench()
        let task = try await bench.abandoned()
        let other = try await bench.abandoned()
        let lock = bench.service.parts.state.task(task.id).ownerLock
        try OwnFiles.remove(lock)
        #expect(mkdir(lock, 0o700) == 0)
        let listing = try await bench.service.list()
        #expect(listing.unrecovered.keys.map(\.self) == [task.id])
        #expect(listing.unrecovered[task.id]?.contains(lock) == true)
        #expect(listing.tasks.first { $0.id == task.id }?.status == .running)
        #expect(listing.tasks.first { $0.id == other.id }?.status == .interrupted)
        #expect(try await bench.service.find(task.id.rawValue).status == .running)
    }
}

extension RunBench {
    /// A task whose owner died in its second iteration; with `.interrupted`, somebody has looked after it since.
    func abandoned(as status: TaskStatus = .running) async throws -> TaskRecord {
        turn(nil, #"work; printf "$unready""#)
        let stopped = try await run(spec(.command) { $0.limits.maxIterations = 1 })
        var task = stopped
        for next in [TaskStatus.initializing, .starting, .running] { try await move(&task, to: next, nil) }
        let open = IterationRecord(number: 2, attempt: 1, run: task.runs, startedAt: clock.now())
        try await journal.beginIteration(open, of: task.id)
        if status != .running { try await move(&task, to: status, .interrupted(.ownerDied)) }
        let spool = try await spoolOfLast(task)
        try makeDirectories(spool.directory)
        for path in [spool.outputPath, spool.errorOutputPath] { try writeFile(Array("said\n".utf8), to: path) }
        return task
    }

    fileprivate func move(_ task: inout TaskRecord, to status: TaskStatus, _ reason: Reason?) async throws {
        let before = task.status
        task.status = status
        task.reason = reason
        #expect(try await journal.update(task, expecting: before))
    }

    func spoolOfLast(_ task: TaskRecord) async throws -> Spool {
        let open = try #require(try await iterations(of: task).last)
        return Recovery(parts: service.parts).spool(of: open, task)
    }
}
