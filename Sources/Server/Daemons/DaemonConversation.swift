import Domain
import Fleet
import Logging
import NIOCore
import Store
import Synchronization
import WebSockets
import Wire

/// Talks with one daemon, from its `hello` to the end of its connection.
///
/// One task reads and puts into the mailbox, one stores what is in it and acknowledges, one sends commands; whichever
/// comes to an end ends all. A daemon that does not read stops the one that acknowledges, then the one that reads, and
/// so itself.
struct DaemonConversation: Sendable {
    let line: DaemonLine
    let services: DaemonServices
    let sender: WebSocketConnection.Sender
    /// How often something has come.
    let heard = Signs()

    /// How a conversation ends.
    enum End: Sendable {
        /// The other end is gone, or has said that it goes.
        case gone
        case refused(Refused, WebSocketCloseCode)
        case ended(DaemonLine.Ending)
        case silent
    }

    /// Counts signs of life.
    final class Signs: Sendable {
        private let count = Atomic(0)
        func note() { count.add(1, ordering: .relaxed) }
        /// How many there were since the last call.
        func take() -> Int { count.exchange(0, ordering: .relaxed) }
    }

    // MARK: - Its course

    func run(_ messages: WebSocketConnection.Messages) async throws {
        let mailbox = Mailbox<[UInt8]>(limit: services.pace.inboxBytes)
        let end = await withTaskGroup(of: End.self) { group in
            group.addTask { await read(messages, into: mailbox) }
            group.addTask { await converse(mailbox) }
            group.addTask { await ending() }
            let first = await group.next() ?? .gone
            group.cancelAll()
            return first
        }
        try await say(end)
    }

    private func read(_ messages: WebSocketConnection.Messages, into mailbox: Mailbox<[UInt8]>) async -> End {
        defer { mailbox.finish() }
        do {
            for try await message in messages {
                heard.note()
                switch message {
                case .text(let text): await mailbox.put(Array(text.readableBytesView), weight: text.readableBytes)
                // Is refused in its turn as what is not UTF-8.
                case .binary: await mailbox.put([0xFF], weight: 1)
                case .close: return .gone
                }
            }
        } catch {
            services.logger.debug("A connection of a daemon broke.", metadata: line.metadata(["error": "\(error)"]))
        }
        return .gone
    }

    private func ending() async -> End {
        for await _ in line.endings.rings { if let ending = line.ending { return .ended(ending) } }
        return .gone
    }

    /// Says why the connection ends, where the other end is still there.
    private func say(_ end: End) async throws {
        switch end {
        case .gone: return
        case .silent: throw WebSocketError.unresponsive
        case .refused(let refused, let code): try await close(refused, code)
        case .ended(.fenced):
            try await close(
                Greeting.refused("fenced", "Another connection of this daemon has begun."),
                .policyViolation
            )
        case .ended(.revoked):
            let words = "The daemon's token was revoked or has expired, or the daemon was removed."
            try await close(Greeting.refused("not_allowed", words), .policyViolation)
        case .ended(.shuttingDown):
            try await close(Greeting.refused("shutting_down", "The server is about to end."), .goingAway)
        }
    }

    private func close(_ refused: Refused, _ code: WebSocketCloseCode) async throws {
        services.logger.notice(
            "A daemon's connection is closed.",
            metadata: line.metadata(["code": "\(refused.code)"])
        )
        try await send(refused)
        try await sender.close(code, refused.code)
    }

    func send(_ message: some WireMessage) async throws {
        try await sender.send(ByteBuffer(bytes: try Frame.encode(message)))
    }

    // MARK: - After hello

    private func converse(_ mailbox: Mailbox<[UInt8]>) async -> End {
        do {
            guard let first = try await first(of: mailbox) else {
                return .refused(Greeting.refused("not_expected", "No 'hello' came in time."), .policyViolation)
            }
            switch try await services.greeter.greet(first.hello, line) {
            case .refused(let refused): return .refused(refused, .policyViolation)
            case .welcome(let welcome, let opening):
                if opening.isOutboxNew { services.receipts.forget(line.daemon) }
                try await send(welcome)
                let end = await talk(mailbox, Session(first.hello, opening), rest: first.rest)
                await services.close(opening.session.key, end)
                return end
            }
        } catch let problem as HelloProblem {
            return .refused(problem.refused, .protocolError)
        } catch {
            return failed(error)
        }
    }

