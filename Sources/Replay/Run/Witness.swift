import Domain
import Runner
import Synchronization

/// Looks on while a task runs, and lets the time pass at once where the loop waits.
final class Witness: RunObserver {
    struct Wait: Hashable, Sendable {
        var cause: WaitCause
        var begin: Timestamp
        var end: Timestamp

        var length: Duration { end - begin }
    }

    private let clock: ReplayClock
    private let seen = Mutex<[Wait]>([])

    init(clock: ReplayClock) {
        self.clock = clock
    }

    var waits: [Wait] { seen.withLock { $0 } }

    func observe(_ event: RunEvent) {
        guard case .waiting(let wait) = event, wait.role == .waits else { return }
        seen.withLock { $0.append(Wait(cause: wait.cause, begin: clock.wallTime, end: wait.until)) }
        clock.skip(to: wait.until)
    }
}
