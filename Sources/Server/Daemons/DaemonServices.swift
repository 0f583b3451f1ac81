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
