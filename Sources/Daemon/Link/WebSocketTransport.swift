import Domain
import NIOCore
package import NIOPosix
import NIOSSL
import WebSockets

/// Connects to a server by WebSocket, with the daemon's token.
package struct WebSocketTransport: DaemonTransport {
    private let address: ServerAddress
    private let tokenFile: String
    /// A file with the certificates that are trusted instead of the system's.
    private let authority: String?
    private let group: MultiThreadedEventLoopGroup

    /// The token is read anew for each connection, so that it can be changed.
    package init(
        to address: ServerAddress,
        tokenFile: String,
        authority: String? = nil,
        group: MultiThreadedEventLoopGroup
    ) {
        self.address = address
        self.tokenFile = tokenFile
        self.authority = authority
        self.group = group
    }

    package func connect(_ body: @Sendable (any DaemonConnection) async throws -> Void) async throws {
        let endpoint = WebSocketClient.Endpoint(
            host: address.host,
            port: address.port,
            path: "\(address.path)/api/v1/daemons/connect",
            tls: try tls(),
            headers: [("Authorization", "Bearer \(try TokenFile.read(tokenFile))")]
        )
        do {
            try await WebSocketClient(endpoint, options: WebSocketOptions(), group: group)
                .connect { messages, sender in
                    try await body(Connection(messages: messages, sender: sender))
                }
        } catch WebSocketError.refused(let status, let text) {
            throw ConnectionRefused(status: status, text: text)
        }
    }

    private func tls() throws -> TLSConfiguration? {
        guard address.isSecure else { return nil }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authority { configuration.trustRoots = .file(authority) }
        return configuration
    }

    private struct Connection: DaemonConnection {
        let messages: WebSocketConnection.Messages
        let sender: WebSocketConnection.Sender

        func receive(_ handle: @Sendable ([UInt8]) async -> Void) async throws {
            for try await message in messages {
                switch message {
                case .text(let text): await handle(Array(text.readableBytesView))
                case .binary(let bytes): await handle(Array(bytes.readableBytesView))
                case .close: return
                }
            }
        }

        func send(_ frames: [[UInt8]]) async throws {
            try await sender.send(frames.map { ByteBuffer(bytes: $0) })
        }
    }
}

/// The server answered, and opened no connection.
package struct ConnectionRefused: Error, CustomStringConvertible {
    var status: Int
    var text: String

    package var description: String {
        switch status {
        case 401, 403: "The server does not accept the token (status \(status))."
        default: "The server does not open the connection (status \(status))."
        }
    }
}