    /// That the first message is no `hello`.
    private struct HelloProblem: Error {
        let refused: Refused
    }

    private func first(of mailbox: Mailbox<[UInt8]>) async throws -> (hello: Hello, rest: [[UInt8]])? {
        let frames = try await withThrowingTaskGroup(of: [[UInt8]]?.self) { group in
            group.addTask { await mailbox.take() }
            group.addTask {
                try await services.surroundings.clock.sleep(for: services.pace.helloTime)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let frames, let bytes = frames.first else { return nil }
        switch Intake.read(bytes) {
        case .control(.hello(let hello)): return (hello, Array(frames.dropFirst()))
        case .refused(let refused, _, _): throw HelloProblem(refused: refused)
        case .control, .report, .unknown:
            throw HelloProblem(refused: Greeting.refused("not_expected", "The first message is to be 'hello'."))
        }
    }

    /// What a conversation knows of its session.
    struct Session: Sendable {
        let key: SessionKey
        let lastTaken: Int
        /// The newest entry that the daemon had when it connected: what comes up to it is replayed.
        let replayedUpTo: Int

        init(_ hello: Hello, _ opening: SessionOpening) {
            key = opening.session.key
            lastTaken = opening.lastTaken
            replayedUpTo = hello.lastNumber
        }
    }

    private func talk(_ mailbox: Mailbox<[UInt8]>, _ session: Session, rest: [[UInt8]]) async -> End {
        let replayed = Bell()
        return await withTaskGroup(of: End.self) { group in
            group.addTask {
                var inbox = DaemonInbox(conversation: self, session: session, replayed: replayed)
                let end = await take(&inbox, rest, from: mailbox)
                await inbox.close()
                return end
            }
            group.addTask {
                do {
                    for await _ in replayed.rings { break }
                    var pump = CommandPump(conversation: self, session: session)
                    try await pump.run()
                    return .gone
                } catch { return failed(error) }
            }
            group.addTask { await watch(mailbox) }
            let first = await group.next() ?? .gone
            group.cancelAll()
            return first
        }
    }

    private func take(_ inbox: inout DaemonInbox, _ rest: [[UInt8]], from mailbox: Mailbox<[UInt8]>) async -> End {
        do {
            if let end = try await inbox.take(rest) { return end }
            while let frames = await mailbox.take() {
                if let end = try await inbox.take(frames) { return end }
            }
            return .gone
        } catch { return failed(error) }
    }

    /// Ends when nothing has come for three heartbeats, or the token is not accepted any more.
    private func watch(_ mailbox: Mailbox<[UInt8]>) async -> End {
        var silence = Silence()
        while true {
            do {
                try await services.surroundings.clock.sleep(for: services.pace.heartbeat)
            } catch { return .gone }
            if silence.note(heard.take(), isFull: mailbox.isFull) { return .silent }
            do {
                let isAdmitted = try await services.greeter.isAdmitted(line, at: services.surroundings.now())
                if !isAdmitted { return .ended(.revoked) }
            } catch {
                let metadata = line.metadata(["error": "\(error)"])
                services.logger.warning("A token could not be looked at.", metadata: metadata)
            }
        }
    }

    private func failed(_ error: any Error) -> End {
        if error is CancellationError || error is ChannelError || error is IOError { return .gone }
        services.logger.error(
            "A daemon's messages could not be stored.",
            metadata: line.metadata(["error": "\(error)"])
        )
        return .refused(Greeting.refused("internal", "The server has failed; its log says how."), .internalError)
    }
}

extension DaemonLine {
    func metadata(_ more: Logger.Metadata = [:]) -> Logger.Metadata {
        more.merging(["daemon.id": "\(daemon)"]) { first, _ in first }
    }
}

extension DaemonConversation {
    /// Of one message.
    static var mostFrameBytes: Int { WireLimits.frame }
}
