import Agents
import Processes
import Synchronization

/// The way to the input of an agent's program while it works.
final class AgentLine: Sendable {
    private let state: TurnState
    private let input: InputFile?
    /// What the reader gives out is handed over in its order; what a former makima wrote is not written again.
    private let written: Mutex<WrittenInput>

    private let watch: Stopwatch
    /// Called where a program was asked over its input to end its work.
    private let isEnding: @Sendable () -> Void

    /// `written` is what the program was given before.
    init(
        state: TurnState,
        input: InputFile?,
        written: [UInt8] = [],
        watch: Stopwatch,
        isEnding: @escaping @Sendable () -> Void
    ) {
        self.watch = watch
        self.isEnding = isEnding
        self.state = state
        self.input = input
        self.written = Mutex(WrittenInput(written))
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
        written.withLock { written in
            let next = state.takeInput()
            let bytes = next.bytes.isEmpty ? [] : written.missing(of: next.bytes)
            do throws(ProcessError) {
                if !bytes.isEmpty { try input.write(bytes) }
                if next.isLast { input.close() }
            } catch {
                state.noteLostInput(error)
                isEnding()
            }
        }
    }
}
