import Domain
import Glibc
import TestSupport
import Testing
import Wire

@testable import ServerClient

struct UnreachableTests {
    /// A port of this machine on which nobody listens, because it is bound here and nothing more.
    private struct SilentPort: ~Copyable {
        private let descriptor: Int32
        let number: UInt16

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
            try #require(result)
            number = UInt16(bigEndian: address.sin_port)
        }

        deinit { close(descriptor) }
    }

    @Test func aPortWithoutAListenerIsToldInWords() async throws {
        let port = try SilentPort()
        let url = "http://127.0.0.1:\(port.number)"
        let connections = ServerConnections()
        let client = try ServerClient(try ClientAddress(url: url, token: "t"), by: connections)
        await #expect(throws: ServerClientError.unreachable(url, message: "nobody listens there")) {
            _ = try await client.get("/api/v1/tasks", as: TaskPageView.self)
        }
        await #expect(throws: ServerClientError.unreachable(url, message: "nobody listens there")) {
            try await client.follow("/api/v1/events", after: nil) { _ in true }
        }
        try await connections.close()
    }

    @Test(.timeLimit(.minutes(15))) func anAnswerThatDoesNotEndIsGivenUp() async throws {
        let server = DrippingServer()
        let url = "http://127.0.0.1:\(server.port)"
        let connections = ServerConnections()
        var client = try ServerClient(try ClientAddress(url: url, token: "t"), by: connections)
        client.bodyPatience = .milliseconds(100)
        let patient = client
        await #expect(throws: ServerClientError.unreachable(url, message: "it does not answer in time")) {
            _ = try await patient.get("/api/v1/tasks", as: TaskPageView.self)
        }
        try await connections.close()
        withExtendedLifetime(server) {}
    }
}
