import Glibc

/// Standard output or standard error of this process.
///
/// The process must ignore SIGPIPE: a reader that went away may not end a run.
package struct FileSink: OutputSink {
    private let descriptor: Int32
    /// The size of a terminal that does not know its own.
    private var assumedSize = TerminalSize.assumed(by: [:])

    package static let standardOutput = FileSink(descriptor: STDOUT_FILENO)
    package static let standardError = FileSink(descriptor: STDERR_FILENO)

    package init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The same, with the size that a terminal has which does not know its own.
    package func assuming(_ size: TerminalSize) -> FileSink {
        var sink = self
        sink.assumedSize = size
        return sink
    }

    package func write(_ bytes: [UInt8]) {
        var done = 0
        while done < bytes.count {
            let result = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if result >= 0 {
                done += result
            } else if errno == EAGAIN {
                // A terminal that another program made non-blocking; it takes more when it has drawn.
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&request, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }

    package func terminalSize() -> TerminalSize? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return assumedSize
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }
}
