import Domain
import NIOCore
import NIOHTTP1
import NIOPosix
import WebSockets
import Wire

/// A daemon that is measured with: it says what it is told to say.
struct BenchDaemon: Sendable {
    let port: Int
    let token: String
    let id: String
    var slots = 1

    private var hello: Hello {
        var hello = Hello()
        (hello.daemonId, hello.daemonName, hello.outboxId) = (id, id, "o-\(id)")
        (hello.makimaVersion, hello.platform) = ("bench", "linux-x86_64")
        hello.at = RealWallClock().now()
        (hello.capacity.slots, hello.capacity.freeSlots) = (slots, slots)
        return hello
    }

    /// Connects, and talks once it is welcome.
    func connect<Result: Sendable>(_ body: (inout Talk) async throws -> Result) async throws -> Result {
        let endpoint = WebSocketClient.Endpoint(
            host: "127.0.0.1",
            port: port,
            path: "/api/v1/daemons/connect",
            headers: [("Authorization", "Bearer \(token)")]
        )
        let client = WebSocketClient(
            endpoint,
            options: WebSocketOptions(),
            group: .singletonMultiThreadedEventLoopGroup
        )
        return try await client.connect { messages, sender in
            var talk = Talk(iterator: messages.makeAsyncIterator(), sender: sender)
            try await talk.send([hello])
            _ = try await talk.next()
            return try await body(&talk)
        }
    }

    struct Talk {
        var iterator: WebSocketConnection.Messages.AsyncIterator
        let sender: WebSocketConnection.Sender

        func send(_ messages: [any WireMessage]) async throws {
            try await sender.send(messages.map { ByteBuffer(bytes: try Frame.encode($0)) })
        }

        mutating func next() async throws -> ToDaemon? {
            while let message = try await iterator.next() {
                if case .text(let text) = message { return try Frame.decode(Array(text.readableBytesView)) }
                if case .close = message { return nil }
            }
            return nil
        }

        mutating func spawned() async throws -> SpawnTask? {
            while let message = try await next() { if case .spawnTask(let spawn) = message { return spawn } }
            return nil
        }
    }
}

/// Somebody who looks on.
struct BenchViewer: Sendable {
    let port: Int
    let token: String

    /// Opens a stream, and gives its bytes to `body` as they come.
    func stream<Result: Sendable>(
        _ path: String,
        _ body: (NIOAsyncChannelInboundStream<HTTPClientResponsePart>) async throws -> Result
    ) async throws -> Result {
        typealias Channel = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try Channel(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            let headers = HTTPHeaders([("Host", "127.0.0.1:\(port)"), ("Authorization", "Bearer \(token)")])
            let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers)
            try await outbound.write(.head(head))
            try await outbound.write(.end(nil))
            return try await body(inbound)
        }
    }
}
