import CSystem
import Dispatch
import Glibc

/// A timer on the boot-time clock: it goes on while the machine is suspended.
///
/// Unchecked: after `init` it is only touched on the queue that it was given, and its owner keeps to that.
final class OneShotTimer: @unchecked Sendable {
    private let timer: Int32
    private let source: any DispatchSourceRead

    /// Calls `body` on `queue` each time it fires after being armed.
    init(on queue: DispatchQueue, _ body: @escaping @Sendable () -> Void) throws(ProcessError) {
        let timer = try Descriptor(adopting: cs_timer_open(), "timerfd_create", "a new timer").release()
        self.timer = timer
        source = DispatchSource.makeReadSource(fileDescriptor: timer, queue: queue)
        source.setEventHandler {
            var expirations: UInt64 = 0
            if read(timer, &expirations, MemoryLayout.size(ofValue: expirations)) > 0 { body() }
        }
        source.setCancelHandler { close(timer) }
        source.resume()
    }

    /// Fires once after `delay`; an earlier delay is forgotten.
    func arm(_ delay: Duration) {
        cs_timer_arm(timer, delay.wholeNanoseconds)
    }

    /// Ends the timer for good.
    func cancel() {
        source.cancel()
    }
}

extension Duration {
    /// Not below zero, and at most what a timer takes.
    fileprivate var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 1 << 32)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }

    /// Not below zero.
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return max(0, seconds.clamped(to: 1 << 40) * 1000 + attoseconds / 1_000_000_000_000_000)
    }
}

extension Int64 {
    fileprivate func clamped(to limit: Int64) -> Int64 { Swift.min(Swift.max(self, -limit), limit) }
}
