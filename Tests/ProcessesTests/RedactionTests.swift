import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// Programs whose output goes through their shim, which takes secrets out of it.
@Suite(.timeLimit(.minutes(15)))
struct RedactionTests {
    private let directory = TemporaryDirectory()
    private static let key = "never-to-be-stored-0123"

    private var secrets: Secrets {
        var secrets = Secrets()
        secrets.add(Self.key, called: "A_KEY")
        return secrets
    }

    private func start(_ stage: Stage, _ script: String, deadline: Duration? = nil) async throws -> SupervisedProcess {
        let command = Command.shell(script, environment: ["KEY": Self.key])
        return try await stage.start(command, deadline: deadline, secrets: secrets)
    }

    @Test(arguments: Confinement.allCases) func noSecretComesIntoTheSpool(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let process = try await start(
            stage,
            "echo \"a $KEY b\"; echo \"$KEY\" >&2; printf '{\"k\":\"%s\"}' $KEY; exit 3"
        )
        let (output, errorOutput) = try await process.everything()
        #expect(String(decoding: output, as: UTF8.self) == "a [redacted:A_KEY] b\n{\"k\":\"[redacted:A_KEY]\"}")
        #expect(String(decoding: errorOutput, as: UTF8.self) == "[redacted:A_KEY]\n")
        let record = try await process.exit()
        #expect(record.status == .code(3))
        #expect(record.lostOutput == nil)
        for name in ["stdout", "stderr", "record"] {
            #expect(directory.read("spool/\(name)")?.contains(Self.key) == false)
        }
    }

    @Test(arguments: Confinement.allCases) func aSecretInPiecesIsFound(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        for fifo in ["first", "second"] { mkfifo("\(directory.path)/workspace/\(fifo)", 0o600) }
        let process = try await start(
            stage,
            "echo begun; printf never-to-be-; read x <first; printf 'stored-0'; read x <second; echo 123"
        )
        var chunks = process.output.makeAsyncIterator()
        #expect(try await chunks.next()?.bytes == Array("begun\n".utf8))
        try await stage.release("first")
        try await stage.release("second")
        #expect(try await chunks.next()?.bytes == Array("[redacted:A_KEY]\n".utf8))
        #expect(try await chunks.next() == nil)
    }

    @Test(arguments: Confinement.allCases) func whatIsNoSecretAfterAllIsWritten(_ confinement: Confinement) async throws
    {
        let process = try await start(Stage(confinement, in: directory), "printf never-to-be-")
        #expect(try await process.text() == "never-to-be-")
    }

    @Test(arguments: Confinement.allCases)
    func aProgramCannotFindWhatItsShimWasTold(_ confinement: Confinement) async throws {
        let script = """
            for file in /proc/$PPID/fd/* /proc/$PPID/environ /proc/$PPID/cmdline; do
                [ -f "$file" ] || continue
                head -c 65536 "$file" 2>/dev/null | grep -aq 'needle-nev[e]r' && echo "$file"
            done
            ls -l /proc/self/fd /proc/$PPID/fd 2>/dev/null | grep -c memfd
            """
        var told = Secrets()
        told.add("needle-never-shown", called: "A_KEY")
        let process = try await Stage(confinement, in: directory).start(.shell(script), secrets: told)
        #expect(try await process.text() == "0\n")
    }

    @Test(arguments: Confinement.allCases) func whoHoldsThePipeHoldsNobodyUp(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let escape = "setsid sh -c 'trap \"\" INT TERM HUP; : >up; while :; do sleep 1; done' &"
        let process = try await start(stage, "\(escape) while [ ! -e up ]; do sleep 0.01; done; echo last")
        let record = try await process.exit()
        #expect(record.status == .code(0))
        #expect(try await process.text().contains("last\n"))
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases) func theDeadlineIsKeptUnderAFlood(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let process = try await start(
            stage,
            "echo begun; head -c 5000000 /dev/zero; sleep 1000",
            deadline: .milliseconds(800)
        )
        let record = try await process.exit()
        #expect(record.cause == .deadline)
        #expect(directory.read("spool/stdout")?.hasPrefix("begun\n") == true)
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: Confinement.allCases) func allOfALargeOutputArrives(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        let process = try await start(stage, "head -c 20000000 /dev/zero; head -c 70000 /dev/zero >&2; echo $KEY")
        let (output, errorOutput) = try await process.everything()
        #expect(output.count == 20_000_000 + "[redacted:A_KEY]\n".utf8.count)
        #expect(errorOutput.count == 70_000)
    }

    @Test(arguments: Confinement.allCases)
    func outputIsWrittenWhenMakimaIsGone(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        var process: SupervisedProcess? = try await start(
            stage,
            "trap 'echo \"last $KEY\"; exit 7' INT; echo ready; while :; do sleep 0.01; done"
        )
        let identity = try #require(process?.identity)
        var chunks = process?.output.makeAsyncIterator()
        _ = try await chunks?.next()
        process = nil
        chunks = nil
        try await identity.ended(on: EventLoop())
        #expect(directory.read("spool/stdout") == "ready\nlast [redacted:A_KEY]\n")
    }

    @Test(arguments: Confinement.allCases) func theLimitOfFilesHoldsForOutput(_ confinement: Confinement) async throws {
        let stage = Stage(confinement, in: directory)
        var limits = ProcessLimits()
        limits.fileMiB = 1
        let process = try await stage.start(
            .shell("head -c 3000000 /dev/zero || echo closed >&2"),
            secrets: secrets,
            limits: limits
        )
        let (output, errorOutput) = try await process.everything()
        #expect(output.count == 1 << 20)
        #expect(String(decoding: errorOutput, as: UTF8.self).contains("closed\n"))
        #expect(try await process.exit().lostOutput == EFBIG)
    }

    @Test(arguments: Confinement.allCases) func standardOutputIsAPipe(_ confinement: Confinement) async throws {
        let script = "test -p /proc/self/fd/1 && echo pipe; echo again >/dev/stdout; echo error >/dev/stderr"
        let (output, errorOutput) = try await Stage(confinement, in: directory)
            .start(.shell(script), secrets: Secrets()).everything()
        #expect(String(decoding: output, as: UTF8.self) == "pipe\nagain\n")
        #expect(String(decoding: errorOutput, as: UTF8.self) == "error\n")
    }

    @Test func whatOutlivesShimAndGuardIsFoundByItsPipe() async throws {
        let stage = Stage(.none, in: directory, patience: .milliseconds(100))
        let hidden = "setsid env -i MARK=$MARK /bin/sh -c 'echo $$ >pid; exec sleep 1000' &"
        let trick = "GUARD=$(cut -d ' ' -f 4 /proc/$PPID/stat); kill -9 $GUARD $PPID; sleep 1000"
        let process = try await start(stage, "\(hidden) while [ ! -s pid ]; do sleep 0.01; done; \(trick)")
        #expect(try await process.exit().cause == .lost)
        await Strays(of: stage.spool).end(waitingBy: ContinuousClock())
        #expect(stage.leftovers().isEmpty)
    }
}
