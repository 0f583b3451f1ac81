import CLinux
import Glibc

/// Carries bytes between two connections until both sides have said that no more come.
struct Relay {
    enum End {
        case done
        /// More was sent to the server than may be.
        case refused
    }

    /// One way, which holds at most one piece, so that a slow reader slows the writer down.
    private struct Way {
        var source: Int32
        var target: Int32
        var waiting: ArraySlice<UInt8> = []
        var hasEnded = false
        var isClosed = false

        var wantsToRead: Bool { !hasEnded && waiting.isEmpty }
        var wantsToWrite: Bool { !waiting.isEmpty }
    }

    private static let piece = 64 << 10

    private var ways: [Way]
    private let maySend: (Int) -> Bool
    private var buffer = [UInt8](repeating: 0, count: Relay.piece)

    /// Both descriptors are non-blocking and stay the caller's.
    ///
    /// `maySend` is asked for each piece that goes to the server.
    init(client: Int32, server: Int32, maySend: @escaping (Int) -> Bool) {
        ways = [Way(source: client, target: server), Way(source: server, target: client)]
        self.maySend = maySend
    }

    /// What each side gets first.
    mutating func give(client: [UInt8], server: [UInt8]) {
        ways[0].waiting = server[...]
        ways[1].waiting = client[...]
    }

    /// Blocks until nothing is left to carry.
    mutating func run() -> End {
        guard ways[0].waiting.isEmpty || maySend(ways[0].waiting.count) else { return .refused }
        while !ways.allSatisfy(\.isClosed) {
            var polled = [ways[0].source, ways[0].target].map(entry)
            guard poll(&polled, 2, -1) > 0 || errno == EINTR else { return .done }
            for index in ways.indices {
                guard write(index), let isAllowed = read(index, polled[index].revents) else { return .done }
                guard isAllowed else { return .refused }
            }
            closeFinished()
        }
        return .done
    }

    /// Where nothing is wanted of a side, it is left out: that it has gone would be reported again and again.
    private func entry(of descriptor: Int32) -> pollfd {
        var events: Int32 = 0
        for way in ways {
            if way.source == descriptor, way.wantsToRead { events |= POLLIN }
            if way.target == descriptor, way.wantsToWrite { events |= POLLOUT }
        }
        return pollfd(fd: events == 0 ? -1 : descriptor, events: Int16(events), revents: 0)
    }

    /// Whether the target still takes anything.
    private mutating func write(_ index: Int) -> Bool {
        while !ways[index].waiting.isEmpty {
            let target = ways[index].target
            let count = ways[index].waiting.withUnsafeBytes { cs_send(target, $0.baseAddress, $0.count) }
            guard count >= 0 else { return errno == EAGAIN || errno == EINTR }
            ways[index].waiting = ways[index].waiting.dropFirst(count)
        }
        return true
    }

    /// Whether what came may be sent on; `nil` when the source is broken.
    private mutating func read(_ index: Int, _ events: Int16) -> Bool? {
        guard ways[index].wantsToRead, Int32(events) & (POLLIN | POLLHUP | POLLERR) != 0 else { return true }
        let count = Glibc.read(ways[index].source, &buffer, buffer.count)
        guard count >= 0 else { return errno == EAGAIN || errno == EINTR ? true : nil }
        guard count > 0 else {
            ways[index].hasEnded = true
            return true
        }
        ways[index].waiting = buffer[..<count]
        guard index != 0 || maySend(count) else { return false }
        return write(index) ? true : nil
    }

    private mutating func closeFinished() {
        for index in ways.indices where ways[index].hasEnded && ways[index].waiting.isEmpty && !ways[index].isClosed {
            ways[index].isClosed = true
            shutdown(ways[index].target, Int32(SHUT_WR))
        }
    }
}
