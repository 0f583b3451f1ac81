import Glibc
import Processes
import TestSupport
import Testing

/// A sandbox that never comes to start its program, as where a mount waits for a disk.
@Suite(.timeLimit(.minutes(15)))
struct HangingStartTests {
    private let directory = TemporaryDirectory()

    private struct HangingSandbox: Sandbox {
        var isConfining: Bool { true }

        func shows(_ path: String) -> Bool { true }

        func confine(_ command: Command, _ profile: SandboxProfile) -> Command {
            .shell("trap '' INT TERM; exec sleep 1000")
        }
    }

    private func start(
        limit: Duration = .seconds(60),
        _ launched: (SupervisedProcess) -> Void = { _ in }
    ) async throws -> SupervisedProcess {
        let spool = Spool("\(directory.path)/spool")
        mkdir(spool.directory, 0o700)
        let supervisor = Supervisor(shimPath: shimPath, patience: .milliseconds(50), startLimit: limit)
        let command = SupervisedCommand(
            .shell("true"),
            sandbox: HangingSandbox(),
            spool: spool,
            grace: .milliseconds(50)
        )
        return try await supervisor.start(command, launched: launched)
    }

    @Test func isKilledByWhoeverWasToldOfIt() async {
        await #expect(throws: ProcessError.startStopped(program: "/bin/sh")) { try await start { $0.kill() } }
    }

    @Test func isEndedByAGentleWishToo() async {
        await #expect(throws: ProcessError.startStopped(program: "/bin/sh")) { try await start { $0.interrupt() } }
    }

    @Test func isEndedWhenItTakesTooLong() async {
        let late = ProcessError.startTimedOut(program: "/bin/sh", after: .milliseconds(200))
        await #expect(throws: late) { try await start(limit: .milliseconds(200)) }
    }
}
