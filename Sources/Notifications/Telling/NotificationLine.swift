import Synchronization

/// What one target is still to be told, in order.
final class NotificationLine: Sendable {
    enum Item: Sendable {
        case event(NotificationEvent)
        /// There may be something that was held back.
        case pulse
    }

    let items: AsyncStream<Item>
    private let continuation: AsyncStream<Item>.Continuation
    private let dropped = Mutex(0)

    /// Beyond `most` nothing is taken.
    init(most: Int) {
        (items, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(most))
    }

    /// How many found no room.
    var lost: Int { dropped.withLock { $0 } }

    func add(_ event: NotificationEvent) {
        if case .dropped = continuation.yield(.event(event)) { dropped.withLock { $0 += 1 } }
    }

    func pulse() { continuation.yield(.pulse) }

    func finish() { continuation.finish() }
}
