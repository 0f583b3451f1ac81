import NIOCore
import NIOPosix
import Synchronization
import Testing
import WebSockets

@Suite(.timeLimit(.minutes(15)))
struct WebSocketTests {
    @Test func bothEndsUnderstandEachOther() async throws {
        let answer = try await LoopbackServer.run(talk: LoopbackServer.echo) { server in
            try await server.client()
                .connect { messages, sender in
                    try await sender.send(["ä", "b"].map { ByteBuffer(string: $0) })
                    var read: [String] = []
                    for try await message in messages {
                        guard case .text(let text) = message else { break }
                        read.append(String(buffer: text))
                        if read.count == 2 { break }
                    }
                    return read
                }
        }
        #expect(answer == ["ä", "b"])
    }

    @Test func aServerDoesNotMaskAndAnswersWhatCameWithTheHandshake() async throws {
        let frame = try await LoopbackServer.run(talk: LoopbackServer.echo) { server in
            try await RawClient.connect(to: server.port, early: RawClient.text("early")) { try await $0.frame() }
        }
        #expect(frame == RawClient.Frame(opcode: 1, isMasked: false, payload: Array("early".utf8)))
    }

    @Test func fragmentsAreOneMessageAndPingsMayComeBetween() async throws {
        let frames = try await LoopbackServer.run(talk: LoopbackServer.echo) { server in
            try await RawClient.connect(to: server.port) { session in
                try await session.send(
                    RawClient.frame(0x01, Array("on".utf8)) + RawClient.frame(0x89, [7])
                        + RawClient.frame(0x00, Array("e".utf8)) + RawClient.frame(0x80, Array("!".utf8))
                )
                return [try await session.frame(), try await session.frame()]
            }
        }
        #expect(frames.compactMap { $0?.opcode } == [0xA, 1])
        #expect(frames.compactMap { $0?.payload } == [[7], Array("one!".utf8)])
    }

    static let violations: [(String, [UInt8], Int)] = [
        ("no mask", RawClient.frame(0x81, Array("x".utf8), isMasked: false), 1002),
        ("a continuation of nothing", RawClient.frame(0x80, [1]), 1002),
        ("a message within a message", RawClient.frame(0x01, [65]) + RawClient.frame(0x81, [65]), 1002),
        ("a fragmented ping", RawClient.frame(0x09, []), 1002),
        ("a reserved opcode", RawClient.frame(0x83, []), 1002),
        ("text that is not UTF-8", RawClient.frame(0x81, [0xC3, 0x28]), 1007),
        ("half a character at the end", RawClient.frame(0x01, [65]) + RawClient.frame(0x80, [0xC3]), 1007),
        ("a frame that is too large", RawClient.frame(0x82, [UInt8](repeating: 0, count: 3000)), 1009),
        (
            "a message that is too large",
            RawClient.frame(0x02, [UInt8](repeating: 0, count: 1500))
                + RawClient.frame(0x80, [UInt8](repeating: 0, count: 1500)), 1009
        ),
    ]

    @Test(arguments: violations)
    func whoBreaksARuleIsToldWhich(_ name: String, bytes: [UInt8], expected: Int) async throws {
        var options = WebSocketOptions()
        options.maxFrameSize = 2000
        options.maxMessageSize = 2000
        options.closeTimeout = .milliseconds(100)
        let code = try await LoopbackServer.run(options, talk: LoopbackServer.echo) { server in
            try await RawClient.connect(to: server.port) { session in
                try await session.send(bytes)
                return try await session.closeCode()
            }
        }
        #expect(code == expected, "\(name)")
    }

    @Test func garbageEndsTheConnection() async throws {
        try await LoopbackServer.run(talk: LoopbackServer.echo) { server in
            try await RawClient.connect(to: server.port) { session in
                try await session.send([UInt8](repeating: 0xFF, count: 5000))
                _ = try await session.closeCode()
            }
        }
    }

    @Test func aCharacterMayBeCutByFragments() async throws {
        let frame = try await LoopbackServer.run(talk: LoopbackServer.echo) { server in
            try await RawClient.connect(to: server.port) { session in
                try await session.send(RawClient.frame(0x01, [0xC3]) + RawClient.frame(0x80, [0xA4]))
                return try await session.frame()
            }
        }
        #expect(frame?.payload == Array("ä".utf8))
    }

