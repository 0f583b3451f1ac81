import Dispatch
import Domain
import Glibc
import Journal
import Runner
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite(.serialized, .timeLimit(.minutes(15)))
struct RunningTests {
    @Test func aTaskRunsToItsEndAndAllOfItIsReported() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo one; echo trouble >&2; work; gate false")
        bench.turn(2, "echo two; work; gate true")
        let spec = bench.spec {
            $0.checks = [CheckDefinition(name: "there", command: "echo checked; test -f work.txt")]
        }
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            await bench.server.until { !$0.completions.isEmpty }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.acks == ["spawn-\(spec.id)-1"])
        #expect(heard.answer(to: "spawn-\(spec.id)-1")?.outcome == .done)
        #expect(heard.iterations.map(\.iteration) == [1, 2])
        #expect(heard.iterations.last?.receipts.map(\.verdict.verdict) == ["passed"])
        #expect(heard.output["\(spec.id)/1/1/stdout/"]?.hasPrefix("one\n") == true)
        #expect(heard.output["\(spec.id)/1/1/stderr/"] == "trouble\n")
        #expect(heard.output["\(spec.id)/2/1/check/there"] == "checked\n")
        #expect(heard.statuses == [.initializing, .starting, .running])
        let complete = try #require(heard.completions.first)
        #expect(complete.status == .done, "\(complete.reason.message)")
        #expect(complete.proof == .verified)
        #expect(complete.branch?.hasPrefix("makima/") == true)
        #expect(heard.checkpoints.contains { $0.patch?.data?.isEmpty == false })
        #expect(complete.standing.iterations == 2)
        #expect(bench.starts == 2)
    }

    @Test func tasksRunSideBySideUpToTheSlots() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "await go; work; gate true")
        let specs = (0..<3).map { _ in bench.spec { $0.completion = .none } }
        for spec in specs { bench.server.send(bench.spawn(spec)) }
        try await bench.withDaemon(DaemonBench.Trial(change: { $0.slots = 2 })) { _ in
            await bench.server.until { $0.answers.count == 3 }
            let refused = bench.server.heard.answers.filter { $0.outcome == .refused }
            #expect(refused.map(\.code) == ["no_slot"])
            bench.directory.write("", to: "go")
            await bench.server.until { $0.completions.count == 2 }
        }
        #expect(bench.server.heard.violations.isEmpty)
    }

    private func refused(_ code: String) -> Refused {
        var refused = Refused()
        (refused.code, refused.message) = (code, "No.")
        return refused
    }

    @Test func aDaemonWhoseIDAnotherHasEnds() async throws {
        let bench = try await DaemonBench()
        bench.server.plan { $0.refusal = refused("fenced") }
        let parts = try await bench.place.parts(bench.tasks, bench.server)
        await #expect(throws: LinkEnd.fenced) { try await MakimaDaemon(parts).run(stops: StopRequests()) }
    }

    @Test func aDaemonThatIsNotTakenEndsWhereItHasNothing() async throws {
        let bench = try await DaemonBench()
        bench.server.plan { $0.refusal = refused("not_allowed") }
        let parts = try await bench.place.parts(bench.tasks, bench.server)
        await #expect(throws: LinkEnd.self) { try await MakimaDaemon(parts).run(stops: StopRequests()) }
    }

    /// Runs a daemon until it has ended by the wishes, while an agent is at work that does not end when it is asked to.
    private func end(_ bench: DaemonBench, by wishes: @escaping @Sendable (StopRequests) async -> Void) async throws {
        bench.turn(
            nil,
            #"trap 'touch "$root/asked"' INT; trap 'touch "$root/told"' TERM; echo started; while :; do sleep 0.1; done"#
        )
        let spec = bench.spec { $0.completion = .none }
        bench.server.send(bench.spawn(spec))
        let parts = try await bench.place.parts(bench.tasks, bench.server)
        let stops = StopRequests()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await MakimaDaemon(parts).run(stops: stops) }
            await bench.server.until { $0.output["\(spec.id)/1/1/stdout/"] == "started\n" }
            await wishes(stops)
            try await group.waitForAll()
        }
        #expect(try await bench.tasks.task(spec.id)?.status == .interrupted)
    }

    @Test func aForcedStopOfTheDaemonAsksAgentsNothing() async throws {
        let bench = try await DaemonBench()
        try await end(bench) { $0.requestForced() }
        #expect(bench.directory.read("asked") == nil && bench.directory.read("told") == nil)
    }

    @Test func aSecondWishKillsWhatTheFirstHasAsked() async throws {
        let bench = try await DaemonBench()
        try await end(bench) { stops in
            stops.request()
            while bench.directory.read("asked") == nil { await Task.yield() }
            stops.request()
        }
        #expect(bench.directory.read("told") == nil)
    }

    @Test func aStopEndsTheAgentAndIsReportedOnce() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "work; echo started; sleep 600")
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            await bench.server.until { $0.output["\(spec.id)/1/1/stdout/"] == "started\n" }
            var stop = StopTask()
            stop.head = CommandHead("stop", task: spec.id, attempt: 1)
            bench.server.send(.stopTask(stop))
            await bench.server.until { !$0.completions.isEmpty && $0.answer(to: "stop") != nil }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.answer(to: "stop")?.wasRunning == true)
        #expect(heard.completions.map(\.status) == [.interrupted])
        #expect(heard.completions.first?.reason.code == "person")
    }

    @Test func aStopDoesNotWaitForARepositoryThatDoesNotCome() async throws {
        let bench = try await DaemonBench()
        let place = "\(bench.directory.path)/silent.git"
        try await bench.shell("mkdir -p ../silent.git/objects ../silent.git/refs && mkfifo ../silent.git/HEAD")
        bench.turn(nil, "work; gate true")
        // The second one waits until the first one has what both want.
        let specs = [bench.spec(), bench.spec()]
        for spec in specs {
            bench.server.send(
                bench.spawn(spec) {
                    $0.targetRepoPath = nil
                    $0.repoUrl = "file://\(place)"
                }
            )
        }
        try await bench.withDaemon(DaemonBench.Trial(change: { $0.slots = 2 })) { _ in
            // Git waits for what comes out of it, and nothing does.
            let mouth = await withCheckedContinuation { continuation in
                DispatchQueue.global()
                    .async {
                        continuation.resume(returning: open("\(place)/HEAD", O_WRONLY | O_CLOEXEC))
                    }
            }
            defer { close(mouth) }
            for spec in specs {
                var stop = StopTask()
                stop.head = CommandHead("stop-\(spec.id)", task: spec.id, attempt: 1)
                bench.server.send(.stopTask(stop))
            }
            await bench.server.until { heard in
                heard.completions.count == 2 && specs.allSatisfy { heard.answer(to: "stop-\($0.id)") != nil }
            }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.completions.map(\.status) == [.interrupted, .interrupted])
        #expect(heard.completions.map(\.reason.code) == ["person", "person"])
        #expect(heard.answers.allSatisfy { $0.outcome == .done })
        #expect(bench.starts == 0)
    }
}
