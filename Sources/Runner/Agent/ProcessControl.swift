import Domain
import Processes
import Synchronization

/// The handle by which a person's wish to stop reaches whatever process of the task is running now.
///
/// A wish that comes while nothing runs is kept: the next process to start is told at once.
final class ProcessControl: Sendable {
    private struct State {
        var process: SupervisedProcess?
        var interrupt: (@Sendable () -> Void)?
        var wish: StopRequest?
        /// Which says why the run stops, however insistent the later ones are.
        var first: StopRequest?
        var listener: (@Sendable (StopRequest) -> Void)?
    }

    private let state = Mutex(State())

    /// Whether a person asked for the end since the control was made.
    var isStopping: Bool { state.withLock { $0.wish != nil } }

    /// Why the run stops, where a person wants that.
    var stopReason: Reason? { state.withLock(\.first)?.reason }

    /// Calls `listener` with the first wish at each wish to stop from now on, and at once where there was one before.
    func onStop(_ listener: @escaping @Sendable (StopRequest) -> Void) {
        let first = state.withLock { state in
            state.listener = listener
            return state.first
        }
        if let first { listener(first) }
    }

    /// Lets wishes reach `process`; a gentle one by `interrupt`, where that is given.
    func attach(_ process: SupervisedProcess, askingFirst interrupt: (@Sendable () -> Void)? = nil) {
        let wish = state.withLock { state in
            state.process = process
            state.interrupt = interrupt
            return state.wish
        }
        if let wish { pass(wish, to: process, interrupt) }
    }

    func detach() {
        state.withLock { state in
            state.process = nil
            state.interrupt = nil
        }
    }

    /// Ends what runs now, where something does, without anybody's wish to stop.
    func endProcess() { state.withLock { $0.process }?.interrupt() }

    func stop(_ wish: StopRequest) {
        let (process, interrupt, listener, first) = state.withLock { state in
            let first = state.first ?? wish
            state.first = first
            if state.wish != .forced { state.wish = wish }
            return (state.process, state.interrupt, state.listener, first)
        }
        if let process { pass(wish, to: process, interrupt) }
        listener?(first)
    }

    private func pass(_ wish: StopRequest, to process: SupervisedProcess, _ interrupt: (@Sendable () -> Void)?) {
        switch wish {
        case .gentle, .pause: if let interrupt { interrupt() } else { process.interrupt() }
        case .forced: process.kill()
        }
    }
}

extension StopRequest {
    fileprivate var reason: Reason { self == .pause ? .paused : .interrupted(.person) }
}
