import Glibc
import Processes
import TestSupport
import Testing

/// The shim by itself, without the supervisor.
struct ShimTests {
    private let launcher = PosixSpawnLauncher()
    private let directory = TemporaryDirectory()

    /// Runs a script in which `$SHIM` is the shim.
    private func run(_ script: String) async throws -> CommandResult {
        try await launcher.run(.shell(script, environment: ["SHIM": shimPath], directory: directory.path))
    }

    @Test(arguments: [
        "", "-- true", "--control 3 -- true", "--control 3 --record 4", "--control 3 --record 4 --",
        "--control x --record 4 -- true", "--control 3 --record -1 -- true",
        "--control 3 --record 4 --grace-ms -- true",
        "--control 3 --record 4 --unknown 1 -- true", "--control 3 --record 99999999999999999999 -- true",
    ])
    func refusesAWrongCommandLine(_ arguments: String) async throws {
        let result = try await run("\"$SHIM\" \(arguments) 3</dev/null 4>>record")
        #expect(result.status == .code(64))
        #expect(directory.read("record")?.isEmpty != false)
    }

    @Test func keepsTheDeadlineWhileItsParentIsStopped() async throws {
        mkfifo(directory.path + "/ready", 0o600)
        mkfifo(directory.path + "/control", 0o600)
        let script = """
            exec 9<>control
            "$SHIM" --control 9 --record 8 --deadline-ms 300 --grace-ms 50 -- sleep 1000 8>>record & echo $! >ready
            kill -STOP $$
            """
        let command = Command.shell(script, environment: ["SHIM": shimPath], directory: directory.path)
        let launcher = launcher
        let parent = Task { try await launcher.run(command) }
        let pid = try await launcher.run(.shell("cat ready", directory: directory.path)).text.dropLast()
        let shim = try #require(Int32(pid).flatMap(ProcessIdentity.init(of:)))
        try await shim.ended(on: EventLoop())
        let record = try #require(directory.read("record"))
        #expect(record.contains("\"signal\":2,\"cause\":\"deadline\""))
        parent.cancel()
        await #expect(throws: CancellationError.self) { try await parent.value }
    }

    @Test func findsTheDeepestDescendants() async throws {
        let stage = Stage(.none, in: directory)
        stage.directory.write(
            "d() { [ $1 -eq 0 ] && { echo x >ready; exec sleep 1000; }; sh -c \". ./nest; d $(($1 - 1))\" & wait; }",
            to: "workspace/nest"
        )
        mkfifo("\(stage.directory.path)/workspace/ready", 0o600)
        let process = try await stage.start(". ./nest; d 40 & read x <ready; exit 5")
        let record = try await process.exit()
        #expect(record.status == .code(5))
        #expect(record.survivors == 0)
        #expect(stage.leftovers().isEmpty)
    }

    @Test func usesLittleMemory() async throws {
        let stage = Stage(.none, in: directory)
        let process = try await stage.start("echo ready; exec sleep 1000")
        var chunks = process.output.makeAsyncIterator()
        _ = try await chunks.next()
        let resident = try #require(ProcessTable.status(process.identity.pid, "RssAnon"))
        #expect(try #require(Int(resident.prefix { $0.isNumber })) < 512)
        process.kill()
        _ = try await process.exit()
    }
}
