import Dispatch
import Domain
import Glibc
import Logging
import Store
import TestSupport
import Testing

@testable import Server

/// How a server ends.
@Suite(.timeLimit(.minutes(15)))
struct EndingTests {
    /// A client that asks again and again, and reads nothing of the answers.
    private final class DeafClient: Sendable {
        private let descriptor: Int32

        init(to port: Int) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            // So that the answers wait at the server.
            var size: Int32 = 4096
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            address.sin_port = UInt16(port).bigEndian
            let descriptor = descriptor
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            try #require(result == 0)
        }

        func ask(_ path: String, _ port: Int, times: Int) throws {
            let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n"
            let text = String(repeating: request, count: times)
            let sent = send(descriptor, text, text.utf8.count, 0)
            try #require(sent == text.utf8.count)
        }

        /// Returns when there is something of an answer; waits on a thread of its own.
        func waitForAnswer() async {
            await withCheckedContinuation { continuation in
                DispatchQueue.global()
                    .async { [descriptor] in
                        var byte: UInt8 = 0
                        _ = recv(descriptor, &byte, 1, Int32(MSG_PEEK))
                        continuation.resume()
                    }
            }
        }

        deinit { close(descriptor) }
    }

    @Test func whoReadsNothingDoesNotKeepItFromEnding() async throws {
        let directory = TemporaryDirectory()
        var settings = ServerSettings(serverID: "server-1", makimaVersion: "test")
        settings.limits.endTime = .milliseconds(500)
        let server = MakimaServer(
            store: try await SQLiteTaskStore.open("\(directory.path)/store.sqlite"),
            settings: settings,
            surroundings: Surroundings(
                clock: ContinuousClock(),
                wallClock: ManualWallClock(),
                ids: SystemIDs(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        )
        async let running: Void = server.run()
        let port = try await server.boundPort
        let client = try DeafClient(to: port)
        try client.ask("/assets/contract.js", port, times: 400)
        await client.waitForAnswer()
        server.end()
        try await running
        withExtendedLifetime((client, directory)) {}
    }
}
