/// Time since a start, on any clock.
struct Stopwatch: Sendable {
    private let measure: @Sendable () -> Duration
    private let wait: @Sendable (Duration) async throws -> Void

    /// `since` is how long ago the start was.
    init(_ clock: any Clock<Duration>, since: Duration = .zero) {
        self = Stopwatch.opened(clock, since: since)
    }

    private init(measure: @escaping @Sendable () -> Duration, wait: @escaping @Sendable (Duration) async throws -> Void)
    {
        self.measure = measure
        self.wait = wait
    }

    private static func opened<C: Clock<Duration>>(_ clock: C, since: Duration) -> Stopwatch {
        let start = clock.now.advanced(by: .zero - since)
        return Stopwatch(
            measure: { start.duration(to: clock.now) },
            wait: { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
        )
    }

    var elapsed: Duration { measure() }

    /// Returns false when the calling task was cancelled meanwhile.
    func sleep(until offset: Duration) async -> Bool {
        do {
            try await wait(offset)
            return true
        } catch {
            return false
        }
    }
}
