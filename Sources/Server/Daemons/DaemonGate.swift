import Domain
import Fleet
import HTTPTypes
import Logging
import NIOCore
import Store
import WebSockets

/// Decides which handshakes become connections of daemons.
struct DaemonGate: Sendable {
    let responder: RequestResponder
    let services: DaemonServices

    /// What is not let in is answered by the router, which says why.
    func decide(_ head: HTTPRequest, _ channel: any Channel) async -> WebSocketDecision {
        guard head.path == API.daemonPath, !services.lines.isShuttingDown else { return .http }
        let caller: Caller
        do {
            try responder.checkOrigin(head)
            caller = try await responder.caller(of: head, channel)
        } catch {
            services.logger.debug("A handshake was refused.", metadata: ["error": "\(error)"])
            return .http
        }
        guard caller.may(.daemon), case .daemon(let daemon) = caller.token.owner else { return .http }
        let line = DaemonLine(daemon, tokenID: caller.token.id)
        return .open { [services] messages, sender in
            services.lines.register(line)
            defer { services.lines.close(line) }
            let conversation = DaemonConversation(line: line, services: services, sender: sender)
            try await conversation.run(messages)
        }
    }
}
