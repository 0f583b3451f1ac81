import Glibc
import Processes
import TestSupport
import Testing

/// Programs that keep their shim from doing its work; only where there is no sandbox they can.
@Suite(.timeLimit(.minutes(15)))
struct SupervisorBackstopTests {
    private let directory = TemporaryDirectory()

    /// Leaves its group, clears its environment and lets go of the output, then waits until the guard is stopped and says so.
    private let witness = """
        export GUARD=$(cut -d ' ' -f 4 /proc/$PPID/stat)
        setsid env -i GUARD=$GUARD /bin/sh -c '
            echo $$ >pid
            while ! grep -q "^State:.T" /proc/$GUARD/status; do sleep 0.01; done
            echo stopped; exec sleep 1000 >/dev/null 2>&1
        ' &
        while [ ! -s pid ]; do sleep 0.01; done
        """

    private static let tricks = ["kill -STOP $GUARD $PPID; sleep 1000", "kill -STOP $GUARD; kill -9 $PPID; sleep 1000"]

    private var stage: Stage { Stage(.none, in: directory, patience: .milliseconds(100)) }

    private func witnessRuns() throws -> Bool {
        ProcessTable.isRunning(try #require(directory.read("workspace/pid").flatMap { Int32($0.dropLast()) }))
    }

    @Test func theGuardEndsAShimThatIsStoppedAndAllBelowIt() async throws {
        let cleared = "setsid env -i /bin/sh -c 'echo $$ >pid; exec sleep 1000' >/dev/null 2>&1 &"
        let script = "\(cleared) while [ ! -s pid ]; do sleep 0.01; done; kill -STOP $PPID; sleep 1000"
        let record = try await stage.start(script).exit()
        #expect(record.cause == .lost)
        #expect(record.strays >= 1)
        #expect(try !witnessRuns())
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: tricks) func theDeadlineIsKeptWithoutTheShim(_ trick: String) async throws {
        let process = try await stage.start("\(witness)\n\(trick)", deadline: .milliseconds(500))
        #expect(try await process.exit().cause == .deadline)
        #expect(try !witnessRuns())
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: tricks) func aGentleEndEscalatesWithoutTheShim(_ trick: String) async throws {
        let process = try await stage.start("\(witness)\n\(trick)")
        var chunks = process.output.makeAsyncIterator()
        #expect(try await chunks.next()?.bytes == Array("stopped\n".utf8))
        process.interrupt()
        #expect(try await process.exit().cause == .interrupted)
        #expect(try !witnessRuns())
        #expect(stage.leftovers().isEmpty)
    }

    @Test(arguments: tricks) func aKillNeedsNoShim(_ trick: String) async throws {
        let process = try await stage.start("\(witness)\n\(trick)")
        var chunks = process.output.makeAsyncIterator()
        #expect(try await chunks.next()?.bytes == Array("stopped\n".utf8))
        process.kill()
        #expect(try await process.exit().cause == .killed)
        #expect(try !witnessRuns())
        #expect(stage.leftovers().isEmpty)
    }

    @Test func aStoppedGuardDoesNotHoldUpTheEnd() async throws {
        let script = "\(witness)\nkill -STOP $GUARD; while [ ! -e seen ]; do sleep 0.01; done; exit 3"
        let process = try await stage.start(script)
        var chunks = process.output.makeAsyncIterator()
        #expect(try await chunks.next()?.bytes == Array("stopped\n".utf8))
        directory.write("", to: "workspace/seen")
        let record = try await process.exit()
        #expect(record.cause == .exited)
        #expect(record.status == .code(3))
        #expect(try !witnessRuns())
    }
}
