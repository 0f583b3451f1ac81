import Domain
import Synchronization

/// A clock that runs as the machine's does, and skips the times in which the loop only waits.
final class ReplayClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.offset < rhs.offset }
    }

    private let real = ContinuousClock()
    private let origin: ContinuousClock.Instant
    private let begin: Timestamp
    private let skipped = Mutex(Duration.zero)

    /// - Parameter begin: the wall-clock time now.
    init(begin: Timestamp) {
        origin = real.now
        self.begin = begin
    }

    var now: Instant { Instant(offset: origin.duration(to: real.now) + skipped.withLock { $0 }) }
    var minimumResolution: Duration { real.minimumResolution }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await real.sleep(for: deadline.offset - now.offset, tolerance: tolerance)
    }

    /// Moves the time on to `time`.
    ///
    /// Who sleeps already is not woken: to be called before the sleep that it makes short.
    func skip(to time: Timestamp) {
        let left = time - wallTime
        guard left > .zero else { return }
        skipped.withLock { $0 += left + .milliseconds(1) }
    }

    var wallTime: Timestamp { begin + now.offset }
}

/// The wall clock that goes with it.
struct ReplayWallClock: WallClock {
    let clock: ReplayClock

    func now() -> Timestamp { clock.wallTime }
}
