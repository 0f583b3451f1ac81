import Simulation
import Testing

/// Many histories of a makima whose agents, people, clock and disk chance decides; docs/SIMULATION.md tells of them.
struct SimulationTests {
    @Test func nothingIsLostCountedTwiceOrLeftOpen() async throws {
        let outcome = try await Campaign(seeds: 1...20, workers: 2).run()
        let failure = outcome.failure
        #expect(failure == nil, "\(failure?.log.suffix(40).joined(separator: "\n") ?? "")")
        #expect(outcome.histories == 20)
    }

    @Test func aSeedDoesTheSameAgain() async throws {
        for seed in 1...3 as ClosedRange<UInt64> {
            let first = try await History.play(History.Options(seed: seed, isLogging: true))
            let second = try await History.play(History.Options(seed: seed, isLogging: true))
            #expect(first == second)
            #expect(first.log.count > 80)
        }
    }

    /// What the two journals answer decides what happens: a history in which they differ takes another way.
    @Test(arguments: [1, 2, 3, 4, 5]) func theJournalInMemoryIsLikeTheRealOne(_ seed: UInt64) async throws {
        let inMemory = try await History.play(History.Options(seed: seed, journal: .memory, isLogging: true))
        let real = try await History.play(History.Options(seed: seed, journal: .sqlite, isLogging: true))
        #expect(inMemory == real)
    }

    @Test(arguments: Plant.allCases) func findsABugThatIsPlanted(_ plant: Plant) async throws {
        let outcome = try await Campaign(seeds: 1...100, plant: plant, workers: 2).run()
        let failure = try #require(outcome.failure)
        // Found by its seed alone, and step by step.
        let again = try await Campaign(seeds: 1...1, plant: plant, workers: 1).play(failure.seed, isLogging: true)
        #expect(again == failure)
        #expect(again.violation != nil && !again.log.isEmpty)
    }
}
