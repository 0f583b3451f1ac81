import NIOCore
import NIOPosix
import NIOSSL
import Testing
import WebSockets
import Wire

@testable import Server

/// A server with a certificate of its own.
@Suite(.timeLimit(.minutes(15)))
struct TLSTests {
    /// Of 'localhost', signed by itself, for a hundred years; it protects nothing but these tests.
    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmzCCAUGgAwIBAgIUHqTLhLElwswTh5Y2tmunO0UScNUwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODIwNTExN1oYDzIxMjYxMTA0
        MjA1MTE3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAAQMghvjcPlWleAMFQCoRp2Ttr3HqbUp8fFvAogRPIv1+YJqZWAADDYU
        1c+TGCM1l22dIXhnw7yNjgNwTsGjvRbKo28wbTAdBgNVHQ4EFgQUkYAYG/kE/w9I
        70UVoYkjFdxh4dUwHwYDVR0jBBgwFoAUkYAYG/kE/w9I70UVoYkjFdxh4dUwDwYD
        VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
        zj0EAwIDSAAwRQIgaVNd6A/reCt/9thd5Hejm5GolpmlquMaRmxevbtdg6wCIQDk
        /IpuA4QIfUghEjrp9XEhThW0g3m5S1vcu0MtXGWvIg==
        -----END CERTIFICATE-----
        """
    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRi3GCzgFHs6gBvpt
        vxs+npTgcslPunAkDi+2GFAaLLChRANCAAQMghvjcPlWleAMFQCoRp2Ttr3HqbUp
        8fFvAogRPIv1+YJqZWAADDYU1c+TGCM1l22dIXhnw7yNjgNwTsGjvRbK
        -----END PRIVATE KEY-----
        """

    private func configuration() throws -> (server: TLSConfiguration, certificate: NIOSSLCertificate) {
        let certificate = try NIOSSLCertificate(bytes: Array(Self.certificate.utf8), format: .pem)
        let key = try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)
        return (
            TLSConfiguration.makeServerConfiguration(
                certificateChain: [.certificate(certificate)],
                privateKey: .privateKey(key)
            ), certificate
        )
    }

    private func connect(trusting roots: NIOSSLTrustRoots, _ server: TLSConfiguration) async throws -> ToDaemon? {
        try await ServerBench.run {
            $0.tls = server
        } _: { bench async throws in
            var client = TLSConfiguration.makeClientConfiguration()
            client.trustRoots = roots
            let endpoint = WebSocketClient.Endpoint(
                host: "localhost",
                port: bench.port,
                path: API.daemonPath,
                tls: client,
                headers: [("Authorization", "Bearer \(bench.tokens.daemon)")]
            )
            return try await WebSocketClient(
                endpoint,
                options: WebSocketOptions(),
                group: .singletonMultiThreadedEventLoopGroup
            )
            .connect { messages, sender in
                var talk = FakeDaemon.Talk(iterator: messages.makeAsyncIterator(), sender: sender)
                try await talk.send(bench.anna.hello)
                return try await talk.next()
            }
        }
    }

    @Test func aDaemonConnectsWithTLS() async throws {
        let (server, certificate) = try configuration()
        guard case .welcome? = try await connect(trusting: .certificates([certificate]), server) else {
            Issue.record("The daemon is not welcome.")
            return
        }
    }

    @Test func aCertificateThatNobodyVouchesForIsNotTaken() async throws {
        let (server, _) = try configuration()
        await #expect(throws: (any Error).self) { try await connect(trusting: .default, server) }
    }

    @Test func inTheClearItListensOnLoopbackOnly() async throws {
        await #expect(throws: ServerError.clearAddress("0.0.0.0")) {
            try await ServerBench.run {
                $0.host = "0.0.0.0"
            } _: { _ async throws in
            }
        }
    }
}
