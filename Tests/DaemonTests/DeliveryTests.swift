import Dispatch
import Domain
import Journal
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite(.serialized, .timeLimit(.minutes(15)))
struct DeliveryTests {
    /// Each task is told of over a connection that is cut once, one message later than for the task before.
    @Test func aConnectionThatIsCutAtAnyMessageLosesNothing() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "echo one; work; gate true")
        try await bench.withDaemon { _ in
            for number in 1...20 {
                let frames = bench.server.heard.frames
                let spec = bench.spec { $0.completion = .none }
                bench.server.plan {
                    $0.cut = (after: frames + number, losesAck: number.isMultiple(of: 2))
                    $0.commands = [bench.spawn(spec)]
                }
                await bench.server.until { $0.completions.count == number }
            }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.completions.allSatisfy { $0.status == .done })
        #expect(heard.iterations.count == 20)
        #expect(bench.starts == 20)
        #expect(heard.hellos.count > 15)
        #expect(Set(heard.output.values).allSatisfy { $0.hasPrefix("one\n") })
    }

    @Test func aDaemonThatIsCutOffWorksOnAndReportsLater() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "await go; work; gate false")
        bench.turn(2, "work; gate true; touch \"$root/over\"")
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            await bench.server.until { $0.statuses.last == .running }
            bench.server.plan { $0.isDown = true }
            bench.directory.write("", to: "go")
            while bench.directory.read("over") == nil { await Task.yield() }
            #expect(bench.server.heard.completions.isEmpty)
            bench.server.plan { $0.isDown = false }
            await bench.server.until { !$0.completions.isEmpty }
        }
        #expect(bench.server.heard.violations.isEmpty)
        #expect(bench.server.heard.iterations.map(\.iteration) == [1, 2])
    }

    @Test func aDaemonThatIsMadeAnewGoesOn() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo begun; work; await never")
        bench.turn(nil, "work; gate true")
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            await bench.server.until { $0.output["\(spec.id)/1/1/stdout/"] == "begun\n" }
        }
        #expect(bench.server.heard.completions.isEmpty)
        try await bench.withDaemon { _ in await bench.server.until { !$0.completions.isEmpty } }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.completions.map(\.status) == [.done])
        #expect(heard.iterations.count == bench.starts)
        #expect(heard.hellos.last?.tasks.map(\.taskId) == [spec.id.rawValue])
    }

    /// A write of the daemon's journal fails, before or after it is on the disk, and the daemon is made anew.
    ///
    /// What it means that all fail, others show, whose process is killed.
    @Test(arguments: Array(stride(from: 1, through: 40, by: 3)))
    func aDaemonWhoseJournalFailsLosesNothing(_ point: Int) async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo one; work; gate false")
        bench.turn(nil, "echo two; work; gate true")
        let spec = bench.spec { $0.completion = .none }
        bench.server.send(bench.spawn(spec))
        let count = Mutex(0)
        let dead = Bell()
        let fault: @Sendable (String) throws -> Void = { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            guard number == point else { return }
            dead.ring()
            throw DaemonJournalError.unusable(path: "daemon.sqlite", message: "disk I/O error")
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            // It may be done in fewer writes: what comes together is written together.
            group.addTask {
                await bench.server.until { !$0.completions.isEmpty }
                dead.ring()
            }
            try await bench.withDaemon(DaemonBench.Trial(fault: fault)) { _ in await dead.wait() }
            try await bench.withDaemon { _ in await bench.server.until { !$0.completions.isEmpty } }
            try await group.waitForAll()
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.completions.map(\.status) == [.done], "\(heard.completions.map(\.reason.message))")
        // One may have been stopped before its agent could count itself.
        #expect(heard.iterations.count >= bench.starts)
        #expect(Set(heard.iterations.map { [$0.iteration, $0.tryNumber] }).count == heard.iterations.count)
    }

    @Test func outputWaitsInItsFilesWhereTheOutboxIsFull() async throws {
        let bench = try await DaemonBench()
        bench.turn(nil, "seq 1 60000; work; gate true")
        let spec = bench.spec { $0.completion = .none }
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon(DaemonBench.Trial(change: { $0.outboxBytes = 100_000 })) { _ in
            await bench.server.until { !$0.completions.isEmpty }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        let expected = (1...60_000).map { "\($0)\n" }.joined()
        #expect(heard.output["\(spec.id)/1/1/stdout/"]?.hasPrefix(expected) == true)
    }

    /// On a thread of its own: the few that tests run on are not to wait.
    private static func wait(for reports: Int, of other: OtherProcess) async {
        // Nobody else uses it meanwhile.
        nonisolated(unsafe) let other = other
        await withCheckedContinuation { continuation in
            DispatchQueue.global()
                .async {
                    for _ in 0..<reports where other.nextReport() == nil { break }
                    continuation.resume()
                }
        }
    }

    @Test func aDaemonThatIsKilledAgainAndAgainLosesNothing() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "for i in $(seq 30); do echo line $i; sleep 0.02; done; work; gate false")
        bench.turn(nil, "for i in $(seq 30); do echo line $i; sleep 0.02; done; work; gate true")
        let spec = bench.spec {
            $0.completion = .none
            $0.timeouts.orphan = .seconds(60)
        }
        let journal = try await bench.place.journal()
        _ = try await journal.receive(bench.spawn(spec), slots: 1)
        try await journal.keep(
            LeaseEnd(now: BenchPlace.machineTime(), ago: .zero, lasting: .seconds(600))
        )
        for reports in [3, 8, 5, 13, 9, 21, 17] {
            let other = try OtherProcess(part: "daemon", path: bench.directory.path)
            await Self.wait(for: reports, of: other)
            other.kill()
        }
        try await bench.withDaemon { _ in await bench.server.until { !$0.completions.isEmpty } }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.completions.map(\.status) == [.done])
        // One may have begun, and its agent not.
        #expect(heard.iterations.count >= bench.starts)
        let lines = (1...30).map { "line \($0)\n" }.joined()
        for report in heard.iterations where report.end.code == "ok" {
            #expect(
                heard.output["\(spec.id)/\(report.iteration)/\(report.tryNumber)/stdout/"]?.hasPrefix(lines) == true
            )
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(15)))
struct LeaseTests {
    @Test func agentsAreStoppedWhenTheLeaseIsOverAndGoOnWhenTheServerAllowsIt() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo begun; work; await never")
        bench.turn(nil, "work; gate true")
        bench.server.plan { script in
            script.heartbeat = .milliseconds(500)
            script.lease = .seconds(2)
            script.grace = .seconds(2)
        }
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon(DaemonBench.Trial(change: { $0.link.patience = .seconds(3) })) { _ in
            await bench.server.until { $0.output["\(spec.id)/1/1/stdout/"] == "begun\n" }
            bench.server.plan { $0.isSilent = true }
            while try await bench.tasks.task(spec.id)?.status.isActive == true { await Task.yield() }
            #expect(bench.events.withLock { $0.contains(.leaseOver) })
            #expect(bench.server.heard.completions.isEmpty)
            bench.server.plan { script in
                script.isSilent = false
                script.lease = .seconds(30)
            }
            await bench.server.until { !$0.completions.isEmpty }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.completions.map(\.status) == [.done])
        #expect(heard.iterations.count == bench.starts)
    }

    @Test func aTaskThatWasLostGoesOnInItsFiles() async throws {
        let bench = try await DaemonBench()
        bench.turn(1, "echo begun; work; await never")
        bench.turn(nil, "work; gate true")
        let spec = bench.spec()
        bench.server.send(bench.spawn(spec))
        try await bench.withDaemon { _ in
            await bench.server.until { $0.output["\(spec.id)/1/1/stdout/"] == "begun\n" }
            var resume = ResumeTask()
            resume.head = CommandHead("resume", task: spec.id, attempt: 2)
            resume.previousAttempt = 1
            bench.server.plan { $0.fenced = ["\(spec.id)/1"] }
            bench.server.cut()
            await bench.server.until { $0.hellos.count == 2 }
            bench.server.plan { [resume] in $0.commands = [.resumeTask(resume)] }
            await bench.server.until { !$0.completions.isEmpty }
        }
        let heard = bench.server.heard
        #expect(heard.violations.isEmpty)
        #expect(heard.answer(to: "resume")?.outcome == .done, "\(heard.answer(to: "resume")?.message ?? "")")
        #expect(heard.completions.map(\.stamp.attempt) == [2])
        #expect(bench.directory.read("state/tasks/\(spec.id)/tree/work.txt") == "1\n2\n")
    }
}
