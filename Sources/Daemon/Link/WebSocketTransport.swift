import Domain
import Glibc
import NIOCore
package import NIOPosix
import NIOSSL
import WebSockets

/// Connects to a server by WebSocket, with the daemon's token.
package struct WebSocketTransport: DaemonTransport {
    private let address: ServerAddress
    package let tokenFile: String
    /// A file with the certificates that are trusted instead of the system's.
    private let authority: String?
    private let group: MultiThreadedEventLoopGroup
    var options = WebSocketOptions()

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

    /// Where the same server is asked by HTTP.
    package var httpURL: String { address.httpURL }

    package func connect(_ body: @Sendable (any DaemonConnection) async throws -> Void) async throws {
        do {
            try await open(body)
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            throw failure(error)
        }
    }

    private func open(_ body: @Sendable (any DaemonConnection) async throws -> Void) async throws {
        let endpoint = WebSocketClient.Endpoint(
            host: address.host,
            port: address.port,
            path: "\(address.path)/api/v1/daemons/connect",
            tls: try tls(),
            headers: [("Authorization", "Bearer \(try TokenFile.read(tokenFile))")]
        )
        try await WebSocketClient(endpoint, options: options, group: group)
            .connect { messages, sender in
                try await body(Connection(messages: messages, sender: sender))
            }
    }

    /// What the libraries say, in words.
    private func failure(_ error: any Error) -> LinkFailure {
        let (host, port) = (address.host, address.port)
        switch error {
        case let error as LinkFailure: return error
        case let error as TokenFileError: return .tokenFile(error)
        case WebSocketError.refused(let status, _):
            return [401, 403].contains(status) ? .tokenRefused(status: status) : .refused(status: status)
        case WebSocketError.unanswered: return .unanswered(host: host, port: port)
        case WebSocketError.unresponsive: return .noAnswer(host: host, port: port)
        case let error as NIOConnectionError: return failure(error)
        case let error as IOError: return failure(error)
        // The other end has closed the connection before it said anything.
        case ChannelError.inappropriateOperationForState, ChannelError.ioOnClosedChannel, ChannelError.eof:
            return .closed(host: host, port: port, isSecure: address.isSecure)
        case ChannelError.connectTimeout: return .noAnswer(host: host, port: port)
        case let error as NIOSSLError: return .insecure(host: host, said: "\(error)")
        case let error as BoringSSLError: return .insecure(host: host, said: "\(error)")
        case let error as NIOSSLExtraError: return .insecure(host: host, said: "\(error)")
        default: return .other("\(error)")
        }
    }

    /// Of all addresses that the name stands for.
    private func failure(_ error: NIOConnectionError) -> LinkFailure {
        guard let last = error.connectionErrors.last?.error else {
            let isUnknown = error.dnsAError != nil || error.dnsAAAAError != nil
            return isUnknown ? .unknownName(host: error.host) : .other("\(error)")
        }
        return failure(last)
    }

    private func failure(_ error: IOError) -> LinkFailure {
        switch error.errnoCode {
        case ECONNREFUSED: .notListening(host: address.host, port: address.port)
        case ETIMEDOUT, EHOSTUNREACH, ENETUNREACH: .noAnswer(host: address.host, port: address.port)
        default: .other(String(cString: strerror(error.errnoCode)))
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
