import NIOCore
import Synchronization
import WebSockets

/// The connections of one listener, so that those can be cut off which do not end by themselves.
///
/// A connection whose other end reads nothing has answers to be sent for as long as that end lives.
package final class OpenConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isOver = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Remembers a connection until it is closed; one that comes too late is closed.
    func add(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        let isOver = state.withLock { state in
            if !state.isOver { state.channels[id] = channel }
            return state.isOver
        }
        if isOver { return channel.cutOff() }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.channels[id] = nil } }
    }

    /// Closes all at once, and those that are still to come; returns how many there were.
    func cutOff() -> Int {
        let channels = state.withLock { state in
            state.isOver = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.cutOff() }
        return channels.count
    }
}
