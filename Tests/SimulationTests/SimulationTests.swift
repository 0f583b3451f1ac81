import Domain
import Glibc
import Testing

/// Many histories of a makima whose agents, people, clock and disk chance decides.
///
/// `MAKIMA_SIMULATION_SEED` plays one seed and prints what happened in it; `MAKIMA_SIMULATION_COUNT` says how many are
/// played. `scripts/simulate` sets both.
struct SimulationTests {
    @Test func nothingIsLostCountedTwiceOrLeftOpen() async throws {
        let first = Self.number("MAKIMA_SIMULATION_SEED")
        let count = first == nil ? Self.number("MAKIMA_SIMULATION_COUNT") ?? 20 : 1
        let begin = first ?? 1
        let workers = 2
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<UInt64(workers) {
                group.addTask {
                    for seed in stride(from: begin + worker, to: begin + count, by: workers) {
                        try await Self.play(seed, printing: first != nil)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private static func play(_ seed: UInt64, printing isPrinting: Bool) async throws {
        var simulation = try await Simulation(seed: seed)
        for _ in 0..<80 where simulation.oracle.violations.isEmpty { try await simulation.step() }
        simulation.agent.isGood = true
        simulation.note("from now on all is well")
        // Then every task must come to its end.
        for _ in 0..<2000 where simulation.oracle.violations.isEmpty {
            if try await simulation.isAllOver() { break }
            try await simulation.step()
        }
        if try await !simulation.isAllOver(), simulation.oracle.violations.isEmpty {
            simulation.oracle.violate("a task does not come to its end")
        }
        if isPrinting { print(simulation.log.joined(separator: "\n")) }
        guard let violation = simulation.oracle.violations.first else { return }
        Issue.record("seed \(seed): \(violation)\n\(simulation.log.suffix(40).joined(separator: "\n"))")
    }

    private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }
}

extension Simulation {
    /// Whether every task is done, or has used all that the machine allows.
    func isAllOver() async throws -> Bool {
        for task in tasks {
            guard let row = try await journal.task(task.id) else { return false }
            guard row.status == .done || row.iterations >= 50 && !row.status.isActive else { return false }
        }
        return true
    }
}
