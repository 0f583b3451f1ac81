import Domain
import LoopCore

/// A wait that the machine asked for, with the jitter that spreads the waits of many tasks.
struct Pause: Sendable {
    /// When it ends, for people.
    let end: Timestamp
    private let surroundings: Surroundings

    init(_ delay: WaitDelay, surroundings: Surroundings) {
        self.surroundings = surroundings
        let now = surroundings.wallClock.now()
        let jitter = surroundings.jitter()
        switch delay {
        case .until(let time, let least):
            end = max(time, now + least) + .seconds(60) * jitter
        case .backoff(let duration):
            end = now + duration + duration * (0.25 * jitter)
        }
    }

    /// Returns when the time has come, by the wall clock: a machine that slept, or a clock that was set, does no harm.
    ///
    /// Returns false when the calling task was cancelled.
    func elapse() async -> Bool {
        while true {
            let left = end - surroundings.wallClock.now()
            guard left > .zero else { return true }
            guard await Stopwatch(surroundings.clock).sleep(until: min(left, .seconds(60))) else { return false }
        }
    }
}
