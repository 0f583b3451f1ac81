import Testing
import WebSockets

/// Servers that take a connection and do not answer.
@Suite(.timeLimit(.minutes(15)))
struct OpeningTests {
    @Test(arguments: [false, true])
    func whoDoesNotAnswerInTimeIsLeft(isSecure: Bool) async throws {
        var options = WebSocketOptions()
        options.openTimeout = .milliseconds(50)
        try await SilentServer.run { server in
            await #expect(throws: WebSocketError.unanswered) {
                try await server.client(options, isSecure: isSecure).connect { _, _ in }
            }
        }
    }

    @Test(arguments: [false, true])
    func whoWaitsForTheAnswerCanBeCancelled(isSecure: Bool) async throws {
        var options = WebSocketOptions()
        options.openTimeout = .seconds(3600)
        try await SilentServer.run { server in
            let client = server.client(options, isSecure: isSecure)
            await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await client.connect { _, _ in } }
                    for await _ in server.heard { break }
                    group.cancelAll()
                    try await group.next()
                }
            }
        }
    }
}
