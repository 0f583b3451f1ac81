import Agents
import Processes
import Synchronization

/// The way to the input of an agent's program while it works.
final class AgentLine: Sendable {
    private let state: TurnState
    private let input: InputPipe?
    /// What the reader gives out is handed over in its order.
    private let order = Mutex(())

    private let watch: Stopwatch
    /// Called where a program was asked over its input to end its work.
    private let isEnding: @Sendable () -> Void

    init(state: TurnState, input: InputPipe?, watch: Stopwatch, isEnding: @escaping @Sendable () -> Void) {
        self.watch = watch
        self.isEnding = isEnding
        self.state = state
        self.input = input
    }

    /// Tells the program something; returns false where it cannot be told that, or not any more.
    ///
    /// True does not mean that the agent has it.
    func tell(_ word: AgentWord) -> Bool {
        guard input != nil, state.hear(word, at: watch.elapsed) else { return false }
        pass()
        return true
    }

    /// Lets the program be ended that was told to end its work, and does not.
    func endSoon() { isEnding() }

    /// Hands over what the reader wants the program to read.
    func pass() {
        guard let input else { return }
        order.withLock { _ in
            let next = state.takeInput()
            if !next.bytes.isEmpty { input.write(next.bytes) }
            if next.isLast { input.close() }
        }
    }
}
