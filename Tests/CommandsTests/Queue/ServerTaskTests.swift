import Domain
import Runner
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Commands

/// Commands about tasks that a server has.
struct ServerTaskTests {
    static func view(_ status: TaskStatus = .pending, daemon: String? = nil, home: String? = nil) throws
        -> TaskView
    {
        var view = TaskView()
        view.taskId = try #require(Sample.id).rawValue
        view.taskName = "Make the tests pass"
        view.status = status
        view.attempt = daemon == nil && home == nil ? 0 : 1
        (view.daemonId, view.home) = (daemon, home ?? daemon)
        view.createdAt = Sample.time
        view.updatedAt = Sample.time
        return view
    }

    static func bench(_ view: TaskView, dossiers: [TaskDossier] = []) throws -> (TestBench, FakeQueue) {
        var state = FakeQueue.State()
        state.tasks = [view]
        let document = SpawnTask(try Sample.spec(), command: "spawn", attempt: 1)
        state.history.document = document
        let queue = FakeQueue(state)
        var bench = TestBench(service: FakeTaskService(dossiers: dossiers))
        bench.machine.queue = queue
        return (bench, queue)
    }

    @Test func aTaskOfAnotherMachineIsShownAsOneOfThisMachine() async throws {
        var view = try Self.view()
        view.waitsFor = ["No daemon has the label 'gpu'."]
        let (bench, _) = try Self.bench(view)
        #expect(await bench.run("show", "k7m2") == .success)
        for text in [
            "queued", "http://127.0.0.1:7420", "none yet", "label 'gpu'", "make test", "claude", "All of them.",
        ] {
            #expect(bench.output.text.contains(text), "\(text)")
        }
        #expect(await bench.run("why", "k7m2") == .success)
        #expect(bench.output.text.contains("It waits in the server's queue."))
        #expect(await bench.run("show", "k7m2", "--json") == .success)
        #expect(bench.output.text.contains("\"waitsFor\":[\"No daemon has the label 'gpu'.\"]"))
    }

