package import Domain

/// Brings messages to one target, once each.
package protocol NotificationSender: Sendable {
    /// Tries to deliver an event; `time` is now. Ends early where the caller is cancelled.
    func send(_ event: NotificationEvent, at time: Timestamp) async -> Delivery
}

/// What came of one try.
package enum Delivery: Hashable, Sendable {
    case delivered
    /// Another try may go better, after the time that the receiver asks for.
    case failed(String, retryAfter: Duration? = nil)
    /// Another try would end alike.
    case refused(String)

    /// Why not; `nil` where it was delivered.
    package var problem: String? {
        switch self {
        case .delivered: nil
        case .failed(let words, _), .refused(let words): words
        }
    }
}
