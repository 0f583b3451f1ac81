package import NIOCore
import NIOHTTP1
import NIOPosix
package import NIOSSL
import NIOWebSocket

/// Opens connections to a server.
package struct WebSocketClient: Sendable {
    /// Where a server is.
    package struct Endpoint: Sendable {
        package var host: String
        package var port: Int
        package var path: String
        /// `nil` is in the clear.
        package var tls: TLSConfiguration?
        package var headers: [(name: String, value: String)]

        package init(
            host: String,
            port: Int,
            path: String,
            tls: TLSConfiguration? = nil,
            headers: [(name: String, value: String)] = []
        ) {
            self.host = host
            self.port = port
            self.path = path
            self.tls = tls
            self.headers = headers
        }
    }

    private enum Answer: Sendable {
        case open(WebSocketConnection.Channel)
        case refused(NIOAsyncChannel<HTTPClientResponsePart, Never>)
    }

    private let endpoint: Endpoint
    private let options: WebSocketOptions
    private let group: any EventLoopGroup

    package init(_ endpoint: Endpoint, options: WebSocketOptions, group: any EventLoopGroup) {
        self.endpoint = endpoint
        self.options = options
        self.group = group
    }

    /// Holds one connection, from its beginning to the end of the close handshake.
    ///
    /// Throws `WebSocketError.refused` where the server answers and does not open one, and `WebSocketError.unanswered` where it does
    /// not answer.
    package func connect<Result: Sendable>(
        _ body: (WebSocketConnection.Messages, WebSocketConnection.Sender) async throws -> Result
    ) async throws -> Result {
        try await WebSocketConnection.run(try await open(), body)
    }

    private func open() async throws -> WebSocketConnection.Channel {
        let opening = Opening()
        defer { opening.end() }
        do {
            return try await withTaskCancellationHandler {
                switch try await answer(opening) {
                case .open(let channel): return channel
                case .refused(let http): throw try await Self.refusal(http)
                }
            } onCancel: {
                opening.giveUp()
            }
        } catch let refusal as WebSocketError {
            throw refusal
        } catch {
            try Task.checkCancellation()
            if opening.isLate { throw WebSocketError.unanswered }
            throw error
        }
    }

    private func answer(_ opening: Opening) async throws -> Answer {
        let tls = try endpoint.tls.map { try NIOSSLContext(configuration: $0) }
        let (channel, answer): (any Channel, EventLoopFuture<Answer>) = try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: endpoint.host, port: endpoint.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try opening.add(channel)
                    if let tls {
                        let handler = try NIOSSLClientHandler(context: tls, serverHostname: serverName)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                    let answer = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
                        configuration: configuration
                    )
                    return (channel, answer)
                }
            }
        opening.limit(channel, to: options.openTimeout)
        return try await answer.get()
    }

    /// The name that the certificate must have; an address is none that a TLS client may send.
    private var serverName: String? {
        (try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port)) == nil ? endpoint.host : nil
    }

    private var configuration: NIOUpgradableHTTPClientPipelineConfiguration<Answer> {
        let options = options
        let upgrader = NIOTypedWebSocketClientUpgrader<Answer>(
            maxFrameSize: options.maxFrameSize,
            enableAutomaticErrorHandling: false
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                .open(try WebSocketConnection.wrap(channel, asServer: false, options))
            }
        }
        var headers = HTTPHeaders(endpoint.headers.map { ($0.name, $0.value) })
        headers.add(name: "Host", value: "\(endpoint.host):\(endpoint.port)")
        headers.add(name: "Content-Length", value: "0")
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: endpoint.path, headers: headers)
        var configuration = NIOUpgradableHTTPClientPipelineConfiguration<Answer>(
            upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration(
                upgradeRequestHead: head,
                upgraders: [upgrader]
            ) { channel in
                channel.eventLoop.makeCompletedFuture {
                    .refused(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                }
            }
        )
        // Frames may come with the answer itself; the default drops them.
        configuration.leftOverBytesStrategy = .forwardBytes
        return configuration
    }

    private static func refusal(
        _ http: NIOAsyncChannel<HTTPClientResponsePart, Never>
    ) async throws -> WebSocketError {
        try await http.executeThenClose { parts, _ in
            var (status, text) = (0, "")
            for try await part in parts {
                switch part {
                case .head(let head): status = Int(head.status.code)
                case .body(let data): if text.utf8.count < 4096 { text += String(buffer: data) }
                case .end: return .refused(status: status, text: text)
                }
            }
            return .refused(status: status, text: text)
        }
    }
}
