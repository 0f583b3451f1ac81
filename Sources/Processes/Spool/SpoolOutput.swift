/// Some bytes that a supervised process wrote.
package struct SpoolChunk: Hashable, Sendable {
    /// Which of its two streams.
    package enum Stream: Hashable, Sendable {
        case output
        case errorOutput
    }

    package var stream: Stream
    /// At most 1 MiB, cut anywhere.
    package var bytes: [UInt8]

    package init(stream: Stream, bytes: [UInt8]) {
        self.stream = stream
        self.bytes = bytes
    }
}

/// What a supervised process writes, from its first byte to its last.
///
/// Nothing is read before it is asked for, however much was written. The sequence ends when the process and everything it
/// started have ended and all is read; in a cancelled task it throws `CancellationError`. It can be read more than once.
/// Each stream is in order; between the two there is none. Whoever holds the sequence or an iterator holds the process.
package struct SpoolOutput: AsyncSequence, Sendable {
    let spool: Spool
    /// What still writes; `nil` when the files are complete.
    let source: Source?

    struct Source: Sendable {
        /// Held so that it is not ended while it is read.
        let process: SupervisedProcess
        let ended: Completion<ExitStatus>
        let loop: EventLoop
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        private let tail: SpoolTail

        fileprivate init(_ tail: SpoolTail) {
            self.tail = tail
        }

        package mutating func next() async throws -> SpoolChunk? {
            try await tail.next()
        }
    }

    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(SpoolTail(spool, source))
    }
}
