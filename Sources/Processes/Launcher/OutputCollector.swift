import CLinux
import Glibc

/// Reads one stream of a command into memory, and beyond the cap only to keep the command from blocking.
///
/// Unchecked: only touched on the loop's thread. It must be closed.
final class OutputCollector: @unchecked Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var isTruncated = false

    private var watch: Watch?
    private let cap: Int
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    /// Calls `closed` when nobody holds the other end of `pipe` any more.
    init(
        reading pipe: consuming Descriptor,
        cap: Int,
        on loop: EventLoop,
        closed: @escaping @Sendable () -> Void
    ) throws(ProcessError) {
        self.cap = cap
        cs_set_nonblocking(pipe.number)
        watch = try loop.watch(pipe) { [weak self] in
            if self?.readOnce() == .end { closed() }
        }
    }

    deinit { buffer.deallocate() }

    /// Whether everything was read, to the end of the stream.
    var isClosed: Bool { watch?.isCancelled != false }

    /// Takes what is in the pipe now and closes it, whoever may still hold the other end.
    func close() {
        // A pipe holds 1 MiB at most; a writer that never stops must not hold this up.
        for _ in 0..<16 where !isClosed {
            guard readOnce() == .some else { break }
        }
        watch?.cancel()
    }

    private enum Progress {
        case some
        case none
        case end
    }

    private func readOnce() -> Progress {
        guard let watch, !watch.isCancelled else { return .none }
        let count = read(watch.descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else {
            if count < 0, errno == EINTR || errno == EAGAIN { return .none }
            watch.cancel()
            return .end
        }
        let room = min(count, cap - bytes.count)
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<room]))
        if room < count { isTruncated = true }
        return .some
    }
}
