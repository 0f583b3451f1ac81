import Domain
import LoopCore
import Testing

@testable import Runner

/// What a process did decides what its words are worth.
struct DoubtfulEndTests {
    private static let limits = LoopLimits(maxIterations: 2)

    @Test func whoWorkedInSilenceAndFailedHasUsedAnIteration() async throws {
        let bench = try await RunBench()
        bench.turn(nil, "work; exit 1")
        let task = try await bench.run(bench.spec(.command) { $0.limits = Self.limits })
        #expect(task.reason == .iterationLimit(used: 2, limit: 2, ceiling: 50))
        #expect(bench.starts == 2)
        let ends = try await bench.iterations(of: task).compactMap(\.outcome?.agent)
        #expect(ends.map(\.end.countsAsIteration) == [true, true])
        #expect(ends.allSatisfy { $0.endAfterWork == nil })
    }

    @Test func whoDidNothingInSilenceWasPerhapsNotStarted() async throws {
        let bench = try await RunBench()
        bench.turn(nil, "exit 1")
        let task = try await bench.run(bench.spec(.command) { $0.limits = Self.limits })
        #expect(task.reason?.code == "environment")
        #expect(bench.starts == 3)
    }

    @Test func whatAToolSaidToAnAgentThatWorkedIsNoFailureOfTheService() async throws {
        let bench = try await RunBench()
        bench.turn(nil, "work; echo 'Error: Not logged in' >&2; echo 'Tests failed' >&2; exit 1")
        let task = try await bench.run(bench.spec(.command) { $0.limits = Self.limits })
        #expect(task.reason?.status == .iterationLimitReached)
        bench.turn(nil, "echo 'Error: Not logged in' >&2; echo 'Tests failed' >&2; exit 1")
        #expect(try await bench.run(bench.spec(.command)).reason?.code == "authentication")
    }
}
