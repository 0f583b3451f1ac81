import Dispatch
import Domain
import Glibc
import NIOPosix
import Runner
import TestSupport
import Testing
import WebSockets

@testable import Daemon

/// Servers whose machine takes connections, and which never answer.
@Suite(.timeLimit(.minutes(15)))
struct SilentServerTests {
    /// The kernel takes connections for it, and nobody reads them.
    private struct Port: ~Copyable {
        private let descriptor: Int32
        let number: Int

        init() throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            let result = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                    bind(descriptor, name, length) == 0 && getsockname(descriptor, name, &length) == 0
                }
            }
            let isListening = result && listen(descriptor, 5) == 0
            try #require(isListening)
            number = Int(UInt16(bigEndian: address.sin_port))
        }

        /// Returns when somebody has connected, and has said something; waits on a thread of its own.
        func hear() async {
            await withCheckedContinuation { continuation in
                DispatchQueue.global()
                    .async { [descriptor] in
                        let connection = accept(descriptor, nil, nil)
                        var byte: UInt8 = 0
                        _ = recv(connection, &byte, 1, 0)
                        continuation.resume()
                    }
            }
        }

        deinit { close(descriptor) }
    }

    private func transport(to port: Int, _ bench: DaemonBench) throws -> WebSocketTransport {
        bench.directory.write("t\n", to: "token", mode: 0o600)
        return WebSocketTransport(
            to: try #require(ServerAddress("http://127.0.0.1:\(port)")),
            tokenFile: "\(bench.directory.path)/token",
            group: .singleton
        )
    }

    @Test func whatDoesNotAnswerIsTold() async throws {
        let port = try Port()
        let bench = try await DaemonBench()
        var transport = try transport(to: port.number, bench)
        transport.options.openTimeout = .milliseconds(50)
        let (quick, number) = (transport, port.number)
        await #expect(throws: LinkFailure.unanswered(host: "127.0.0.1", port: number)) {
            try await quick.connect { _ in }
        }
    }

    @Test func aDaemonEndsWhileItWaitsForAnAnswer() async throws {
        let port = try Port()
        let bench = try await DaemonBench()
        var transport = try transport(to: port.number, bench)
        transport.options.openTimeout = .seconds(3600)
        let daemon = MakimaDaemon(try await bench.place.parts(bench.tasks, transport))
        let stops = StopRequests()
        async let running: Void = daemon.run(stops: stops)
        await port.hear()
        stops.request()
        try await running
    }
}
