import Domain
import Fleet
import Logging
import Store

/// What conversations with daemons need.
struct DaemonServices: Sendable {
    let store: any TaskStore
    let lines: DaemonLines
    let greeter: DaemonGreeter
    let pace: DaemonPace
    let surroundings: Surroundings
    /// What daemons have of the work that goes before commands.
    let receipts = ReceiptBook()
    /// Of sessions with messages that mean nothing: of each daemon ten at once, and one in ten minutes.
    private let records = RateLimiter(capacity: 10, perSecond: 1 / 600)

    init(
        store: any TaskStore,
        lines: DaemonLines,
        greeter: DaemonGreeter,
        pace: DaemonPace,
        surroundings: Surroundings
    ) {
        self.store = store
        self.lines = lines
        self.greeter = greeter
        self.pace = pace
        self.surroundings = surroundings
    }

    /// Whether one more session in which a daemon says what means nothing goes to the audit log.
    func mayRecord(_ daemon: DaemonID) -> Bool { records.take(daemon.rawValue, at: surroundings.now()) == nil }

    var logger: Logger { surroundings.logger }

    /// Ends a session; the daemon keeps what it has for the grace.
    func close(_ session: SessionKey, _ end: DaemonConversation.End) async {
        let cause: SessionEnd =
            switch end {
            case .ended(.revoked): .revoked
            case .ended(.fenced): .fenced
            case .gone, .refused, .silent, .ended(.shuttingDown): .closed
            }
        do {
            _ = try await store.endSession(session, cause, at: surroundings.now())
        } catch {
            // Its lease comes to an end by itself.
            logger.warning("A session could not be ended.", metadata: ["error": "\(error)"])
        }
    }
}
