import Commands
import Synchronization

/// A terminal whose keys the test presses.
final class FakeTerminal: ScreenTerminal, TakenTerminal {
    let input: AsyncStream<TerminalInput>
    private let continuation: AsyncStream<TerminalInput>.Continuation
    private let state = Mutex((isThere: true, isTaken: false, returns: 0))

    init() {
        (input, continuation) = AsyncStream.makeStream()
    }

    var isTaken: Bool { state.withLock(\.isTaken) }
    var returns: Int { state.withLock(\.returns) }

    /// Standard input is none from now on.
    func remove() { state.withLock { $0.isThere = false } }

    func press(_ text: String) { continuation.yield(.bytes(Array(text.utf8))) }
    func send(_ part: TerminalInput) { continuation.yield(part) }

    func takeOver() -> (any TakenTerminal)? {
        state.withLock { state in
            guard state.isThere else { return nil }
            state.isTaken = true
            return self
        }
    }

    func giveBack() {
        state.withLock { state in
            state.isTaken = false
            state.returns += 1
        }
        continuation.finish()
    }
}
