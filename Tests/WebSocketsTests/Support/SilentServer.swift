import NIOCore
import NIOPosix
import NIOSSL
import WebSockets

/// A server on a free port of the loopback interface that takes every connection, and says nothing.
struct SilentServer: Sendable {
    let port: Int
    /// Something came.
    let heard: AsyncStream<Void>

    /// Listens while `body` runs.
    static func run(_ body: (SilentServer) async throws -> Void) async throws {
        let (heard, sign) = AsyncStream.makeStream(of: Void.self)
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Ear(sign))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
        do {
            try await body(SilentServer(port: listener.localAddress?.port ?? 0, heard: heard))
        } catch {
            try await listener.close()
            throw error
        }
        try await listener.close()
    }

    func client(_ options: WebSocketOptions, isSecure: Bool) -> WebSocketClient {
        let endpoint = WebSocketClient.Endpoint(
            host: "127.0.0.1",
            port: port,
            path: "/",
            tls: isSecure ? .makeClientConfiguration() : nil
        )
        return WebSocketClient(endpoint, options: options, group: .singletonMultiThreadedEventLoopGroup)
    }
}

private final class Ear: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let sign: AsyncStream<Void>.Continuation

    init(_ sign: AsyncStream<Void>.Continuation) { self.sign = sign }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { sign.yield() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
