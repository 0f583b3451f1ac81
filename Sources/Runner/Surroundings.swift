package import Domain

/// What everything needs and nothing may fetch by itself: time and identity.
package struct Surroundings: Sendable {
    /// Measures and waits. Counts while the machine sleeps.
    package var clock: any Clock<Duration>
    package var wallClock: any WallClock
    package var makeID: @Sendable () -> TaskID
    /// A factor between 0 and 1 that spreads waits, so that many do not wake at once.
    package var jitter: @Sendable () -> Double

    package init(
        clock: any Clock<Duration>, wallClock: any WallClock, makeID: @escaping @Sendable () -> TaskID,
        jitter: @escaping @Sendable () -> Double
    ) {
        self.clock = clock
        self.wallClock = wallClock
        self.makeID = makeID
        self.jitter = jitter
    }
}
