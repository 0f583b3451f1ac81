/// A way to the server: each connection carries frames in both directions.
package protocol DaemonTransport: Sendable {
    /// Connects, and calls `body` with the connection, which ends with it; throws where there is none, or it breaks.
    ///
    /// Nobody else looks whether that takes too long: it is to throw where the server does not answer in time, and soon after the calling
    /// task is cancelled.
    func connect(_ body: @Sendable (any DaemonConnection) async throws -> Void) async throws
}

/// One connection to the server; whoever waits in a call of it is let go by cancelling.
package protocol DaemonConnection: Sendable {
    /// Hands each frame that comes to `handle`, the next one when that has returned, until the connection is over.
    ///
    /// To be called once.
    func receive(_ handle: @Sendable ([UInt8]) async -> Void) async throws
    /// Returns when the frames are in the connection; waits where the server reads too slowly.
    func send(_ frames: [[UInt8]]) async throws
}