    /// What this machine has of it says only that it was told to stop.
    @Test(arguments: [true, false], ["why", "show"])
    func whatEndedWithItsContractNamesThatOne(_ isHere: Bool, _ command: String) async throws {
        var view = try Self.view(.interrupted, home: "build-1")
        view.reason = WireReason(.interrupted(.person), task: TaskCall("k7m2"))
        view.reason?
            .tell(Explanation("It was stopped with its contract.", hint: "'makima contract resume q3' goes on."))
        let (bench, queue) = try Self.bench(view, dossiers: [Sample.dossier(try Sample.task(.interrupted(.person)))])
        var machine = bench
        if isHere { machine.machine.attempts = [try #require(Sample.id): LocalAttempt(number: 1, isHeld: true)] }
        #expect(await machine.run(command, "k7m2") == .success)
        #expect(machine.output.text.contains("It was told to stop"), "Nobody says that its contract ended it.")
        queue.state.withLock { $0.tasks[0].endedWithContract = true }
        let before = machine.output.text.count
        #expect(await machine.run(command, "k7m2") == .success)
        let text = machine.output.text.dropFirst(before)
        #expect(text.contains("It was stopped with its contract.") && !text.contains("It was told to stop"), "\(text)")
        #expect(!text.contains("makima resume k7m2"), "\(text)")
        if command == "why" { #expect(text.contains("'makima contract resume q3' goes on.")) }
    }

    @Test func whatOfItIsHereIsShownFromHere() async throws {
        let (bench, _) = try Self.bench(
            try Self.view(.running, daemon: "build-1"),
            dossiers: [try Sample.fullDossier(.iterationLimit(used: 2, limit: 2, ceiling: 50))]
        )
        var here = bench
        here.machine.attempts = [try #require(Sample.id): LocalAttempt(number: 1, isHeld: true)]
        #expect(await here.run("show", "k7m2") == .success)
        #expect(here.output.text.contains("/state/tasks/") && here.output.text.contains("build-1 (attempt 1)"))
    }

    /// A daemon that had it before has other files than the one that has it now.
    @Test func whatWasGivenToAnotherDaemonIsShownFromTheServer() async throws {
        let (bench, _) = try Self.bench(
            try Self.view(.running, daemon: "build-2"),
            dossiers: [try Sample.fullDossier(.iterationLimit(used: 2, limit: 2, ceiling: 50))]
        )
        var here = bench
        here.machine.attempts = [try #require(Sample.id): LocalAttempt(number: 1, isHeld: false)]
        #expect(await here.run("show", "k7m2") == .success)
        #expect(here.output.text.contains("at the daemon 'build-2'"))
        #expect(!here.output.text.contains("/state/tasks/"))
    }

    @Test(arguments: [["diff"], ["merge"], ["checkpoints"], ["restore", "1"]])
    func whatNeedsTheFilesSaysWhereTheyAre(command: [String]) async throws {
        let (bench, _) = try Self.bench(try Self.view(.running, daemon: "build-1"))
        let arguments = [command[0], "k7m2"] + command.dropFirst()
        let status = await CommandLineProgram.run(in: bench.environment(arguments))
        #expect(status == .failure)
        #expect(bench.errors.text.contains("at the daemon 'build-1', not on this machine"))
    }

    @Test func theListHasAllTasksOnce() async throws {
        let mine = Sample.dossier(try Sample.task(.completed(.verified)))
        let (bench, queue) = try Self.bench(try Self.view(.done, home: "build-1"), dossiers: [mine])
        queue.state.withLock { state in
            var other = state.tasks[0]
            (other.taskId, other.taskName) = ("zzzzzzzzzz", "Another")
            (other.status, other.attempt, other.home) = (.pending, 0, nil)
            other.waitsFor = ["No daemon is connected."]
            state.tasks.append(other)
        }
        #expect(await bench.run("list") == .success)
        let lines = bench.output.text.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.filter { $0.contains("k7m2q9") }.count == 1)
        #expect(lines.contains { $0.contains("zzzzzz") && $0.contains("queued") })
        #expect(bench.errors.text.contains("zzzzzz waits: No daemon is connected."))
        #expect(await bench.run("list", "--json") == .success)
        #expect(bench.output.text.contains("\"waitsFor\":[\"No daemon is connected.\"]"))
    }

    /// The server knows that it goes on elsewhere; this machine knows only that it ended here.
    @Test func aListTellsWhereATaskReallyStands() async throws {
        let mine = Sample.dossier(try Sample.task(.interrupted(.person)))
        let (bench, _) = try Self.bench(try Self.view(.running, daemon: "build-2"), dossiers: [mine])
        #expect(await bench.run("list") == .success)
        #expect(bench.output.text.contains("running") && !bench.output.text.contains("interrupted"))
    }

    @Test func tasksOfAServerThatSleepsAreNotForgotten() async throws {
        for command in [["list"], ["list", "--quiet"], ["list", "--json"], ["report"]] {
            var bench = TestBench()
            bench.machine.sleeping = 2
            #expect(await CommandLineProgram.run(in: bench.environment(command)) == .success)
            #expect(bench.errors.text.contains("2 tasks of this machine's server are not over"), "\(command)")
        }
    }

    /// What this machine shows of it may not be all: others may have had it since.
    @Test func aTaskOfAServerThatSleepsIsShownWithAWarning() async throws {
        let mine = Sample.dossier(try Sample.task(.completed(.verified)))
        var bench = TestBench(service: FakeTaskService(dossiers: [mine]))
        bench.machine.sleeping = 1
        #expect(await bench.run("show", "k7m2") == .success)
        #expect(!bench.errors.text.contains("Warning: "))
        bench.machine.attempts = [try #require(Sample.id): LocalAttempt(number: 1, isHeld: true)]
        #expect(await bench.run("show", "k7m2", "--json") == .success)
        #expect(bench.errors.text.contains("Warning: The server of this machine does not run.\nHint: Start it with"))
    }

    @Test func aBrowserIsLedToWhereTheServersPagesAre() async throws {
        let (bench, _) = try Self.bench(try Self.view())
        #expect(await bench.run("open") == .success)
        #expect(bench.output.text.hasPrefix("https://makima.example.org/login#"))
    }

    @Test func aServerThatCannotBeAskedHidesNoTaskOfThisMachine() async throws {
        let mine = Sample.dossier(try Sample.task(.completed(.verified)))
        let (bench, queue) = try Self.bench(try Self.view(), dossiers: [mine])
        queue.state.withLock { $0.failure = CommandError.noServer(isAsleep: false) }
        for command in ["list", "show"] {
            let arguments = command == "list" ? [command] : [command, "k7m2"]
            #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        }
        #expect(bench.errors.text.contains("Warning: "))
        let known = bench.errors.text.count
        #expect(await CommandLineProgram.run(in: bench.environment(["list", "--json", "--quiet"])) == .success)
        #expect(bench.errors.text.dropFirst(known).hasPrefix("Warning: The server's tasks are not shown: "))
    }

    @Test func aTaskThatNeverRanIsForgotten() async throws {
        let (bench, queue) = try Self.bench(try Self.view())
        #expect(await bench.run("discard", "k7m2") == .success)
        #expect(queue.state.withLock(\.forgotten) == [try #require(Sample.id)])
    }

    @Test func aTaskWhoseFilesWentIsForgottenWhereTheyWere() async throws {
        var (bench, queue) = try Self.bench(try Self.view(.interrupted, home: "local"))
        bench.machine.daemon = "other"
        #expect(await bench.run("discard", "k7m2") == .failure)
        #expect(bench.errors.text.contains("at the daemon 'local'"))
        bench.machine.daemon = "local"
        #expect(await bench.run("discard", "k7m2") == .success)
        #expect(queue.state.withLock(\.forgotten) == [try #require(Sample.id)])
    }

    @Test(arguments: [
        ["show"], ["why"], ["logs"], ["diff"], ["discard"], ["stop"], ["pause"], ["resume"], ["steer", "x"],
        ["answer", "x"],
        ["attach"],
    ])
    func whoSleepsMayKnowTheTask(_ command: [String]) async throws {
        var bench = TestBench()
        bench.machine.sleeping = 1
        let arguments = [command[0], "k7m2"] + command.dropFirst()
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .failure)
        #expect(bench.errors.text.hasPrefix("Error: The server of this machine does not run."))
        #expect(!bench.errors.text.contains("Warning: "))
    }

    @Test func aTaskAtItsLimitIsNotQueuedForNothing() async throws {
        var view = try Self.view(.iterationLimitReached, home: "build-1")
        let reason = Reason.iterationLimit(used: 2, limit: 2, ceiling: 50)
        view.reason = WireReason(reason, task: TaskCall(view.taskId))
        view.iterations = 2
        let (bench, queue) = try Self.bench(view)
        #expect(await bench.run("resume", "k7m2") == .usage)
        #expect(bench.errors.text.contains("Name '--max-iterations 3' or more."))
        #expect(await bench.run("resume", "k7m2", "--max-iterations", "51") == .usage)
        #expect(queue.state.withLock(\.orders).isEmpty)
    }

    @Test(arguments: ["stop", "pause"])
    func aWishForATaskWhoseDaemonSleepsIsNoted(_ command: String) async throws {
        let mine = Sample.dossier(try Sample.task(.interrupted(.person)))
        let service = FakeTaskService(dossiers: [mine])
        service.state.withLock { $0.stopAnswer = .notRunning }
        var bench = TestBench(service: service)
        bench.machine.takesWishes = true
        let id = try #require(Sample.id)
        bench.machine.attempts = [id: LocalAttempt(number: 1, isHeld: true, goesOn: true)]
        #expect(await bench.run("show", "k7m2") == .success)
        #expect(bench.output.text.contains("goes on by itself"))
        #expect(await bench.run(command, "k7m2") == .success)
        #expect(bench.output.text.contains("does not go on with it"))
    }

    @Test func aSecondStopAtADaemonSaysSinceWhenItIsWanted() async throws {
        let (bench, queue) = try Self.bench(try Self.view(.running, daemon: "build-1"))
        #expect(await bench.run("stop", "k7m2") == .success)
        #expect(bench.output.text.hasSuffix("is being stopped, at the daemon 'build-1'.\n"))
        var stop = EventView()
        (stop.kind, stop.attempt, stop.at) = ("person", 1, Sample.time)
        stop.body = .object(["order": .string("stop"), "by": .string("me")])
        let events = [stop]
        queue.state.withLock { $0.history.events = events }
        #expect(await bench.run("stop", "k7m2") == .success)
        let already = "is being stopped already, since 2026-02-25 06:13 UTC, at the daemon 'build-1'.\n"
        #expect(bench.output.text.hasSuffix(already), "\(bench.output.text)")
        // What was wanted of an attempt before this one is over with it.
        queue.state.withLock { $0.tasks[0].attempt = 2 }
        #expect(await bench.run("stop", "k7m2") == .success)
        #expect(bench.output.text.hasSuffix("is being stopped, at the daemon 'build-1'.\n"))
        var view = try Self.view(.interrupted, home: "build-1")
        view.reason = WireReason(.interrupted(.person), task: TaskCall("k7m2"))
        let ended = [view]
        queue.state.withLock { state in (state.tasks, state.outcome) = (ended, .nothing) }
        #expect(await bench.run("stop", "k7m2") == .success)
        #expect(bench.output.text.hasSuffix("was stopped already, at 2026-02-25 06:13 UTC.\n"), "\(bench.output.text)")
    }

    @Test func aTaskOfADaemonThatIsGoneGoesOnElsewhereOrIsForgotten() async throws {
        let (bench, queue) = try Self.bench(try Self.view(.interrupted, home: "gone"))
        #expect(await bench.run("discard", "--force", "k7m2") == .success)
        #expect(bench.errors.text.contains("at the daemon 'gone'"))
        queue.state.withLock { $0.outcome = .nothing }
        #expect(await bench.run("resume", "--elsewhere", "k7m2") == .failure)
        guard case .resume(let request)? = queue.state.withLock(\.orders.last) else { return #expect(Bool(false)) }
        #expect(request.elsewhere)
        #expect(await TestBench().run("resume", "--elsewhere", "k7m2") == .usage)
    }

    @Test func daemonsAreShownAndDrained() async throws {
        let (bench, queue) = try Self.bench(try Self.view())
        var daemon = DaemonView()
        (daemon.daemonId, daemon.connected, daemon.slots, daemon.assigned) = ("build-1", true, 4, 1)
        daemon.labels = ["gpu"]
        queue.state.withLock { $0.daemons = [daemon] }
        #expect(await bench.run("daemons") == .success)
        for text in ["build-1", "connected", "1/4", "gpu"] { #expect(bench.output.text.contains(text), "\(text)") }
        #expect(await bench.run("daemons", "--drain", "build-1") == .success)
        #expect(bench.output.text.contains("The daemon 'build-1' takes no new tasks; it has 1 task still."))
        #expect(await bench.run("daemons", "--fill", "build-1") == .success)
        #expect(queue.state.withLock(\.daemons).map(\.draining) == [false])
        #expect(await bench.run("daemons", "--stop-after", "1m") == .usage)
        #expect(await bench.run("daemons", "--forget", "build-1") == .success)
        #expect(queue.state.withLock(\.daemons).isEmpty)
    }

    @Test func aTaskAtWorkIsNot() async throws {
        let (bench, queue) = try Self.bench(try Self.view(.running, daemon: "build-1"))
        #expect(await bench.run("discard", "k7m2") == .failure)
        #expect(queue.state.withLock(\.forgotten).isEmpty)
        #expect(bench.errors.text.contains("makima stop k7m2q9"))
    }

    @Test func anAnswerGoesToTheQuestionThatHasWaitedLongest() async throws {
        let (bench, queue) = try Self.bench(try Self.view(.waiting, daemon: "build-1"))
        #expect(await bench.run("answer", "k7m2", "blue") == .failure)
        queue.state.withLock { state in
            for (number, time) in [(9, 2), (4, 1)] {
                var question = QuestionView()
                (question.taskId, question.attempt, question.question) = (state.tasks[0].taskId, 1, number)
                question.askedAt = Timestamp(millisecondsSince1970: Int64(time))
                state.history.questions.append(question)
            }
        }
        #expect(await bench.run("answer", "k7m2", "blue") == .success)
        #expect(queue.state.withLock(\.orders) == [.answer(question: 4, "blue")])
    }

    @Test func aTaskOfASleepingServerIsNotResumedBehindItsBack() async throws {
        var bench = TestBench(service: FakeTaskService(dossiers: [Sample.dossier(try Sample.task(.paused))]))
        bench.machine.attempts = [try #require(Sample.id): LocalAttempt(number: 1, isHeld: true)]
        #expect(await bench.run("resume", "k7m2") == .failure)
        #expect(bench.errors.text.contains("belongs to a server"))
        #expect(!bench.machine.service.calls.contains { if case .resume = $0 { true } else { false } })
    }

    @Test(arguments: ["k7m2", "K7M2", "make THE"]) func followingEndsWithTheTask(name: String) async throws {
        var ended = try Self.view(.iterationLimitReached, home: "build-1")
        ended.attempt = 1
        ended.reason = WireReason(.iterationLimit(used: 3, limit: 3, ceiling: 50), task: TaskCall("k7m2q9"))
        let (bench, queue) = try Self.bench(ended)
        var event = EventView()
        (event.taskId, event.position, event.attempt, event.kind) = (ended.taskId, 5, 1, "status")
        event.body = .object([JSONMember(key: "status", value: .string("iteration_limit_reached"))])
        queue.state.withLock { $0.steps = [.away(message: "It is away."), .back, .event(event)] }
        #expect(await bench.run("attach", name) == .limit)
        #expect(bench.errors.text.contains("It is away.") && bench.errors.text.contains("there again"))
        #expect(bench.output.text.contains("Task k7m2q9 reached its iteration limit"))
    }

    @Test func whoDoesNotLookOnAnyLongerEndsNothing() async throws {
        let (bench, queue) = try Self.bench(try Self.view(.running, daemon: "build-1"))
        let environment = bench.environment(["attach", "k7m2"])
        var stopping = environment
        stopping.listenForStops = {
            let stops = StopRequests()
            stops.finish()
            return stops
        }
        #expect(await CommandLineProgram.run(in: stopping) == .interrupted)
        #expect(bench.errors.text.contains("goes on at the server"))
        #expect(queue.state.withLock(\.orders).isEmpty)
    }
}
