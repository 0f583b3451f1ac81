import NIOCore
import NIOWebSocket

/// Makes messages of frames and frames of messages, on the loop of the connection.
///
/// It holds what RFC 6455 asks of an end: masking, the order of fragments, valid text, answers to pings, the close handshake with a
/// time limit. The asynchronous side sees whole messages only.
final class WebSocketHandler: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketMessage
    typealias OutboundIn = WebSocketMessage
    typealias OutboundOut = WebSocketFrame

    enum End: Sendable {
        case server
        case client
    }

    private enum State {
        case open
        case closeSent
        case closeReceived
        case closed
    }

    private let end: End
    private let options: WebSocketOptions
    private var state = State.open
    private var fragments: (opcode: WebSocketOpcode, data: ByteBuffer)?
    private var nextPing: Scheduled<Void>?
    private var pongDeadline: Scheduled<Void>?
    private var closeDeadline: Scheduled<Void>?

    init(end: End, options: WebSocketOptions) {
        self.end = end
        self.options = options
    }

    // MARK: - Its life

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { schedulePing(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        schedulePing(context)
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancelTimers() }

    func channelInactive(context: ChannelHandlerContext) {
        state = .closed
        cancelTimers()
        context.fireChannelInactive()
    }

    private func cancelTimers() {
        for timer in [nextPing, pongDeadline, closeDeadline] { timer?.cancel() }
        (nextPing, pongDeadline, closeDeadline) = (nil, nil, nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed as ChannelEvent:
            // The other end left without a close frame. Servers allow half-closed connections, so nobody else would close this one.
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent:
            beginClose(context, .goingAway, "the server is shutting down")
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let violation = error as? NIOWebSocketError else {
            context.fireErrorCaught(error)
            context.close(promise: nil)
            return
        }
        switch violation {
        case .invalidFrameLength: beginClose(context, .tooLarge, "frame too large")
        default: beginClose(context, .protocolError, "\(violation)")
        }
    }

    // MARK: - Frames read

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = Self.unwrapInboundIn(data)
        // Clients mask and servers do not (section 5.1).
        guard (frame.maskKey != nil) == (end == .server) else {
            return beginClose(context, .protocolError, "masking")
        }
        switch frame.opcode {
        case .text, .binary, .continuation:
            readData(context, frame)
        case .ping where frame.fin:
            if state == .open { send(context, .pong, frame.unmaskedData) }
        case .pong where frame.fin:
            pongDeadline?.cancel()
            pongDeadline = nil
        case .connectionClose where frame.fin:
            readClose(context, frame.unmaskedData)
        default:
            beginClose(context, .protocolError, "opcode or fragmented control frame")
        }
    }

    private func readData(_ context: ChannelHandlerContext, _ frame: WebSocketFrame) {
        guard (frame.opcode == .continuation) == (fragments != nil) else {
            return beginClose(context, .protocolError, "order of fragments")
        }
        let opcode = fragments?.opcode ?? frame.opcode
        var data = fragments?.data ?? ByteBuffer()
        guard data.readableBytes + frame.length <= options.maxMessageSize else {
            fragments = nil
            return beginClose(context, .tooLarge, "message too large")
        }
        if fragments == nil {
            data = frame.unmaskedData
        } else {
            data.writeImmutableBuffer(frame.unmaskedData)
        }
        fragments = frame.fin ? nil : (opcode, data)
        if frame.fin { deliver(context, opcode, data) }
    }

    private func deliver(_ context: ChannelHandlerContext, _ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        guard state == .open else { return }
        if opcode == .binary { return context.fireChannelRead(Self.wrapInboundOut(.binary(data))) }
        guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
            return beginClose(context, .invalidText, "text that is not UTF-8")
        }
        context.fireChannelRead(Self.wrapInboundOut(.text(data)))
    }

    private func readClose(_ context: ChannelHandlerContext, _ payload: ByteBuffer) {
        var payload = payload
        let code = payload.readInteger(as: UInt16.self).map(WebSocketCloseCode.init) ?? .none
        let reason = payload.readString(length: payload.readableBytes) ?? ""
        switch state {
        case .open:
            state = .closeReceived
            context.fireChannelRead(Self.wrapInboundOut(.close(code, reason: reason)))
            sendCloseFrame(context, code, "")
            // The server closes first, so that the client has the port that lingers (section 7.1.1).
            if end == .server { context.close(promise: nil) } else { closeLater(context) }
        case .closeSent:
            context.fireChannelRead(Self.wrapInboundOut(.close(code, reason: reason)))
            context.close(promise: nil)
        case .closeReceived, .closed:
            break
        }
    }

    // MARK: - Messages written

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch Self.unwrapOutboundIn(data) {
        case .close(let code, let reason):
            beginClose(context, code, reason)
            promise?.succeed()
        case .text(let data) where state == .open:
            context.write(Self.wrapOutboundOut(frame(.text, data)), promise: promise)
        case .binary(let data) where state == .open:
            context.write(Self.wrapOutboundOut(frame(.binary, data)), promise: promise)
        case .text, .binary:
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    private func frame(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: opcode, maskKey: end == .client ? .random() : nil, data: data)
    }

    private func send(_ context: ChannelHandlerContext, _ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        context.writeAndFlush(Self.wrapOutboundOut(frame(opcode, data)), promise: nil)
    }

    private func beginClose(_ context: ChannelHandlerContext, _ code: WebSocketCloseCode, _ reason: String) {
        guard state == .open else { return }
        state = .closeSent
        sendCloseFrame(context, code, reason)
        closeLater(context)
    }

    private func sendCloseFrame(_ context: ChannelHandlerContext, _ code: WebSocketCloseCode, _ reason: String) {
        var data = context.channel.allocator.buffer(capacity: 2)
        if code != .none {
            data.writeInteger(code.rawValue)
            // A control frame holds 125 bytes.
            data.writeString(String(decoding: reason.utf8.prefix(120), as: UTF8.self))
        }
        send(context, .connectionClose, data)
    }

    // MARK: - Time

    private func closeLater(_ context: ChannelHandlerContext) {
        closeDeadline = schedule(context, in: options.closeTimeout) { $0.close(promise: nil) }
    }

    private func schedulePing(_ context: ChannelHandlerContext) {
        guard nextPing == nil else { return }
        nextPing = schedule(context, in: options.pingInterval) { [weak self] context in self?.ping(context) }
    }

    private func ping(_ context: ChannelHandlerContext) {
        nextPing = nil
        guard state == .open else { return }
        send(context, .ping, ByteBuffer())
        if pongDeadline == nil {
            pongDeadline = schedule(context, in: options.pongTimeout) { context in
                context.fireErrorCaught(WebSocketError.unresponsive)
                context.close(promise: nil)
            }
        }
        schedulePing(context)
    }

    private func schedule(
        _ context: ChannelHandlerContext,
        in time: Duration,
        _ body: @escaping (ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        let bound = context.loopBound
        return context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { body(bound.value) }
    }
}

@available(*, unavailable)
extension WebSocketHandler: Sendable {}
