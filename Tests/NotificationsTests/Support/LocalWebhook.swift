import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A web server on loopback that keeps what it is asked, and answers as the test says.
final class LocalWebhook: Sendable {
    struct Request: Sendable {
        var path: String
        var headers: HTTPHeaders
        var body: String
    }

    struct Answer: Sendable {
        var status: HTTPResponseStatus
        var headers: [(String, String)] = []
    }

    private struct State {
        var requests: [Request] = []
        var answers: [Answer]
    }

    private let state: Mutex<State>
    private let channel: Mutex<(any Channel)?> = Mutex(nil)
    let port: Int

    /// Answers are given in their order; the last one again and again.
    init(_ answers: [Answer], tls: TLSConfiguration? = nil) async throws {
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let state = Mutex(State(answers: answers))
        self.state = state
        let box = RequestBox()
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Responder(box))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        port = channel.localAddress?.port ?? 0
        self.channel.withLock { $0 = channel }
        box.take { [weak self] request in self?.answer(request) ?? Answer(status: .internalServerError) }
    }

    var requests: [Request] { state.withLock(\.requests) }

    func close() async throws {
        try await channel.withLock(\.self)?.close().get()
    }

    private func answer(_ request: Request) -> Answer {
        state.withLock { state in
            state.requests.append(request)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
    }
}

private final class RequestBox: Sendable {
    private let answering = Mutex<(@Sendable (LocalWebhook.Request) -> LocalWebhook.Answer)?>(nil)

    func take(_ answer: @escaping @Sendable (LocalWebhook.Request) -> LocalWebhook.Answer) {
        answering.withLock { $0 = answer }
    }

    func answer(_ request: LocalWebhook.Request) -> LocalWebhook.Answer {
        answering.withLock(\.self)?(request) ?? .init(status: .internalServerError)
    }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let box: RequestBox
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ box: RequestBox) {
        self.box = box
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            let answer = box.answer(.init(path: head.uri, headers: head.headers, body: body))
            var headers = HTTPHeaders(answer.headers)
            headers.add(name: "Content-Length", value: "0")
            let response = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
            context.write(wrapOutboundOut(.head(response)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
