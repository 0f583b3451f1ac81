import Domain
import Runner
import Synchronization

/// Adds to what is told of a run that changes of the checkout are left out.
///
/// How many there are is found out while the run begins; that it began is told first.
final class ChangesNotice: RunObserver {
    private struct State {
        var hasBegun = false
        var pending: RunEvent?
    }

    private let observer: any RunObserver
    private let state = Mutex(State())

    init(_ observer: any RunObserver) {
        self.observer = observer
    }

    func observe(_ event: RunEvent) {
        observer.observe(event)
        guard case .began = event else { return }
        let pending = state.withLock { state in
            state.hasBegun = true
            return state.pending.take()
        }
        if let pending { observer.observe(pending) }
    }

    /// Tells of `changes`, unless there are none.
    func tell(_ changes: CheckoutChanges) {
        guard !changes.isEmpty else { return }
        let event = RunEvent.notice(.changesLeftOut(changes))
        let isNow = state.withLock { state in
            if !state.hasBegun { state.pending = event }
            return state.hasBegun
        }
        if isNow { observer.observe(event) }
    }
}
