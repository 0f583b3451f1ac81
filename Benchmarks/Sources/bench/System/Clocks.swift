import Glibc

/// The clocks that are read here, in seconds.
enum Clocks {
    /// For the length of what happens in this process.
    static func monotonic() -> Double { read(CLOCK_MONOTONIC) }

    /// For moments that agents print as well: a shell knows no other clock without starting a program.
    static func wall() -> Double { read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func pause(milliseconds: Int) {
        var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        nanosleep(&time, nil)
    }
}
