import Glibc
import Processes
import TestSupport
import Testing

struct SupervisorTeardownTests {
    private let directory = TemporaryDirectory()

    /// Leaves its group and its parent, ignores every request, and holds the output open.
    private let escape = "setsid sh -c 'trap \"\" INT TERM HUP; (while :; do sleep 1; done) & echo escaped; wait' &"

    @Test(arguments: Confinement.allCases) func nothingIsLeftWhenTheLeaderEnds(_ confinement: Confinement) async throws
    {
        let stage = Stage(confinement, in: directory)
        mkfifo("\(stage.directory.path)/workspace/go", 0o600)
        let process = try await stage.start("(\(escape)); (\(escape)); read x <go")
        var chunks = process.output.makeAsyncIterator()
        var output: [UInt8] = []
        while output.count < 16, let chunk = try await chunks.next() { output += chunk.bytes }
        #expect(stage.leftovers().count >= 5)
        try await stage.release("go")
        #expect(try await process.exit().status == .code(0))
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases)
    func insistsWhenTheLeaderIgnoresTheRequest(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let script = """
            trap 'echo INT' INT; trap 'echo TERM' TERM
            sh -c 'trap "" INT TERM; while :; do sleep 1; done' & echo ready; while :; do sleep 0.01; done
            """
        let process = try await stage.start(script, grace: .milliseconds(300))
        var chunks = process.output.makeAsyncIterator()
        var output = try await chunks.next()?.bytes ?? []
        process.interrupt()
        while let chunk = try await chunks.next() { if chunk.stream == .output { output += chunk.bytes } }
        let record = try await process.exit()
        #expect(String(decoding: output, as: UTF8.self) == "ready\nINT\nTERM\n")
        #expect(record.status == .signal(SIGKILL))
        #expect(record.cause == .interrupted)
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases) func anInterruptLetsTheLeaderFinish(_ confinement: Confinement) async throws
    {
        let script = "trap 'echo last words; exit 7' INT; echo ready; while :; do sleep 0.01; done"
        let process = try await Stage(confinement, in: directory).start(script, grace: .seconds(30))
        var chunks = process.output.makeAsyncIterator()
        _ = try await chunks.next()
        process.interrupt()
        #expect(try await chunks.next()?.bytes == Array("last words\n".utf8))
        let record = try await process.exit()
        #expect(record.status == .code(7))
        #expect(record.cause == .interrupted)
    }

    @Test(arguments: Confinement.allCases) func killsAtOnce(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let process = try await stage.start("trap '' INT TERM; \(escape) kill -STOP $$")
        process.kill()
        let record = try await process.exit()
        #expect(record.status == .signal(SIGKILL))
        #expect(record.cause == .killed)
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases) func keepsTheDeadline(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let process = try await stage.start("echo begun; sleep 1000", deadline: .milliseconds(200))
        let record = try await process.exit()
        #expect(record.cause == .deadline)
        #expect(record.status == .signal(SIGINT))
        #expect(record.duration >= .milliseconds(200))
        #expect(stage.directory.read("spool/stdout") == "begun\n")
    }

