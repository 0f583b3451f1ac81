import CLinux
import Glibc

/// A timer on the boot-time clock: it goes on while the machine is suspended.
///
/// Unchecked: only touched on the loop's thread. It must be cancelled.
final class OneShotTimer: @unchecked Sendable {
    private let watch: Watch

    /// Calls `body` on the loop's thread each time it fires after being armed.
    init(on loop: EventLoop, _ body: @escaping @Sendable () -> Void) throws(ProcessError) {
        let timer = try Descriptor(adopting: cs_timer_open(), "timerfd_create", "a new timer")
        let number = timer.number
        watch = try loop.watch(timer) {
            var expirations: UInt64 = 0
            if read(number, &expirations, MemoryLayout.size(ofValue: expirations)) > 0 { body() }
        }
    }

    /// Fires once after `delay`; an earlier delay is forgotten.
    func arm(_ delay: Duration) {
        cs_timer_arm(watch.descriptor, delay.wholeNanoseconds)
    }

    /// Ends the timer for good.
    func cancel() {
        watch.cancel()
    }
}

extension Duration {
    /// Not below zero, and at most what a timer takes.
    fileprivate var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 1 << 32)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// Not below zero, and at most what fits.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return min(seconds, 1 << 40) * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
