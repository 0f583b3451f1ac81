import Commands
import Synchronization

/// Keeps what a command writes, and plays a terminal where it is told to.
final class MemorySink: OutputSink {
    private struct State {
        var writes: [[UInt8]] = []
        var size: TerminalSize?
    }

    private let state: Mutex<State>

    init(terminal: TerminalSize? = nil) {
        state = Mutex(State(size: terminal))
    }

    func write(_ bytes: [UInt8]) { state.withLock { $0.writes.append(bytes) } }
    func terminalSize() -> TerminalSize? { state.withLock(\.size) }
    func resize(to size: TerminalSize) { state.withLock { $0.size = size } }

    var bytes: [UInt8] { state.withLock { $0.writes.flatMap { $0 } } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n").map(String.init) }
    var writeCount: Int { state.withLock(\.writes.count) }
}
