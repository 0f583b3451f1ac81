import Glibc
import Processes
import TestSupport
import Testing

struct LauncherTeardownTests {
    private let launcher = PosixSpawnLauncher(grace: .milliseconds(200))
    private let directory = TemporaryDirectory()

    private func pids() -> [Int32] {
        (directory.read("pids") ?? "").split(separator: "\n").compactMap { Int32($0) }
    }

    @Test func aTimeoutEndsTheWholeGroup() async throws {
        let script = "sleep 1000 & echo $! >>pids; (sleep 1000 & echo $! >>pids; wait) & echo $! >>pids; wait"
        let command = Command.shell(script, directory: directory.path)
        let expected = ProcessError.timedOut(program: "/bin/sh", after: .seconds(1))
        await #expect(throws: expected) { try await launcher.run(command, timeout: .seconds(1), outputCap: 100) }
        #expect(pids().count == 3)
        #expect(pids().filter(ProcessTable.isRunning).isEmpty)
    }

    @Test func aTimeoutKillsWhatIgnoresTheRequest() async throws {
        let script =
            "trap '' TERM INT; echo $$ >pids; sh -c 'trap \"\" TERM; echo $$ >>pids; while :; do sleep 1; done'"
        let command = Command.shell(script, directory: directory.path)
        await #expect(throws: ProcessError.self) {
            try await launcher.run(command, timeout: .milliseconds(800), outputCap: 100)
        }
        #expect(pids().count == 2)
        #expect(pids().filter(ProcessTable.isRunning).isEmpty)
    }

    @Test func aCommandMayCleanUpWhenItsTimeIsUp() async throws {
        let script = "trap 'echo cleaned >cleaned; exit' TERM; while :; do sleep 0.05; done"
        let command = Command.shell(script, directory: directory.path)
        await #expect(throws: ProcessError.self) {
            try await launcher.run(command, timeout: .milliseconds(500), outputCap: 100)
        }
        #expect(directory.read("cleaned") == "cleaned\n")
    }

    @Test func cancellationWaitsForTheEnd() async throws {
        let fifo = directory.path + "/ready"
        #expect(mkfifo(fifo, 0o600) == 0)
        let command = Command.shell("echo $$ >pids; echo >ready; sleep 1000", directory: directory.path)
        let launcher = launcher
        let task = Task { try await launcher.run(command) }
        _ = try await launcher.run(Command("/bin/cat", [fifo]))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(pids().count == 1)
        #expect(pids().filter(ProcessTable.isRunning).isEmpty)
    }

    @Test func aCancelledTaskStartsNothing() async throws {
        let command = Command.shell("echo started >started", directory: directory.path)
        let launcher = launcher
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { await #expect(throws: CancellationError.self) { try await launcher.run(command) } }
        }
        #expect(directory.read("started") == nil)
    }

    @Test func aGrandchildThatHoldsTheOutputIsEndedWithItsLeader() async throws {
        let result = try await launcher.run(
            .shell("echo before; sleep 1000 & echo $! >pids; exit 3", directory: directory.path)
        )
        #expect(result.status == .code(3))
        #expect(result.text == "before\n")
        #expect(pids().count == 1)
        #expect(pids().filter(ProcessTable.isRunning).isEmpty)
    }

    @Test func anEscapedGrandchildDoesNotHoldUpTheResult() async throws {
        let result = try await launcher.run(
            .shell(
                "setsid sh -c 'echo $$ >pids; echo escaped; exec sleep 1000' & while [ ! -s pids ]; do :; done",
                directory: directory.path
            )
        )
        #expect(result.status == .code(0))
        // It left the group, which is why agents run under the shim: here the test ends it.
        for pid in pids() { kill(pid, SIGKILL) }
    }
}
