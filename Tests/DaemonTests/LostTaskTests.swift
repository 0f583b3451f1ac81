import Domain
import Journal
import Runner
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite(.serialized, .timeLimit(.minutes(15)))
struct LostTaskTests {
    @Test func anAttemptWithoutARecordEndsAndTheNextIsToldFromItsBeginning() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo begun; work; await never")
        bench.turn(nil, "work; gate true")
        let spec = bench.spec { $0.completion = .none }
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            await bench.server.until { $0.output["\(spec.id)/1/1/stdout/"]?.hasPrefix("begun\n") == true }
        }
        let parts = try await bench.place.parts(bench.tasks, bench.server)
        try await LocalTaskService(parts.service).discard(spec.id, force: true)
        try await bench.withDaemon { _ in
            await bench.server.until { $0.completions.count == 1 }
            bench.server.send(bench.spawn(spec, attempt: 2))
            await bench.server.until { $0.completions.count == 2 }
        }
        let heard = bench.server.heard
        #expect(heard.completions.map(\.status) == [.interrupted, .done])
        #expect(heard.completions.map(\.stamp.attempt) == [1, 2])
        #expect(heard.completions.first?.reason.code == "discarded")
        #expect(heard.statuses.filter { $0 == .running }.count == 2)
    }

    @Test func aWishToStopIsFulfilledWhereThereIsNoRecord() {
        var note = AttemptNote()
        #expect(RunRules.end(ofLost: note, isGone: true, because: "x") == .interrupted(.discarded))
        #expect(RunRules.end(ofLost: note, isGone: false, because: "x").status == .failed)
        note.wish = .pause
        #expect(RunRules.end(ofLost: note, isGone: true, because: "x") == .paused)
        note.wish = .stop(force: false)
        #expect(RunRules.end(ofLost: note, isGone: true, because: "x") == .interrupted(.person))
    }

    @Test func whatAPersonWantsComesBeforeADrain() throws {
        // `nil` is the drain.
        func expect(_ steps: [AttemptWish?], _ wish: AttemptWish, isDrained: Bool = false) {
            var note = AttemptNote()
            for step in steps { if let step { note.take(step) } else { note.drain() } }
            #expect(note.wish == wish && (note.isDrained == true) == isDrained, "\(steps)")
        }
        expect([nil], .stop(force: false), isDrained: true)
        expect([.pause, nil], .pause)
        expect([.stop(force: true), nil], .stop(force: true))
        expect([nil, .stop(force: false)], .stop(force: false))
        expect([nil, .pause], .pause)
        expect([nil, .interrupt(message: "x")], .stop(force: false), isDrained: true)
        expect([.interrupt(message: "x"), nil], .stop(force: false), isDrained: true)
        var note = AttemptNote()
        note.drain()
        #expect(RunRules.end(ofLost: note, isGone: true, because: "x") == .interrupted(.drained))
        let told = WireReason(.interrupted(.drained), task: TaskCall("a"))
        #expect(told.reason(of: .interrupted) == .interrupted(.drained))
    }

    @Test func outputThatCannotBeReadIsToldAndPassedOver() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "echo one; work; gate true")
        let spec = bench.spec {
            $0.completion = .none
            $0.repository.setupCommand = "echo set up"
        }
        bench.server.send(bench.spawn(spec))
        // There is no room for what is to be told.
        try await bench.withDaemon(DaemonBench.Trial(change: { $0.outboxBytes = 0 })) { _ in
            while try await bench.tasks.task(spec.id)?.status != .done { await Task.yield() }
        }
        #expect(bench.server.heard.entries.isEmpty)
        bench.directory.write("damaged\n", to: "state/tasks/\(spec.id)/runs/1/setup/record")
        try await bench.withDaemon { _ in await bench.server.until { $0.completions.count == 1 } }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.completions.map(\.status) == [.done])
        #expect(heard.output["\(spec.id)/1/1/stdout/"]?.hasPrefix("one\n") == true)
        let notices = heard.entries.compactMap { if case .taskEvent(let event) = $0 { event } else { nil } }
            .filter { $0.code == "output_unreadable" }
        let words = "Output could not be read on the daemon's machine and is missing here: setup/1/stdout"
        #expect(notices.map(\.text) == [words])
    }

    @Test func iterationsThatWereToldOfAreCounted() {
        #expect(GatherPlan.iterations(in: []) == 0)
        let told: Set = ["iteration/2/1", "iteration/10/3", "event/70", "checkpoint/30", "iteration/x/1", "work/a"]
        #expect(GatherPlan.iterations(in: told) == 10)
    }

    @Test func theJournalSaysWhatTheServerHasNotHeardTheEndOf() async throws {
        let directory = TemporaryDirectory("makima-daemon-holds")
        let path = "\(directory.path)/daemon.sqlite"
        let id = try #require(TaskID(rawValue: "0123456789"))
        #expect(try await !DaemonJournal.holds(id, at: path))
        #expect(directory.read("daemon.sqlite") == nil)
        let journal = try await DaemonJournal.open(path, makeToken: { "t" })
        #expect(try await !DaemonJournal.holds(id, at: path))
        var spawn = SpawnTask()
        spawn.head = CommandHead("spawn", task: id, attempt: 1)
        (spawn.taskName, spawn.plan, spawn.targetRepoPath, spawn.agent.name) = ("t", "p", "/r", "a")
        #expect(try await journal.receive(.spawnTask(spawn), slots: 1) == .new)
        #expect(try await DaemonJournal.holds(id, at: path))
        try await journal.fence(id, attempt: 1)
        #expect(try await !DaemonJournal.holds(id, at: path))
    }
}
