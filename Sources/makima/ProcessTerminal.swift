import Commands
import Dispatch
import Glibc
import Synchronization

/// The terminal behind standard input of this process.
struct ProcessTerminal: ScreenTerminal {
    func takeOver() -> (any TakenTerminal)? {
        var modes = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &modes) == 0 else { return nil }
        return RawTerminal(modes)
    }
}

/// Reads keys as they are pressed.
private final class RawTerminal: TakenTerminal {
    let input: AsyncStream<TerminalInput>
    private let continuation: AsyncStream<TerminalInput>.Continuation
    /// How it was; `nil` once it is so again.
    private let original: Mutex<termios?>
    // Made here, armed once and cancelled once; a dispatch source may be used from anywhere.
    private nonisolated(unsafe) let keys = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO)
    // As the other.
    private nonisolated(unsafe) let resizes = DispatchSource.makeSignalSource(signal: SIGWINCH)

    init(_ modes: termios) {
        (input, continuation) = AsyncStream.makeStream()
        original = Mutex(modes)
        var raw = modes
        cfmakeraw(&raw)
        // What somebody else prints meanwhile is not to be drawn as a staircase.
        raw.c_oflag = modes.c_oflag
        _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
        let (continuation, keys) = (continuation, keys)
        keys.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            if count > 0 {
                continuation.yield(.bytes(Array(bytes[..<count])))
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                continuation.yield(.closed)
                keys.cancel()
            }
        }
        resizes.setEventHandler { continuation.yield(.resized) }
        keys.resume()
        resizes.resume()
    }

    func giveBack() {
        original.withLock { modes in
            guard var before = modes else { return }
            modes = nil
            keys.cancel()
            resizes.cancel()
            _ = tcsetattr(STDIN_FILENO, TCSADRAIN, &before)
            continuation.finish()
        }
    }
}
