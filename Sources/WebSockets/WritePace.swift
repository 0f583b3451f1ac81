package import NIOCore
import Synchronization

/// Keeps who writes from running ahead of the connection's loop.
///
/// NIO's writer learns that a connection cannot take more when the loop has looked at what was written before; until
/// then it takes everything.
package final class WritePace: Sendable {
    /// After so many bytes the loop is waited for.
    private static let step = 128 << 10

    private let loop: any EventLoop
    private let ahead = Mutex(0)

    package init(_ channel: any Channel) {
        loop = channel.eventLoop
    }

    /// Waits where, with these, too many bytes were written.
    package func keep(_ bytes: Int) async throws {
        let isDue = ahead.withLock { ahead in
            ahead += bytes
            guard ahead >= Self.step else { return false }
            ahead = 0
            return true
        }
        if isDue { try await loop.submit {}.get() }
    }
}
