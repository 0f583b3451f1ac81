import Processes
import Synchronization

/// The handle by which a person's wish to stop reaches whatever process of the task is running now.
///
/// A wish that comes while nothing runs is kept: the next process to start is told at once.
final class ProcessControl: Sendable {
    private struct State {
        var process: SupervisedProcess?
        var wish: StopRequest?
        var listener: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Whether a person asked for the end since the control was made.
    var isStopping: Bool { state.withLock { $0.wish != nil } }

    /// Calls `listener` at each wish to stop from now on, and at once where there was one before.
    func onStop(_ listener: @escaping @Sendable () -> Void) {
        let isStopping = state.withLock { state in
            state.listener = listener
            return state.wish != nil
        }
        if isStopping { listener() }
    }

    func attach(_ process: SupervisedProcess) {
        let wish = state.withLock { state in
            state.process = process
            return state.wish
        }
        if let wish { pass(wish, to: process) }
    }

    func detach() {
        state.withLock { $0.process = nil }
    }

    func stop(_ wish: StopRequest) {
        let (process, listener) = state.withLock { state in
            if state.wish != .forced { state.wish = wish }
            return (state.process, state.listener)
        }
        if let process { pass(wish, to: process) }
        listener?()
    }

    private func pass(_ wish: StopRequest, to process: SupervisedProcess) {
        switch wish {
        case .gentle: process.interrupt()
        case .forced: process.kill()
        }
    }
}
