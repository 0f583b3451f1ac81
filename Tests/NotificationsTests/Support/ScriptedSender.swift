import Domain
import Synchronization

@testable import Notifications

/// Keeps what it is to deliver, and ends each try as the test says.
final class ScriptedSender: NotificationSender {
    private struct State {
        var sent: [NotificationEvent] = []
        var deliveries: [Delivery]
    }

    private let state: Mutex<State>

    /// Beyond these everything arrives.
    init(_ deliveries: [Delivery] = []) {
        state = Mutex(State(deliveries: deliveries))
    }

    var sent: [NotificationEvent] { state.withLock(\.sent) }

    func send(_ event: NotificationEvent, at time: Timestamp) async -> Delivery {
        state.withLock { state in
            state.sent.append(event)
            return state.deliveries.isEmpty ? .delivered : state.deliveries.removeFirst()
        }
    }
}

/// Keeps what it is told.
final class Reports: Sendable {
    private let sentences = Mutex<[String]>([])

    var all: [String] { sentences.withLock(\.self) }

    func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
}
