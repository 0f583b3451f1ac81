/// Many histories, several at a time.
package struct Campaign: Sendable {
    package var seeds: ClosedRange<UInt64>
    package var plant: Plant?
    /// How many histories are played at a time.
    package var workers: Int
    /// Whether another history may begin.
    package var mayGoOn: @Sendable () -> Bool = { true }
    /// One seed in so many is played on the real journal.
    package static let realShare: UInt64 = 20

    package init(seeds: ClosedRange<UInt64>, plant: Plant? = nil, workers: Int) {
        self.seeds = seeds
        self.plant = plant
        self.workers = workers
    }

    /// What came of it.
    package struct Outcome: Hashable, Sendable {
        package var histories = 0
        package var steps = 0
        /// The lowest seed with a violation among those that were played, step by step; `nil` where there is none.
        package var failure: History?
    }

    /// Plays the seeds in their order, and begins none after a violation.
    ///
    /// What fails is played again with its log: it must fail again, and in the same way.
    package func run() async throws -> Outcome {
        var outcome = Outcome()
        var failed: [History] = []
        try await withThrowingTaskGroup(of: History.self) { group in
            var next = seeds.makeIterator()
            for seed in (0..<workers).compactMap({ _ in next.next() }) { group.addTask { try await play(seed) } }
            while let history = try await group.next() {
                outcome.histories += 1
                outcome.steps += history.steps
                if history.violation != nil { failed.append(history) }
                if failed.isEmpty, mayGoOn(), let seed = next.next() { group.addTask { try await play(seed) } }
            }
        }
        guard let first = failed.min(by: { $0.seed < $1.seed }) else { return outcome }
        var again = try await play(first.seed, isLogging: true)
        if again.violation != first.violation {
            again.violation = "\(first.violation ?? ""); played again: \(again.violation ?? "nothing")"
        }
        outcome.failure = again
        return outcome
    }

    package func play(_ seed: UInt64, isLogging: Bool = false) async throws -> History {
        let journal: History.JournalKind = seed.isMultiple(of: Self.realShare) ? .sqlite : .memory
        return try await History.play(
            History.Options(seed: seed, journal: journal, isLogging: isLogging, plant: plant)
        )
    }
}
