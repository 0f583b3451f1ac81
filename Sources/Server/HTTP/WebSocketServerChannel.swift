package import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket
package import WebSockets

/// What becomes of a request that wants to be a WebSocket.
package enum WebSocketDecision: Sendable {
    package typealias Talk =
        @Sendable (WebSocketConnection.Messages, WebSocketConnection.Sender) async throws -> Void

    /// The router answers it, as any other.
    case http
    case open(Talk)
}

/// HTTP/1.1 and WebSockets on one port of a Hummingbird server.
package struct WebSocketServerChannel: ServerChildChannel, HTTPChannelHandler {
    package typealias Decide = @Sendable (HTTPRequest, any Channel) async throws -> WebSocketDecision
    private typealias HTTPChannel = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    fileprivate enum Kind: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case webSocket(WebSocketConnection.Channel, WebSocketDecision.Talk)
    }

    package struct Value: ServerChildChannelValue {
        fileprivate let kind: EventLoopFuture<Kind>
        package let channel: any Channel
    }

    package let responder: Responder
    let options: WebSocketOptions
    /// How long a connection may be silent between requests, and before the first.
    let idleTimeout: Duration
    var connections = OpenConnections()
    let decide: Decide

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            connections.add(channel)
            let silence = SilenceGuard(timeout: TimeAmount(idleTimeout))
            let filter = UpgradeFilter()
            let encoder = HTTPResponseEncoder()
            let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes))
            let errors = HTTPServerProtocolErrorHandler()
            let upgrade = NIOTypedHTTPServerUpgradeHandler(
                httpEncoder: encoder,
                extraHTTPHandlers: [decoder, errors, filter],
                upgradeConfiguration: configuration(of: channel, filter, logger)
            )
            try channel.pipeline.syncOperations.addHandlers([silence, encoder, decoder, errors, filter, upgrade])
            let kind = upgrade.upgradeResultFuture
            let bound = NIOLoopBound(silence, eventLoop: channel.eventLoop)
            kind.whenComplete { _ in channel.pipeline.syncOperations.removeHandler(bound.value, promise: nil) }
            return Value(kind: kind, channel: channel)
        }
    }

    private func configuration(
        of channel: any Channel,
        _ filter: UpgradeFilter,
        _ logger: Logger
    ) -> NIOTypedHTTPServerUpgradeConfiguration<Kind> {
        let filter = NIOLoopBound(filter, eventLoop: channel.eventLoop)
        return NIOTypedHTTPServerUpgradeConfiguration(upgraders: [upgrader(of: channel)]) { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                let replay = RequestReplay()
                try pipeline.addHandlers([
                    replay,
                    HTTP1ToHTTPServerCodec(secure: false),
                    HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger),
                ])
                let http = try HTTPChannel(
                    wrappingChannelSynchronously: channel,
                    configuration: HTTPChannel.Configuration(isOutboundHalfClosureEnabled: true)
                )
                // NIO's handler swallows the head and the end of a request whose upgrade is refused (swift-nio 2632).
                if let head = filter.value.upgrading { replay.fire(head) }
                pipeline.removeHandler(replay, promise: nil)
                return .http(http)
            }
        }
    }

    private func upgrader(of channel: any Channel) -> NIOTypedWebSocketServerUpgrader<Kind> {
        let chosen = NIOLoopBoundBox<WebSocketDecision.Talk?>(nil, eventLoop: channel.eventLoop)
        return NIOTypedWebSocketServerUpgrader(
            maxFrameSize: options.maxFrameSize,
            enableAutomaticErrorHandling: false
        ) { channel, head in
            // What cannot be read as a request is no handshake: the router refuses it.
            guard let request = try? HTTPRequest(head, secure: false, splitCookie: false) else {
                return channel.eventLoop.makeSucceededFuture(nil)
            }
            return channel.eventLoop.makeFutureWithTask { try await decide(request, channel) }
                .map { decision in
                    guard case .open(let talk) = decision else { return nil }
                    chosen.value = talk
                    return HTTPHeaders()
                }
        } upgradePipelineHandler: { [options] channel, _ in
            channel.eventLoop.makeCompletedFuture {
                guard let talk = chosen.value else { throw ChannelError.inappropriateOperationForState }
                return .webSocket(try WebSocketConnection.wrap(channel, asServer: true, options), talk)
            }
        }
    }

    package func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.kind.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .webSocket(let channel, let talk): try await WebSocketConnection.run(channel, talk)
            }
        } catch {
            logger.debug("A connection ended.", metadata: ["error": "\(error)"])
            value.channel.close(promise: nil)
        }
    }
}

extension HTTPServerBuilder {
    /// HTTP/1.1, and WebSockets where `decide` says so.
    package static func webSockets(
        _ options: WebSocketOptions,
        idleTimeout: Duration,
        decide: @escaping WebSocketServerChannel.Decide
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            WebSocketServerChannel(responder: responder, options: options, idleTimeout: idleTimeout, decide: decide)
        }
    }
}
