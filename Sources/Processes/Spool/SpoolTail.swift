import CLinux
import Dispatch
import Glibc

/// Reads the two output files of a spool while they grow.
///
/// inotify tells that there is more; its descriptor is only watched while somebody waits, so that a slow reader costs
/// nothing. Unchecked: everything is only touched on `queue`.
final class SpoolTail: @unchecked Sendable {
    private static let chunkSize = 1 << 20

    private let spool: Spool
    private let source: SpoolOutput.Source?
    private let queue = DispatchQueue(label: "makima.spool")
    private var streams: [SpoolStream]?
    private var changes: ChangeWatch?
    private var waiting: CheckedContinuation<SpoolChunk?, any Error>?
    private var hasEnded: Bool
    private var isCancelled = false

    init(_ spool: Spool, _ source: SpoolOutput.Source?) {
        self.spool = spool
        self.source = source
        hasEnded = source == nil
        source?.ended
            .observe { [weak self] _ in
                guard let self else { return }
                queue.async { [self] in
                    hasEnded = true
                    proceed()
                }
            }
    }

    /// Returns the next bytes, `nil` at the end.
    ///
    /// Only one caller at a time.
    func next() async throws -> SpoolChunk? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { [self] in
                    waiting = continuation
                    proceed()
                }
            }
        } onCancel: {
            queue.async { [self] in
                isCancelled = true
                proceed()
            }
        }
    }

    private func proceed() {
        guard let waiting else { return }
        // Before reading: what was written until the end is then seen by this very reading.
        let isComplete = hasEnded
        let result = Result { () throws -> SpoolChunk? in
            if isCancelled { throw CancellationError() }
            return try readChunk()
        }
        if case .success(nil) = result, !isComplete {
            changes?.resume()
            return
        }
        self.waiting = nil
        waiting.resume(with: result)
    }

    private func changed() {
        queue.async { [self] in proceed() }
    }

    private func readChunk() throws(ProcessError) -> SpoolChunk? {
        let streams = try opened()
        for (index, stream) in streams.enumerated() {
            guard let bytes = try stream.read(atMost: Self.chunkSize) else { continue }
            // The other stream comes first next time, so that neither starves.
            if index == 0 { self.streams?.reverse() }
            return SpoolChunk(stream: stream.name, bytes: bytes)
        }
        return nil
    }

    private func opened() throws(ProcessError) -> [SpoolStream] {
        if let streams { return streams }
        let streams = [
            try SpoolStream(.output, spool.outputPath), try SpoolStream(.errorOutput, spool.errorOutputPath),
        ]
        if let source, !hasEnded {
            changes = try ChangeWatch(of: [spool.outputPath, spool.errorOutputPath], on: source.loop) { [weak self] in
                self?.changed()
            }
        }
        self.streams = streams
        return streams
    }
}

/// One growing file.
private final class SpoolStream {
    let name: SpoolChunk.Stream
    private let path: String
    private let file: Descriptor
    private var offset = 0

    init(_ name: SpoolChunk.Stream, _ path: String) throws(ProcessError) {
        self.name = name
        self.path = path
        file = try Descriptor.reading(path)
    }

    /// Returns the next bytes, `nil` when there are none yet.
    func read(atMost limit: Int) throws(ProcessError) -> [UInt8]? {
        var status = stat()
        guard fstat(file.number, &status) == 0 else { throw failure("fstat") }
        // The process can cut its own file short; then there is nothing new.
        let size = min(Int(status.st_size) - offset, limit)
        guard size > 0 else { return nil }
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            count = pread(file.number, buffer.baseAddress, size, off_t(offset))
            initialized = max(0, count)
        }
        guard count >= 0 || errno == EINTR else { throw failure("pread") }
        offset += bytes.count
        return bytes.isEmpty ? nil : bytes
    }

    private func failure(_ call: String) -> ProcessError {
        .systemCallFailed(call, subject: path, errno: errno)
    }
}