    @Test func aPeerThatIsGoneIsNoticed() async throws {
        var options = WebSocketOptions()
        options.pingInterval = .milliseconds(20)
        options.pongTimeout = .milliseconds(50)
        let sawEnd = Mutex(false)
        try await LoopbackServer.run(options) { messages, _ in
            defer { sawEnd.withLock { $0 = true } }
            for try await _ in messages {}
        } _: { server in
            // It reads the pings, and answers none of them.
            try await RawClient.connect(to: server.port) { session in
                #expect(try await session.frame()?.opcode == 9)
                _ = try await session.closeCode()
            }
        }
        #expect(sawEnd.withLock { $0 })
    }

    @Test func aPeerThatAnswersPingsStays() async throws {
        var options = WebSocketOptions()
        options.pingInterval = .milliseconds(10)
        options.pongTimeout = .milliseconds(2000)
        let frame = try await LoopbackServer.run(options, talk: LoopbackServer.echo) { server in
            try await RawClient.connect(to: server.port) { session in
                for _ in 0..<5 {
                    let ping = try #require(try await session.frame())
                    #expect(ping.opcode == 9)
                    try await session.send(RawClient.frame(0x8A, ping.payload))
                }
                try await session.send(RawClient.text("here"))
                var frame = try await session.frame()
                while frame?.opcode == 9 { frame = try await session.frame() }
                return frame
            }
        }
        #expect(frame?.payload == Array("here".utf8))
    }

    @Test func whoSendsWaitsForWhoReads() async throws {
        let piece = ByteBuffer(string: String(repeating: "x", count: 64 << 10))
        let sent = Atomic(0)
        let count = 1600
        let most = try await LoopbackServer.run { messages, sender in
            for _ in 0..<count {
                try await sender.send(piece)
                sent.add(1, ordering: .relaxed)
            }
            for try await _ in messages {}
        } _: { server in
            try await server.client()
                .connect { messages, _ in
                    var (read, most) = (0, 0)
                    for try await message in messages where read < count {
                        guard case .text = message else { break }
                        read += 1
                        most = max(most, sent.load(ordering: .relaxed) - read)
                        if read == count { break }
                    }
                    return most
                }
        }
        // Of a hundred mebibytes: the kernel alone may take 37.
        #expect(most < 1000)
    }

    @Test func aServerThatEndsSaysSo() async throws {
        let last = try await LoopbackServer.run(talk: LoopbackServer.echo) { server in
            try await server.client()
                .connect { messages, sender in
                    try await sender.send(ByteBuffer(string: "first"))
                    var last: WebSocketMessage?
                    for try await message in messages {
                        if case .text = message { server.quiesce() }
                        last = message
                    }
                    return last
                }
        }
        guard case .close(.goingAway, _) = last else {
            Issue.record("The last message was \(String(describing: last)).")
            return
        }
    }

    @Test func aCloseIsAnsweredWithItsCode() async throws {
        let code = try await LoopbackServer.run(talk: LoopbackServer.echo) { server in
            try await RawClient.connect(to: server.port) { session in
                try await session.send(RawClient.frame(0x88, [0x03, 0xE9]))
                return try await session.closeCode()
            }
        }
        #expect(code == 1001)
    }

    @Test func aServerThatSimplyLeavesIsAnEnd() async throws {
        try await LoopbackServer.run { _, sender in
            try await sender.send(ByteBuffer(string: "bye"))
            throw ChannelError.eof
        } _: { server in
            do {
                try await server.client().connect { messages, _ in for try await _ in messages {} }
            } catch {
                // It may be gone before there was a connection, and the kernel may say so.
            }
        }
    }

    @Test func aRefusalIsTold() async throws {
        await #expect(throws: WebSocketError.refused(status: 403, text: "no!")) {
            try await LoopbackServer.run(talk: LoopbackServer.echo) { server in
                let client = WebSocketClient(
                    server.endpoint("/refused"),
                    options: WebSocketOptions(),
                    group: .singletonMultiThreadedEventLoopGroup
                )
                try await client.connect { _, _ in }
            }
        }
    }

    @Test func aPortWhereNobodyListensIsAnError() async throws {
        let endpoint = WebSocketClient.Endpoint(host: "127.0.0.1", port: 1, path: "/")
        let client = WebSocketClient(
            endpoint,
            options: WebSocketOptions(),
            group: .singletonMultiThreadedEventLoopGroup
        )
        await #expect(throws: (any Error).self) { try await client.connect { _, _ in } }
    }
}
