import NIOCore
import NIOHTTP1

/// Settles for which host each request is (``RequestTarget``), and lets only a well-formed WebSocket handshake reach NIO's
/// upgrade handler.
///
/// That swallows a request with any other `Upgrade`; `curl --http2` and some HTTP clients send `h2c`.
final class UpgradeFilter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// The request that the upgrade handler has, where it is a handshake.
    private(set) var upgrading: HTTPRequestHead?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let received) = Self.unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        var head = RequestTarget.settled(received)
        if head.headers.contains(name: "Upgrade") {
            if isHandshake(head) {
                upgrading = head
            } else {
                head.headers.remove(name: "Upgrade")
            }
        }
        context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    }

    private func isHandshake(_ head: HTTPRequestHead) -> Bool {
        head.method == .GET
            && head.headers[canonicalForm: "Upgrade"].contains { $0.lowercased() == "websocket" }
            && head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "upgrade" }
            && head.headers["Sec-WebSocket-Key"].count == 1
            && head.headers["Sec-WebSocket-Version"] == ["13"]
    }
}

/// Sends a request into the pipeline again.
final class RequestReplay: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func fire(_ head: HTTPRequestHead) {
        context?.fireChannelRead(Self.wrapInboundOut(.head(head)))
        context?.fireChannelRead(Self.wrapInboundOut(.end(nil)))
        context?.fireChannelReadComplete()
    }
}

/// Ends a connection that says nothing, or that is still silent when the server shuts down: before the first request nobody else does.
final class SilenceGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let timeout: TimeAmount
    private var deadline: Scheduled<Void>?

    init(timeout: TimeAmount) { self.timeout = timeout }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent, ChannelEvent.inputClosed as ChannelEvent: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }
}
