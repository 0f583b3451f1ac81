import Glibc
import Processes
import TestSupport
import Testing

struct SupervisorTests {
    private let directory = TemporaryDirectory()

    @Test(arguments: Confinement.allCases) func keepsTheOutputAndRecordsTheEnd(_ confinement: Confinement) async throws
    {
        let stage = Stage(confinement, in: directory)
        let process = try await stage.start("echo out; echo err >&2; exit 3")
        let (output, errorOutput) = try await process.everything()
        let record = try await process.exit()
        #expect(output == Array("out\n".utf8))
        #expect(errorOutput == Array("err\n".utf8))
        #expect(record.status == .code(3))
        #expect(record.cause == .exited)
        #expect(record.survivors == 0)
        #expect(record.maxResidentBytes > 100_000)
        #expect(stage.directory.read("spool/stdout") == "out\n")
        #expect(try stage.spool.state() == .ended(record))
        #expect(try await stage.spool.contents().everything().output == output)
    }

    @Test(arguments: Confinement.allCases) func recordsTheSignalThatEndedIt(_ confinement: Confinement) async throws {
        let process = try await Stage(confinement, in: directory).start("kill -SEGV $$")
        #expect(try await process.exit().status == .signal(SIGSEGV))
        #expect(try await process.exit().cause == .exited)
    }

