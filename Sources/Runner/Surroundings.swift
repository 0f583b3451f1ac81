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
    /// Something that nobody guesses: lower-case letters and digits, at least 128 bits of chance.
    package var token: @Sendable () -> String

    package init(
        clock: any Clock<Duration>,
        wallClock: any WallClock,
        jitter: @escaping @Sendable () -> Double,
        token: @escaping @Sendable () -> String
    ) {
        self.token = token
        self.clock = clock
        self.wallClock = wallClock
        self.jitter = jitter
    }
}
