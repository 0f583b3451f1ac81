import Domain
import NIOPosix
import Runner
import TestSupport
import Testing
import WebSockets

@testable import Daemon

/// Servers whose machine takes connections, and which never answer.
@Suite(.timeLimit(.minutes(15)))
struct SilentServerTests {
    private func transport(to port: Int, _ bench: DaemonBench) throws -> WebSocketTransport {
        bench.directory.write("t\n", to: "token", mode: 0o600)
        return WebSocketTransport(
            to: try #require(ServerAddress("http://127.0.0.1:\(port)")),
            tokenFile: "\(bench.directory.path)/token",
            group: .singleton
        )
    }

    @Test func whatDoesNotAnswerIsTold() async throws {
        let port = SilentPort()
        defer { withExtendedLifetime(port) {} }
        let bench = try await DaemonBench()
        var transport = try transport(to: port.number, bench)
        transport.options.openTimeout = .milliseconds(50)
        let (quick, number) = (transport, port.number)
        await #expect(throws: LinkFailure.unanswered(host: "127.0.0.1", port: number)) {
            try await quick.connect { _ in }
        }
    }

    @Test func aDaemonEndsWhileItWaitsForAnAnswer() async throws {
        let port = SilentPort()
        defer { withExtendedLifetime(port) {} }
        let bench = try await DaemonBench()
        var transport = try transport(to: port.number, bench)
        transport.options.openTimeout = .seconds(3600)
        let daemon = MakimaDaemon(try await bench.place.parts(bench.tasks, transport))
        let stops = StopRequests()
        async let running: Void = daemon.run(stops: stops)
        await withCheckedContinuation { heard in port.onContact { heard.resume() } }
        stops.request()
        try await running
    }
}