    @Test(arguments: Confinement.allCases) func endsWhenItsOwnerIsLost(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        var process: SupervisedProcess? = try await stage.start(
            "trap '' INT; (\(escape)); echo kept; while :; do sleep 1; done"
        )
        let identity = try #require(process?.identity)
        var chunks = process?.output.makeAsyncIterator()
        var output: [UInt8] = []
        while output.count < 13, let chunk = try await chunks?.next() { output += chunk.bytes }
        #expect(identity.isRunning)
        process = nil
        chunks = nil
        try await identity.ended(on: EventLoop())
        guard case .ended(let record) = try stage.spool.state() else {
            Issue.record("no record")
            return
        }
        #expect(record.cause == .ownerLost)
        #expect(record.status == .signal(SIGTERM))
        #expect(stage.directory.read("spool/stdout")?.contains("kept\n") == true)
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases) func aKilledShimIsALostEnd(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let process = try await stage.start("echo begun; \(confinement == .none ? "" : escape) exec sleep 1000")
        kill(process.identity.pid, SIGKILL)
        #expect(try await process.exit() == .lost)
        #expect(try await process.text().contains("begun\n"))
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases) func aCancelledStartLeavesNothing(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                await #expect(throws: (any Error).self) { try await stage.start("echo begun; sleep 1000") }
            }
        }
        #expect(stage.leftovers().isEmpty)
    }

    @Test func theGuardEndsWhatAKilledShimLeaves() async throws {
        let stage = Stage(.none, in: directory)
        let cleared = "setsid env -i /bin/sh -c 'echo $$ >pid; exec sleep 1000' >/dev/null 2>&1 &"
        let process = try await stage.start("(\(escape)); \(cleared) sleep 0.2; kill -9 $PPID; sleep 1000")
        let record = try await process.exit()
        #expect(record.cause == .lost)
        #expect(record.status == nil)
        #expect(record.strays >= 3)
        #expect(record.survivors == 0)
        #expect(record.duration >= .milliseconds(200))
        #expect(stage.leftovers().isEmpty)
        let pid = try #require(directory.read("workspace/pid").flatMap { Int32($0.dropLast()) })
        #expect(!ProcessTable.isRunning(pid))
        let findings = await Strays(of: stage.spool).end(waitingBy: ContinuousClock())
        #expect(findings == Strays.Findings(ended: record.strays))
    }

    /// Kills the shim and, before it, the guard above it.
    private let killBoth = "kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat) $PPID; sleep 1000"

    @Test func whoStillWritesIntoTheSpoolIsFoundAndWhoReadsItIsNot() async throws {
        let stage = Stage(.none, in: directory)
        let cleared = "setsid env -i /bin/sh -c 'echo $$ >pid; exec sleep 1000' &"
        let process = try await stage.start("\(cleared) sleep 0.2; \(killBoth)")
        let launcher = PosixSpawnLauncher()
        let output = stage.spool.outputPath
        let reader = Task { try await launcher.run(.shell("echo $$ >'\(output).pid'; exec tail -f '\(output)'")) }
        while directory.read("spool/stdout.pid")?.hasSuffix("\n") != true {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(try await process.exit() == .lost)
        let pid = try #require(directory.read("workspace/pid").flatMap { Int32($0.dropLast()) })
        #expect(ProcessTable.isRunning(pid))
        let findings = await Strays(of: stage.spool).end(waitingBy: ContinuousClock())
        #expect(findings.ended >= 1)
        #expect(findings.mayHaveMissed)
        #expect(!ProcessTable.isRunning(pid))
        let reading = try #require(directory.read("spool/stdout.pid").flatMap { Int32($0.dropLast()) })
        #expect(ProcessTable.isRunning(reading))
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
    }

    @Test func whatIsLeftOfAKilledShimAndItsGuardIsFoundAndEnded() async throws {
        let stage = Stage(.none, in: directory)
        let other = Stage(.none, in: TemporaryDirectory())
        let clock = ContinuousClock()
        let bystander = try await other.start("sleep 1000")
        let process = try await stage.start("(\(escape)); (\(escape)); sleep 0.2; \(killBoth)")
        #expect(try await process.exit() == .lost)
        #expect(stage.leftovers().count >= 4)
        #expect(await Strays(of: stage.spool).end(waitingBy: clock).ended >= 4)
        #expect(stage.leftovers().isEmpty)
        #expect(await Strays(of: stage.spool).end(waitingBy: clock).ended == 0)
        #expect(!other.leftovers().isEmpty)
        bystander.kill()
        _ = try await bystander.exit()
        #expect(await Strays(of: other.spool).end(waitingBy: clock) == Strays.Findings())
    }
}
