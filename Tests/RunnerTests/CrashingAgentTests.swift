import Domain
import Testing

@testable import Runner

/// Agents whose program dies by a signal that makima did not send.
@Suite(.timeLimit(.minutes(15)))
struct CrashingAgentTests {
    @Test(arguments: ["kill -SEGV $$", "exit 139", "kill -KILL $$"])
    func theSameCrashAgainAndAgainStallsTheTask(_ end: String) async throws {
        let bench = try await RunBench()
        bench.turn(nil, "work; echo 'boom: segfault in module' >&2; \(end)")
        let task = try await bench.run(bench.spec(.command))
        let signal = end.contains("KILL") ? 9 : 11
        let words = "ended by signal \(signal): boom: segfault in module"
        #expect(task.reason == .stalled(.sameError(signature: words, iterations: 5)))
        #expect(bench.starts == 5)
    }
}
