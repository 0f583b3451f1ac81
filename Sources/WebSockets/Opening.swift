import NIOCore
import Synchronization

/// The part of a connection's life in which it is not open yet: it can be given up at any time, and is when it takes too long.
final class Opening: Sendable {
    private struct State {
        /// One for each address that is tried.
        var channels: [any Channel] = []
        var deadline: Scheduled<Void>?
        var isGivenUp = false
        var isLate = false
    }

    private let state = Mutex(State())

    /// Whether it was given up because it took too long.
    var isLate: Bool { state.withLock(\.isLate) }

    /// Takes in a channel that is to be connected; throws where nobody wants it any more.
    func add(_ channel: any Channel) throws {
        let isWanted = state.withLock { state in
            if !state.isGivenUp { state.channels.append(channel) }
            return !state.isGivenUp
        }
        guard isWanted else { throw CancellationError() }
    }

    /// From now on `channel`, which is connected, has so long to be open.
    func limit(_ channel: any Channel, to time: Duration) {
        let deadline = channel.eventLoop.scheduleTask(in: TimeAmount(time)) {
            self.state.withLock { $0.isLate = true }
            channel.cutOff()
        }
        state.withLock { $0.deadline = deadline }
    }

    func giveUp() {
        let channels = state.withLock { state in
            state.isGivenUp = true
            return state.channels
        }
        for channel in channels { channel.cutOff() }
    }

    /// It is open, or will not be.
    func end() {
        let deadline = state.withLock { state in
            state.channels = []
            return state.deadline
        }
        deadline?.cancel()
    }
}
