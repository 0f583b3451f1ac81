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

    init(state: TurnState, input: InputPipe?, watch: Stopwatch) {
        self.watch = watch
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
