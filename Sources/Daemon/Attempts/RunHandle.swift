import Domain
import Runner
import Synchronization

/// A run that is under way: how it is reached, and how its beginning is waited for.
final class RunHandle: Sendable {
    let held: HeldTask
    let live: LiveEvents
    let beginning: BeginningSignal
    private let state = Mutex(State())

    private struct State {
        var stops: StopRequests?
        /// What was asked first; `nil` while the run is to go on.
        var wish: StopRequest?
        var isForced = false
        var isAbandoned = false
        /// The daemon ends, and with it what runs.
        var isLast = false
    }

    /// `ring` is called where the tasks' journal may tell something new.
    init(_ held: HeldTask, wallClock: any WallClock, ring: @escaping @Sendable () -> Void) {
        let signal = BeginningSignal()
        self.held = held
        beginning = signal
        live = LiveEvents(wallClock: wallClock, ring: ring, began: { signal.note(.began) })
    }

    /// The requests that the next run hears; one that has been made already is made of it, too.
    func open() -> StopRequests {
        let stops = StopRequests()
        let (wish, isForced) = state.withLock { state in
            state.stops = stops
            return (state.wish, state.isForced)
        }
        if let wish { Self.ask(stops, wish) }
        if isForced, wish != .forced { stops.requestForced() }
        return stops
    }

    /// Lets the run end that is under way, and every later one of this handle.
    func stop(_ request: StopRequest) {
        let (stops, isNew) = state.withLock { state in
            let isNew = state.wish == nil
            if isNew { state.wish = request }
            state.isForced = state.isForced || request == .forced
            return (state.stops, isNew)
        }
        guard let stops else { return }
        // Whoever insists once more means what hangs since the first time.
        if isNew { Self.ask(stops, request) } else if request == .forced { stops.requestForced() }
    }

    private static func ask(_ stops: StopRequests, _ wish: StopRequest) {
        switch wish {
        case .gentle: stops.request()
        case .pause: stops.requestPause()
        case .forced: stops.requestForced()
        }
    }

    /// Kills what runs, and lets nothing follow: the attempt is not the daemon's any more, or may not be.
    func abandon() {
        state.withLock { $0.isAbandoned = true }
        stop(.forced)
    }

    var isAbandoned: Bool { state.withLock(\.isAbandoned) }

    /// Stops what runs, and lets nothing follow in this process.
    func leave(_ wish: StopRequest = .gentle) {
        state.withLock { $0.isLast = true }
        stop(wish)
    }

    /// Forgets that a run was to end: it has, and the next one is not to.
    func forgetStop() {
        state.withLock { state in
            guard !state.isAbandoned, !state.isLast else { return }
            state.wish = nil
            state.isForced = false
        }
    }
}

/// How the beginning of a run went.
enum Beginning: Sendable {
    case began
    case failed(any Error)
}

/// Waits for the beginning of a run.
final class BeginningSignal: Sendable {
    private struct State {
        var beginning: Beginning?
        var waiter: CheckedContinuation<Beginning, Never>?
    }

    private let state = Mutex(State())

    /// The first one holds.
    func note(_ beginning: Beginning) {
        let waiter = state.withLock { state in
            if state.beginning == nil { state.beginning = beginning }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: beginning)
    }

    /// Waits until the run has begun, or could not; one caller at a time.
    func value() async -> Beginning {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state in
                if state.beginning == nil { state.waiter = continuation }
                return state.beginning
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