    @Test(arguments: Confinement.allCases) func saysWhatCouldNotBeExecuted(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let error = await #expect(throws: ProcessError.self) { try await stage.start(Command("/usr/nowhere")) }
        guard case .launchFailed("/usr/nowhere", _, ENOENT) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try stage.spool.state() == .launchFailed(errno: ENOENT))
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases)
    func waitsForAProgramThatIsStillBeingWritten(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let name = "workspace/program"
        let path = directory.write("#!/bin/sh\necho ran\n", to: name, mode: 0o755)
        // A process of its own holds it, which no load of this one keeps from ending.
        let writing = Command.shell("exec 3>>\(name); : >open; sleep 0.3", directory: directory.path)
        async let writer = PosixSpawnLauncher().run(writing)
        while access("\(directory.path)/open", F_OK) != 0 { await Task.yield() }
        let program = confinement == .none ? path : "/\(name)"
        let process = try await stage.start(Command(program, environment: ["PATH": systemPath]))
        #expect(try await process.text() == "ran\n")
        _ = try await writer
    }

    @Test func passesOnWhatTheSandboxSays() async throws {
        let stage = Stage(.bubblewrap, in: directory)
        let command = SupervisedCommand(
            .shell("true"),
            sandbox: try await workingSandbox(),
            profile: SandboxProfile(binds: [.init("/nowhere")]),
            spool: stage.spool
        )
        let error = await #expect(throws: ProcessError.self) { try await Supervisor(shimPath: shimPath).start(command) }
        #expect("\(try #require(error))".contains("bwrap: Can't find source path /nowhere"))
    }

    @Test func refusesASpoolThatIsInUse() async throws {
        let stage = Stage(.none, in: directory)
        _ = try await stage.start("true").exit()
        await #expect(throws: ProcessError.spoolExists(stage.spool.outputPath)) { try await stage.start("true") }
    }

    @Test(arguments: Confinement.allCases) func readsWhileTheProcessRuns(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        for fifo in ["first", "second"] { mkfifo("\(stage.directory.path)/workspace/\(fifo)", 0o600) }
        let process = try await stage.start("echo one; read x <first; echo two >&2; read x <second; echo three")
        var chunks = process.output.makeAsyncIterator()
        #expect(try await chunks.next() == SpoolChunk(stream: .output, bytes: Array("one\n".utf8)))
        try await stage.release("first")
        #expect(try await chunks.next() == SpoolChunk(stream: .errorOutput, bytes: Array("two\n".utf8)))
        try await stage.release("second")
        #expect(try await chunks.next() == SpoolChunk(stream: .output, bytes: Array("three\n".utf8)))
        #expect(try await chunks.next() == nil)
        #expect(try await chunks.next() == nil)
    }

    @Test(arguments: Confinement.allCases) func readsMoreThanAPipeHoldsWhileItRuns(_ confinement: Confinement)
        async throws
    {
        let stage = Stage(confinement, in: directory)
        let process = try await stage.start("read go <later; wc -c", readsWhileRunning: true)
        let input = try #require(process.input)
        for _ in 0..<4 { try input.write([UInt8](repeating: UInt8(ascii: "x"), count: 100_000)) }
        input.close()
        try input.write([UInt8](repeating: UInt8(ascii: "x"), count: 1))
        try await stage.release("later")
        #expect(try await process.text() == "400000\n")
    }

    @Test func whatAProgramDoesNotReadHoldsNobodyUp() async throws {
        let process = try await Stage(.none, in: directory)
            .start("exec 0</dev/null; echo closed", readsWhileRunning: true)
        for _ in 0..<4 { try process.input?.write([UInt8](repeating: 0, count: 100_000)) }
        #expect(try await process.text() == "closed\n")
        #expect(try await process.exit().cause == .exited)
    }

    @Test func readingEndsWhenItsTaskIsCancelled() async throws {
        let process = try await Stage(.none, in: directory).start("sleep 1000")
        let output = process.output
        let reading = Task { try await output.everything() }
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        process.kill()
        #expect(try await process.exit().cause == .killed)
    }

    @Test(arguments: Confinement.allCases) func standardInputCannotBeChanged(_ confinement: Confinement) async throws {
        var command = Command.shell("cat; (echo x >/proc/self/fd/0) 2>/dev/null || echo refused")
        command.input = .bytes(Array("prompt\n".utf8))
        #expect(try await Stage(confinement, in: directory).start(command).text() == "prompt\nrefused\n")
    }

    @Test(arguments: Confinement.allCases) func theProgramGetsOnlyItsOwn(_ confinement: Confinement) async throws {
        let script = """
            ls /proc/self/fd | wc -l; true 2>/dev/null </proc/$PPID/fd/4 && echo peeked
            [ $$ = "$(cut -d' ' -f6 /proc/$$/stat)" ] && echo leads its session
            grep -E 'SigBlk|SigIgn' /proc/self/status
            """
        let lines = try await Stage(confinement, in: directory).start(script).text().split(separator: "\n")
        // Root may look into everything where there is no sandbox.
        let peeks = confinement == .none && getuid() == 0
        #expect(
            lines.prefix(while: { !$0.hasPrefix("Sig") }) == ["4"] + (peeks ? ["peeked"] : []) + ["leads its session"]
        )
        #expect(lines.suffix(2).allSatisfy { UInt64($0.suffix(8), radix: 16).map { $0 & 0x7fff_ffff } == 0 })
    }

    /// And, without a sandbox, the mark by which it is found.
    @Test(arguments: Confinement.allCases)
    func theProgramGetsExactlyTheEnvironment(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let process = try await stage.start(Command("/usr/bin/env", environment: ["A": "b"]))
        let path = stage.directory.path
        let mark = confinement == .none ? ["MAKIMA_RUN_ID=\(path)/spool"] : []
        // bubblewrap adds where it begins.
        let lines = try await process.text().split(separator: "\n").map(String.init).filter { !$0.hasPrefix("PWD=") }
        #expect(lines.sorted() == ["A=b"] + mark + ["MARK=\(path)"])
    }

    @Test(arguments: Confinement.allCases) func tellsTheProcessorTimeOfTheTree(_ confinement: Confinement) async throws
    {
        let stage = Stage(confinement, in: directory)
        mkfifo("\(stage.directory.path)/workspace/go", 0o600)
        let work = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
        let process = try await stage.start("(\(work)); echo done; read x <go")
        var chunks = process.output.makeAsyncIterator()
        _ = try await chunks.next()
        #expect(try #require(process.cpuTime()) >= .milliseconds(20))
        #expect(process.identity.isRunning)
        try await stage.release("go")
        _ = try await process.exit()
        #expect(process.cpuTime() == nil)
        #expect(!process.identity.isRunning)
    }
}
