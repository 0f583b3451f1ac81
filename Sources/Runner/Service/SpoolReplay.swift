import Agents
import Glibc

/// Reads a spool that nobody writes any more.
enum SpoolReplay {
    /// Feeds the whole file to `reader`.
    ///
    /// A file that is missing was never begun: that is no output.
    static func feed(_ path: String, to reader: inout any AgentOutputReader) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            _ = buffer[..<count].withUnsafeBytes { reader.consume($0) }
        }
        _ = reader.finish()
    }
}
