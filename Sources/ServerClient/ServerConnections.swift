import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization

/// What requests to servers are made by; to live as long as the process, or to be closed.
package final class ServerConnections: Sendable {
    /// By the file of the authority that they trust.
    private let clients = Mutex<[String?: HTTPClient]>([:])

    package init() {}

    /// `authority` is a file in PEM; those of the system are trusted where there is none.
    func client(trusting authority: String?) throws(ServerClientError) -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.timeout.connect = .seconds(5)
        // A server that lives says something to who looks on every 15 s.
        configuration.timeout.read = .seconds(60)
        // Who looks on tries again by itself; everybody else is not to wait where nobody listens.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let authority {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try Self.certificates(authority))
            configuration.tlsConfiguration = tls
        }
        return clients.withLock { clients in
            if let known = clients[authority] { return known }
            let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[authority] = made
            return made
        }
    }

    private static func certificates(_ path: String) throws(ServerClientError) -> [NIOSSLCertificate] {
        do {
            let found = try NIOSSLCertificate.fromPEMFile(path)
            if !found.isEmpty { return found }
        } catch {
            throw .unusableAuthority(path, message: "\(error)")
        }
        throw .unusableAuthority(path, message: "it has no certificate in PEM")
    }

    /// Ends all connections; nothing can be asked afterwards.
    package func close() async throws {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all { try await client.shutdown() }
    }
}
