package import Domain

/// What everything needs and nothing may fetch by itself: time and chance.
package struct Surroundings: Sendable {
    /// Measures and waits.
    ///
    /// Counts while the machine sleeps.
    package var clock: any Clock<Duration>
    package var wallClock: any WallClock
    /// A factor between 0 and 1 that spreads waits, so that many do not wake at once.
    package var jitter: @Sendable () -> Double

    package init(
        clock: any Clock<Duration>,
        wallClock: any WallClock,
        jitter: @escaping @Sendable () -> Double
    ) {
        self.clock = clock
        self.wallClock = wallClock
        self.jitter = jitter
    }
}
