import CSystem
import Dispatch
import Glibc

/// Reads one stream of a command into memory, and beyond the cap only to keep the command from blocking.
///
/// Unchecked: only touched on the queue that it was given.
final class OutputCollector: @unchecked Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var isTruncated = false
    private(set) var isClosed = false

    private let descriptor: Int32
    private let source: any DispatchSourceRead
    private let cap: Int
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    /// Calls `closed` on `queue` when nobody holds the other end of `pipe` any more.
    init(
        reading pipe: consuming Descriptor,
        cap: Int,
        on queue: DispatchQueue,
        closed: @escaping @Sendable () -> Void
    ) {
        let descriptor = pipe.release()
        self.descriptor = descriptor
        self.cap = cap
        cs_set_nonblocking(descriptor)
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setCancelHandler { Glibc.close(descriptor) }
        source.setEventHandler { [weak self] in
            guard let self, !isClosed else { return }
            if readOnce() == .end { closed() }
        }
        source.resume()
    }

    deinit { buffer.deallocate() }

    /// Takes what is in the pipe now and closes it, whoever may still hold the other end.
    func close() {
        // A pipe holds 1 MiB at most; a writer that never stops must not hold this up.
        for _ in 0..<16 where !isClosed {
            guard readOnce() == .some else { break }
        }
        isClosed = true
        source.cancel()
    }

    private enum Progress { case some, none, end }

    private func readOnce() -> Progress {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else {
            if count < 0, errno == EINTR || errno == EAGAIN { return .none }
            isClosed = true
            source.cancel()
            return .end
        }
        let room = min(count, cap - bytes.count)
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<room]))
        if room < count { isTruncated = true }
        return .some
    }
}
