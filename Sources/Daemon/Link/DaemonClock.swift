import Synchronization

/// Elapsed time since it was made, on any clock, and waiting by it.
package struct DaemonClock: Sendable {
    private let measure: @Sendable () -> Duration
    private let wait: @Sendable (Duration) async throws -> Void

    package init(_ clock: any Clock<Duration>) {
        self = DaemonClock.opened(clock)
    }

    private init(measure: @escaping @Sendable () -> Duration, wait: @escaping @Sendable (Duration) async throws -> Void)
    {
        self.measure = measure
        self.wait = wait
    }

    private static func opened<C: Clock<Duration>>(_ clock: C) -> DaemonClock {
        let start = clock.now
        return DaemonClock(
            measure: { start.duration(to: clock.now) },
            wait: { try await clock.sleep(until: clock.now.advanced(by: $0), tolerance: nil) }
        )
    }

    package var elapsed: Duration { measure() }

    /// Returns false when the calling task was cancelled meanwhile.
    package func sleep(for time: Duration) async -> Bool {
        guard time > .zero else { return !Task.isCancelled }
        do {
            try await wait(time)
            return true
        } catch {
            return false
        }
    }
}

/// Wakes one task that waits for news; news while nobody waits is kept.
final class Bell: Sendable {
    private struct State {
        var hasRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            state.hasRung = state.waiter == nil
            return state.waiter
        }
        waiter?.resume()
    }

    /// Returns at the next ring, or when the calling task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    if state.hasRung || Task.isCancelled {
                        state.hasRung = false
                        return true
                    }
                    state.waiter = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}
