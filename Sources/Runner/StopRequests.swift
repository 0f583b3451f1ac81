package import Domain
import Synchronization

/// How insistently a person asks for the end of a run.
package enum StopRequest: Hashable, Sendable, CaseIterable {
    /// Interrupt the agent, let it end, keep everything.
    case gentle
    /// The same, of somebody who means to go on.
    case pause
    /// Kill what is left of it now.
    case forced
}

/// A wish that a run has heard.
package struct StopWish: Hashable, Sendable {
    package var request: StopRequest
    /// Since when it is known.
    package var at: Timestamp

    package init(request: StopRequest, at: Timestamp) {
        self.request = request
        self.at = at
    }
}

/// What came of a wish to stop a task.
package enum StopAnswer: Hashable, Sendable {
    /// Nothing runs it.
    case notRunning
    /// Whoever runs it was asked.
    case asked
    /// Whoever runs it is at that already, and was not asked again.
    case askedBefore(StopWish)

    /// Whether somebody runs it, or did until it was stopped.
    package var wasRunning: Bool { self != .notRunning }
}

/// Carries a person's wish to stop into a run: the first is gentle, unless it says otherwise, and the second is forced.
package final class StopRequests: Sendable {
    package let stream: AsyncStream<StopRequest>
    private let continuation: AsyncStream<StopRequest>.Continuation
    private let count = Mutex(0)

    package init() {
        (stream, continuation) = AsyncStream.makeStream()
    }

    /// Asks once more.
    ///
    /// Safe to call at any time and from any thread.
    package func request() { ask(.gentle) }

    /// The same, where it is the first wish, as one to pause.
    package func requestPause() { ask(.pause) }

    /// Asks for the end now, whatever was asked before.
    package func requestForced() { ask(.forced) }

    private func ask(_ first: StopRequest) {
        let number = count.withLock { count in
            count += 1
            return count
        }
        continuation.yield(number == 1 ? first : .forced)
    }

    /// Ends the stream, so that whoever listens to it ends too.
    package func finish() {
        continuation.finish()
    }
}
