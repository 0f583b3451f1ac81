import Domain
import NIOCore
import NIOHTTP1
import TestSupport
import Testing
import WebSockets
import Wire

@testable import Server

/// Who is let in as a daemon.
@Suite(.timeLimit(.minutes(15)))
struct HelloTests {
    @Test func whoseTokenIsAnothersIsNotLetIn() async throws {
        let code = try await ServerBench.refusal { bench in
            var daemon = bench.anna
            daemon.id = "berta"
            return try await daemon.firstAnswer(daemon.hello)
        }
        #expect(code == "not_allowed")
    }

    @Test func aVersionThatNobodyUnderstandsIsRefused() async throws {
        let code = try await ServerBench.refusal { bench in
            var hello = bench.anna.hello
            (hello.version, hello.lowestVersion) = (9, 9)
            return try await bench.anna.firstAnswer(hello)
        }
        #expect(code == "version")
    }

    @Test func whatComesBeforeHelloIsNotExpected() async throws {
        let code = try await ServerBench.refusal { bench in
            var ack = CommandAck()
            ack.id = "x"
            return try await bench.anna.firstAnswer(ack)
        }
        #expect(code == "not_expected")
    }

    @Test func whoSaysNothingIsNotWaitedForLong() async throws {
        let code = try await ServerBench.refusal { bench in
            try await bench.anna.client()
                .connect { messages, sender in
                    var talk = FakeDaemon.Talk(iterator: messages.makeAsyncIterator(), sender: sender)
                    // The server's services sleep as well: who waits for hello is the seventh.
                    await bench.clock.sleepers(7)
                    bench.clock.advance(by: .seconds(11))
                    return try await talk.next()
                }
        }
        #expect(code == "not_expected")
    }

    @Test func aTokenOfAPersonOpensNoConnection() async throws {
        try await ServerBench.run { bench in
            for token in [bench.tokens.admin, bench.tokens.viewer, "x"] {
                let daemon = FakeDaemon(port: bench.port, token: token)
                let error = await #expect(throws: WebSocketError.self) {
                    try await daemon.client().connect { _, _ in }
                }
                guard case .refused(let status, _)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(status == (token == "x" ? 401 : 403))
            }
        }
    }

    /// A token of anna's that holds for a minute.
    private func shortToken(_ bench: ServerBench) async throws -> (id: String, token: String) {
        let body = #"{"label":"short","scope":"daemon","daemonId":"anna","expiresInSeconds":60}"#
        let made = try await bench.admin.post("/api/v1/tokens", body).json
        return (made["tokenId"]?.string ?? "", made["token"]?.string ?? "")
    }

    @Test func whatEndsATokenBetweenHandshakeAndHelloCounts() async throws {
        let codes = try await ServerBench.run { bench in
            var codes: [String?] = []
            for isRevoked in [true, false] {
                let (id, token) = try await shortToken(bench)
                let daemon = FakeDaemon(port: bench.port, token: token)
                let code = try await daemon.client()
                    .connect { messages, sender in
                        var talk = FakeDaemon.Talk(iterator: messages.makeAsyncIterator(), sender: sender)
                        if isRevoked {
                            _ = try await bench.admin.ask(.DELETE, "/api/v1/tokens/\(id)")
                        } else {
                            bench.wallClock.set(bench.wallClock.now() + .seconds(61))
                            try await talk.send(daemon.hello)
                        }
                        return try await talk.next { if case .refused(let refused) = $0 { refused.code } else { nil } }
                    }
                codes.append(code)
            }
            return codes
        }
        #expect(codes == ["not_allowed", "not_allowed"])
    }

    @Test func aConnectionEndsWithItsToken() async throws {
        let code = try await ServerBench.run { bench in
            let (_, token) = try await shortToken(bench)
            return try await FakeDaemon(port: bench.port, token: token)
                .connect { talk, _ in
                    bench.wallClock.set(bench.wallClock.now() + .seconds(61))
                    // Who watches the connection sleeps beside the server's services.
                    await bench.clock.sleepers(7)
                    bench.clock.advance(by: .seconds(5))
                    return try await talk.next { if case .refused(let refused) = $0 { refused.code } else { nil } }
                }
        }
        #expect(code == "not_allowed")
    }

    @Test func aSecondConnectionFencesTheFirst() async throws {
        let (code, closed) = try await ServerBench.run { bench in
            try await bench.anna.connect { first, _ in
                try await bench.anna.connect { second, welcome in
                    #expect(welcome.session > first.session)
                    let refused = try await first.next { if case .refused(let refused) = $0 { refused } else { nil } }
                    let end = try await first.next()
                    #expect(end == nil)
                    return (refused?.code, first.closed)
                }
            }
        }
        #expect(code == "fenced" && closed == .policyViolation)
    }
}
