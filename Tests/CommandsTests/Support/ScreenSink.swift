import Commands
import Synchronization

/// A terminal that a whole screen is drawn on, and that a test can wait for.
final class ScreenSink: OutputSink {
    private struct State {
        var size: TerminalSize
        var screen: VirtualScreen
        var waiting: [(isMet: @Sendable (VirtualScreen) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state: Mutex<State>

    init(_ size: TerminalSize) {
        state = Mutex(State(size: size, screen: VirtualScreen(size: size)))
    }

    var screen: VirtualScreen { state.withLock(\.screen) }

    func write(_ bytes: [UInt8]) {
        let met = state.withLock { state in
            state.screen.draw(bytes)
            let met = state.waiting.filter { $0.isMet(state.screen) }
            state.waiting.removeAll { $0.isMet(state.screen) }
            return met
        }
        for waiter in met { waiter.continuation.resume() }
    }

    func terminalSize() -> TerminalSize? { state.withLock(\.size) }

    func resize(to size: TerminalSize) {
        state.withLock { state in
            state.size = size
            state.screen = VirtualScreen(size: size)
        }
    }

    /// Returns as soon as the screen shows all of `texts`.
    func until(_ texts: String...) async {
        await until { screen in texts.allSatisfy { screen.text.contains($0) } }
    }

    func until(_ isMet: @escaping @Sendable (VirtualScreen) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMetNow = state.withLock { state in
                if isMet(state.screen) { return true }
                state.waiting.append((isMet, continuation))
                return false
            }
            if isMetNow { continuation.resume() }
        }
    }
}
