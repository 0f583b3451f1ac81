extension Supervisor {
    /// Tells each time that the file at `path`, which must exist, was written to; several times may be told as one.
    ///
    /// The stream ends when nobody listens any more.
    package func changes(of path: String) throws(ProcessError) -> AsyncStream<Void> {
        let (stream, notices) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let handle = ChangeHandle()
        let watch = try ChangeWatch(of: [path], on: loop) {
            notices.yield()
            handle.watch?.resume()
        }
        handle.watch = watch
        watch.resume()
        notices.onTermination = { _ in loop.run { handle.watch = nil } }
        return stream
    }
}

/// Keeps a watch alive from inside what it calls.
///
/// Unchecked: written once before the watch begins, and then only touched on the loop's thread.
private final class ChangeHandle: @unchecked Sendable {
    var watch: ChangeWatch?
}
