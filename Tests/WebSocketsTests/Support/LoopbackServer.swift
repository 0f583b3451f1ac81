import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization
import WebSockets

/// A server on a free port of the loopback interface whose every connection becomes a WebSocket.
final class LoopbackServer: Sendable {
    typealias Talk = @Sendable (WebSocketConnection.Messages, WebSocketConnection.Sender) async throws -> Void

    let port: Int
    private let listener: NIOAsyncChannel<EventLoopFuture<WebSocketConnection.Channel?>, Never>
    private let channels = Mutex<[any Channel]>([])

    private init(_ listener: NIOAsyncChannel<EventLoopFuture<WebSocketConnection.Channel?>, Never>) {
        self.listener = listener
        port = listener.channel.localAddress?.port ?? 0
    }

    /// Serves while `body` runs.
    static func run<Result: Sendable>(
        _ options: WebSocketOptions = WebSocketOptions(),
        talk: @escaping Talk,
        _ body: @escaping @Sendable (LoopbackServer) async throws -> Result
    ) async throws -> Result {
        let listener: NIOAsyncChannel<EventLoopFuture<WebSocketConnection.Channel?>, Never> =
            try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture { try upgrade(channel, options) }
            }
        let server = LoopbackServer(listener)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await server.serve(talk)
                return nil
            }
            group.addTask { try await body(server) }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw ChannelError.eof
        }
    }

    private static func upgrade(_ channel: any Channel, _ options: WebSocketOptions) throws
        -> EventLoopFuture<WebSocketConnection.Channel?>
    {
        let upgrader = NIOTypedWebSocketServerUpgrader<WebSocketConnection.Channel?>(
            maxFrameSize: options.maxFrameSize,
            enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                channel.eventLoop.makeSucceededFuture(head.uri == "/refused" ? nil : HTTPHeaders())
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    try WebSocketConnection.wrap(channel, asServer: true, options)
                }
            }
        )
        return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: NIOUpgradableHTTPServerPipelineConfiguration(
                upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(upgraders: [upgrader]) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Refusal())
                        return nil
                    }
                }
            )
        )
    }

    private func serve(_ talk: @escaping Talk) async throws {
        try await listener.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    group.addTask {
                        // What goes wrong on one connection is what the tests of the other end look at.
                        guard let channel = try? await connection.get() else { return }
                        self.channels.withLock { $0.append(channel.channel) }
                        try? await WebSocketConnection.run(channel, talk)
                    }
                }
            }
        }
    }

    /// Tells all connections that the server is about to end.
    func quiesce() {
        for channel in channels.withLock({ $0 }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Where a client finds it.
    var endpoint: WebSocketClient.Endpoint { endpoint("/") }

    func endpoint(_ path: String) -> WebSocketClient.Endpoint {
        WebSocketClient.Endpoint(host: "127.0.0.1", port: port, path: path)
    }

    func client(_ options: WebSocketOptions = WebSocketOptions()) -> WebSocketClient {
        WebSocketClient(endpoint, options: options, group: .singletonMultiThreadedEventLoopGroup)
    }

    static let echo: Talk = { messages, sender in
        for try await message in messages {
            if case .text(let text) = message { try await sender.send(text) }
        }
    }
}

/// Answers what does not become a WebSocket.
private final class Refusal: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func handlerAdded(context: ChannelHandlerContext) {
        // NIO keeps the head and the end of a request whose upgrade it refuses.
        let headers = HTTPHeaders([("Content-Length", "3"), ("Connection", "close")])
        let head = HTTPResponseHead(version: .http1_1, status: .forbidden, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "no!")))), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}
