import Domain
import Journal
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite(.serialized, .timeLimit(.minutes(15)))
struct CommandTests {
    private func head(_ id: String, _ spec: TaskSpec, _ attempt: Int = 1) -> CommandHead {
        CommandHead(id, task: spec.id, attempt: attempt)
    }

    private func begun(_ bench: DaemonBench, _ spec: TaskSpec) async {
        bench.server.send(bench.spawn(spec))
        await bench.server.until { $0.output["\(spec.id)/1/1/stdout/"]?.hasPrefix("begun\n") == true }
    }

    @Test func aPausedAttemptEndsAndANewOneGoesOn() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo begun; work; await never")
        bench.turn(nil, "work; gate true")
        let spec = bench.spec()
        try await bench.withDaemon { _ in
            await begun(bench, spec)
            var pause = PauseTask()
            pause.head = head("pause", spec)
            bench.server.send(.pauseTask(pause))
            await bench.server.until { $0.completions.count == 1 }
            #expect(bench.server.heard.completions.map(\.status) == [.paused])
            // Whoever looks at the task on this machine sees the same.
            let paused = try await bench.tasks.task(spec.id)
            #expect(paused?.reason == .paused)
            var resume = ResumeTask()
            resume.head = head("resume", spec, 2)
            resume.previousAttempt = 1
            resume.message = "go on"
            bench.server.send(.resumeTask(resume))
            await bench.server.until { $0.completions.count == 2 }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.answer(to: "resume")?.outcome == .done)
        #expect(heard.completions.map(\.status) == [.paused, .done])
        #expect(heard.completions.map(\.stamp.attempt) == [1, 2])
        #expect(heard.iterations.count == bench.starts)
        #expect(bench.directory.read("starts/2.prompt")?.contains("go on") == true)
    }

    @Test func anInterruptedIterationIsFollowedByTheNext() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo begun; work; await never")
        bench.turn(nil, "work; gate true")
        let spec = bench.spec()
        try await bench.withDaemon { _ in
            await begun(bench, spec)
            var interrupt = InterruptTask()
            interrupt.head = head("interrupt", spec)
            interrupt.message = "look at the tests"
            bench.server.send(.interruptTask(interrupt))
            await bench.server.until { $0.completions.count == 1 }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.answer(to: "interrupt")?.wasRunning == true)
        #expect(heard.completions.map(\.status) == [.done])
        #expect(heard.iterations.count == 2)
        #expect(bench.directory.read("starts/2.prompt")?.contains("look at the tests") == true)
    }

    @Test func aMessageIsInTheNextPromptOnce() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo begun; work; await go; gate false")
        bench.turn(nil, "work; gate true")
        let spec = bench.spec()
        try await bench.withDaemon { _ in
            await begun(bench, spec)
            var message = SendMessage()
            message.head = head("message", spec)
            message.text = "use tabs"
            message.sentAt = Timestamp(millisecondsSince1970: 1_772_000_000_000)
            bench.server.send(.sendMessage(message))
            await bench.server.until { $0.answer(to: "message") != nil }
            bench.directory.write("", to: "go")
            await bench.server.until { $0.completions.count == 1 }
        }
        #expect(bench.server.heard.answer(to: "message")?.delivered == "queued")
        let prompt = try #require(bench.directory.read("starts/2.prompt"))
        #expect(prompt.components(of: "use tabs") == 1)
    }

    @Test func aRepeatedCommandIsAnsweredTheSameAndNotCarriedOut() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "work; gate true")
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            await bench.server.until { $0.completions.count == 1 && $0.answers.count == 1 }
            bench.server.forgetAnswers()
            bench.server.cut()
            await bench.server.until { $0.answers.count == 1 }
        }
        #expect(bench.server.heard.answers.map(\.outcome) == [.done])
        #expect(bench.starts == 1)
    }

    @Test func aCheckpointIsRestoredAndTheWorkspaceDeleted() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "work; gate true")
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            await bench.server.until { $0.completions.count == 1 }
            var restore = RestoreCheckpoint()
            restore.head = head("restore", spec)
            bench.server.send(.restoreCheckpoint(restore))
            await bench.server.until { $0.answer(to: "restore") != nil }
            var delete = DeleteWorkspace()
            delete.head = head("delete", spec)
            bench.server.send(.deleteWorkspace(delete))
            await bench.server.until { $0.answer(to: "delete") != nil }
        }
        let heard = bench.server.heard
        #expect(heard.answer(to: "restore")?.outcome == .done)
        let answer = try #require(heard.answer(to: "restore"))
        // Nothing else tells of what the restore took.
        #expect(answer.checkpoints.map(\.cause) == [.beforeRestore, .restored])
        #expect(answer.checkpoints.first?.number == answer.checkpoint)
        #expect(heard.answer(to: "delete")?.outcome == .done, "\(heard.answer(to: "delete")?.message ?? "")")
        #expect(try await bench.tasks.task(spec.id) == nil)
    }

    @Test func aDrainingDaemonTakesNothingAlsoAfterAStart() async throws {
        let bench = try await DaemonBench()
        var drain = Drain()
        drain.id = "drain"
        bench.server.send(.drain(drain))
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "drain") != nil } }
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in await bench.server.until { $0.answers.count == 2 } }
        #expect(bench.server.heard.answers.last?.code == "draining")
        #expect(bench.server.heard.hellos.last?.capacity.freeSlots == 0)
    }

    @Test func aDrainThatWasToldAtTheWelcomeEndsWithTheCommandThatFills() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "work; gate true")
        var drain = Drain()
        drain.id = "drain"
        bench.server.plan { $0.drains = true }
        bench.server.send(.drain(drain))
        try await bench.withDaemon { _ in await bench.server.until { $0.answer(to: "drain") != nil } }
        // Only what the command brings about is to tell of it.
        bench.server.plan { $0.heartbeat = .seconds(100) }
        let beats = bench.server.heard.heartbeats
        let spec = bench.spec { $0.completion = .none }
        try await bench.withDaemon { _ in
            await bench.server.until { $0.hellos.count == 2 }
            (drain.id, drain.draining) = ("fill", false)
            bench.server.send(.drain(drain))
            await bench.server.until { $0.answer(to: "fill") != nil && $0.heartbeats > beats }
            let capacity = bench.server.heard.capacity
            #expect(capacity?.freeSlots == capacity?.slots)
            bench.server.send(bench.spawn(spec))
            await bench.server.until { $0.answer(to: "spawn-\(spec.id)-1") != nil }
        }
        #expect(bench.server.heard.hellos.last?.capacity.freeSlots == 0)
        #expect(bench.server.heard.answer(to: "spawn-\(spec.id)-1")?.outcome == .done)
    }

    @Test func whatADrainStopsIsNoPersonsEnd() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "echo begun; work; await never")
        let spec = bench.spec()
        try await bench.withDaemon { _ in
            await begun(bench, spec)
            var drain = Drain()
            (drain.id, drain.stopAfterMilliseconds) = ("drain", .zero)
            bench.server.send(.drain(drain))
            await bench.server.until { !$0.completions.isEmpty }
        }
        let complete = bench.server.heard.completions.first
        #expect(complete?.status == .interrupted && complete?.reason.code == "drained")
        #expect(bench.server.heard.violations.isEmpty)
    }

    @Test func aFencedAttemptIsStoppedAndItsFilesAreKept() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "echo begun; work; echo $$ > \"$root/pid\"; await never")
        let spec = bench.spec()
        try await bench.withDaemon { _ in
            await begun(bench, spec)
            bench.server.plan {
                $0.fenced = ["\(spec.id)/1"]
                $0.commands = []
            }
            bench.server.cut()
            await bench.server.until { $0.hellos.count > 1 }
            while try await bench.tasks.task(spec.id)?.status.isActive == true { await Task.yield() }
        }
        #expect(bench.server.heard.completions.isEmpty)
        #expect(bench.directory.read("state/tasks/\(spec.id)/tree/work.txt") == "1\n")
        try await bench.withDaemon { _ in await bench.server.until { $0.hellos.count > 2 } }
        #expect(bench.server.heard.hellos.last?.tasks.isEmpty == true)
        #expect(bench.starts == 1)
    }

    /// Whoever made the task could not know it; the first daemon that is asked says what is wrong.
    @Test(arguments: [false, true]) func aBranchThatIsNotThereIsNamed(isURL: Bool) async throws {
        let bench = try await DaemonBench()
        if isURL { try await bench.shell("git clone -q --bare ../repository ../origin.git") }
        let spec = bench.spec()
        bench.server.send(
            bench.spawn(spec) {
                ($0.baseSha, $0.baseBranch, $0.targetBranch) = (nil, "nxt", "nxt")
                guard isURL else { return }
                ($0.targetRepoPath, $0.repoUrl) = (nil, "file://\(bench.directory.path)/origin.git")
            }
        )
        try await bench.withDaemon { _ in await bench.server.until { $0.answers.count == 1 } }
        let answer = bench.server.heard.answer(to: "spawn-\(spec.id)-1")
        #expect(answer?.outcome == .refused && answer?.code == "repository")
        #expect(
            answer?.message?.contains(MissingTargetError("nxt").description) == true,
            "\(String(describing: answer))"
        )
    }

    @Test func whatIsNotAllowedIsRefused() async throws {
        let bench = try await DaemonBench()
        let outside = bench.spec { $0.repository.path = bench.directory.path }
        let weaker = bench.spec()
        let unknown = bench.spec()
        let foreign = bench.spec()
        bench.server.send(
            bench.spawn(outside),
            bench.spawn(unknown) { $0.agent = WireAgent(named: "nobody") },
            bench.spawn(foreign) {
                $0.targetRepoPath = nil
                $0.repoUrl = "https://127.0.0.1/x.git"
            }
        )
        try await bench.withDaemon { _ in await bench.server.until { $0.answers.count == 3 } }
        let heard = bench.server.heard
        #expect(heard.answer(to: "spawn-\(outside.id)-1")?.code == "not_allowed")
        #expect(heard.answer(to: "spawn-\(unknown.id)-1")?.code == "agent_unknown")
        #expect(heard.answer(to: "spawn-\(foreign.id)-1")?.code == "not_allowed")
        bench.server.send(bench.spawn(weaker))
        try await bench.withDaemon(
            DaemonBench.Trial(change: {
                $0.defaults = {
                    var defaults = TaskDefaults()
                    defaults.sandbox = SandboxSpec(mode: .required)
                    defaults.agents = [bench.place.player]
                    return defaults
                }
            })
        ) { _ in await bench.server.until { $0.answers.count == 4 } }
        #expect(bench.server.heard.answer(to: "spawn-\(weaker.id)-1")?.code == "not_allowed")
    }
}

extension WireAgent {
    fileprivate init(named name: String) {
        self.init()
        self.name = name
    }
}

extension String {
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
