import Domain

/// One simulated history, from the first task to the end of the last one.
package struct History: Hashable, Sendable {
    package var seed: UInt64
    /// The first thing that did not hold; `nil` where all did.
    package var violation: String?
    /// What happened, step by step; empty where nobody wanted to know.
    package var log: [String]
    /// How many things happened.
    package var steps: Int

    /// How a history is played.
    package struct Options: Hashable, Sendable {
        package var seed: UInt64
        package var journal: JournalKind
        package var isLogging: Bool
        /// A bug that is to be found; `nil` is none.
        package var plant: Plant?

        package init(seed: UInt64, journal: JournalKind = .memory, isLogging: Bool = false, plant: Plant? = nil) {
            self.seed = seed
            self.journal = journal
            self.isLogging = isLogging
            self.plant = plant
        }
    }

    /// What keeps the tasks.
    package enum JournalKind: String, Hashable, Sendable, CaseIterable {
        case memory
        /// The real one: every history is the same with it, and takes much longer.
        case sqlite
    }

    /// So many things happen while agents, people and machine do as they like.
    private static let wildSteps = 80
    /// So many at most, once all is well, until every task is done.
    private static let goodSteps = 2000

    package static func play(_ options: Options) async throws -> History {
        var simulation = try await Simulation(options)
        var steps = 0
        while steps < wildSteps, simulation.oracle.violations.isEmpty {
            try await simulation.step()
            steps += 1
        }
        simulation.agent.isGood = true
        simulation.note("from now on all is well")
        while steps < wildSteps + goodSteps, simulation.oracle.violations.isEmpty {
            if try await simulation.isAllOver() { break }
            try await simulation.step()
            steps += 1
        }
        if simulation.oracle.violations.isEmpty, try await !simulation.isAllOver() {
            simulation.oracle.violate("a task does not come to its end")
        }
        return History(
            seed: options.seed,
            violation: simulation.oracle.violations.first,
            log: simulation.log,
            steps: steps
        )
    }
}

extension Simulation {
    /// Whether every task is done, or has used all that the machine allows.
    fileprivate func isAllOver() async throws -> Bool {
        for task in tasks {
            guard let row = try await journal.task(task.id) else { return false }
            guard row.status == .done || row.iterations >= 50 && !row.status.isActive else { return false }
        }
        return true
    }
}
