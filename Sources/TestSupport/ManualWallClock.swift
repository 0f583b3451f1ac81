package import Domain
import Synchronization

/// Wall-clock time that a test chooses.
package final class ManualWallClock: WallClock, Sendable {
    private let time: Mutex<Timestamp>

    package init(_ time: Timestamp = Timestamp(millisecondsSince1970: 1_772_000_000_000)) {
        self.time = Mutex(time)
    }

    package func now() -> Timestamp { time.withLock { $0 } }

    package func set(_ newTime: Timestamp) { time.withLock { $0 = newTime } }
}
