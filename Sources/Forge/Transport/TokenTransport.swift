import AsyncHTTPClient
package import Domain
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Connections to forges; to live as long as the process, or to be closed.
package final class ForgeConnections: Sendable {
    private let client = Mutex<HTTPClient?>(nil)

    package init() {}

    func open() -> HTTPClient {
        client.withLock { client in
            if let client { return client }
            var configuration = HTTPClient.Configuration()
            configuration.timeout.connect = .seconds(10)
            configuration.timeout.read = .seconds(30)
            // A token goes to the host that it is for, and nowhere else.
            configuration.redirectConfiguration = .disallow
            configuration.connectionPool.retryConnectionEstablishment = false
            let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            client = made
            return made
        }
    }

    /// Ends all connections.
    package func close() async throws {
        let open = client.withLock { client in
            defer { client = nil }
            return client
        }
        try await open?.shutdown()
    }
}

/// Asks the API over HTTPS, with a token.
package struct TokenTransport: ForgeTransport, CustomStringConvertible {
    private let address: ForgeAddress
    private let token: String
    private let connections: ForgeConnections

    /// How long an answer may take, with its body.
    var patience = Duration.seconds(60)
    private static let mostBytes = 8 << 20

    package init(to address: ForgeAddress, token: String, by connections: ForgeConnections) {
        self.address = address
        self.token = token
        self.connections = connections
    }

    /// Without the token, wherever it is printed.
    package var description: String { "TokenTransport(\(address.text))" }

    package func send(_ request: ForgeRequest) async throws -> ForgeAnswer {
        do {
            return try await answer(to: http(request))
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch let error as HTTPClientError where error == .cancelled {
            throw CancellationError()
        } catch is NIOTooManyBytesError {
            throw ForgeFailure.unreadable(message: "'\(address.host)' answers with more than can be read")
        } catch {
            try Task.checkCancellation()
            throw ForgeFailure.unavailable(message: "'\(address.host)' does not answer: \(Self.words(for: error))")
        }
    }

    /// The client's own time-out ends with the head of an answer.
    private func answer(to request: HTTPClientRequest) async throws -> ForgeAnswer {
        let client = connections.open()
        let end = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: TimeAmount(patience)) {}
        return try await withThrowingTaskGroup(of: ForgeAnswer?.self) { [patience] group in
            group.addTask {
                let answer = try await client.execute(request, timeout: TimeAmount(patience))
                let body = try await answer.body.collect(upTo: Self.mostBytes)
                let headers = Dictionary(answer.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
                return ForgeAnswer(status: Int(answer.status.code), headers: headers, body: Array(buffer: body))
            }
            group.addTask {
                try await withTaskCancellationHandler {
                    try await end.futureResult.get()
                } onCancel: {
                    end.cancel()
                }
                return nil
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() ?? nil else { throw HTTPClientError.deadlineExceeded }
            return answer
        }
    }

    private func http(_ request: ForgeRequest) -> HTTPClientRequest {
        var http = HTTPClientRequest(url: "\(address.text)/\(request.path)")
        http.method = HTTPMethod(rawValue: request.method.rawValue)
        for (name, value) in ForgeRequest.headers { http.headers.add(name: name, value: value) }
        http.headers.add(name: "User-Agent", value: "makima")
        http.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let tag = request.knownTag { http.headers.add(name: "If-None-Match", value: tag) }
        if let body = request.body {
            http.headers.add(name: "Content-Type", value: "application/json")
            http.body = .bytes(ByteBuffer(bytes: body))
        }
        return http
    }

    private static let timeouts: [HTTPClientError] = [.connectTimeout, .deadlineExceeded, .readTimeout]

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where timeouts.contains(error): "it takes too long"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "it closed the connection"
        case is NIOConnectionError, is IOError: "it cannot be reached"
        case is NIOSSLError, is BoringSSLError: "its certificate is not accepted"
        default: "the connection broke"
        }
    }
}
