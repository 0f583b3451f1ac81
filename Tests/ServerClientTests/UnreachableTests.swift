import Domain
import TestSupport
import Testing
import Wire

@testable import ServerClient

struct UnreachableTests {
    @Test func aPortWithoutAListenerIsToldInWords() async throws {
        let port = SilentPort(isListening: false)
        defer { withExtendedLifetime(port) {} }
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
