import Domain
import Fleet
import Runner
import Synchronization
import Wire

/// What a link asks of the daemon that it belongs to.
protocol LinkHost: Sendable {
    func hello() async throws -> Hello
    func heartbeat(session: Int, number: Int) async throws -> Heartbeat
    /// Writes a command down; throws where that cannot be done.
    func take(_ command: ToDaemon) async throws -> DaemonJournal.Receipt
    /// Carries out what the server said about attempts.
    func settle(_ welcome: Welcome) async throws
    func fence(ofEntry number: Int) async throws
    /// Lets go of all attempts and begins a new outbox.
    func beginAnew() async throws
    func renew(ago: Duration, lasting: Duration) async throws
    func tell(_ event: DaemonEvent)
    /// Whether nothing is here that the server has to hear of.
    func isIdle() async throws -> Bool
}

/// Carries out what ``LinkMachine`` says: one connection after the other, and what goes over it.
final class Link: Sendable {
    private let transport: any DaemonTransport
    private let journal: DaemonJournal
    private let clock: DaemonClock
    private let chance: @Sendable () -> Double
    private let rules: LinkRules
    private let (events, inbox) = AsyncStream.makeStream(of: Posted.self)
    /// The present connection; others are on their way out.
    private let current = Mutex(Current())

    private struct Current {
        var generation = 0
        var outgoing: AsyncStream<Outgoing>.Continuation?
        /// Rung when the connection is to end.
        var ending: Bell?
    }

    private struct Posted: Sendable {
        var event: LinkMachine.Event
        /// `nil` for what has nothing to do with a connection.
        var generation: Int?
        var done: CheckedContinuation<Void, Never>?
    }

    /// What the sender of a connection is to send.
    private enum Outgoing: Sendable {
        case frame([UInt8])
        case entries(Range<Int>)
    }

    static let tick = Duration.milliseconds(500)
    private static let chunk = 1 << 20

    init(_ parts: DaemonParts, clock: DaemonClock) {
        transport = parts.transport
        journal = parts.journal
        chance = parts.service.surroundings.jitter
        rules = parts.settings.link
        self.clock = clock
    }

    /// Tells the link of something that did not come over it.
    func post(_ event: LinkMachine.Event) { inbox.yield(Posted(event: event, generation: nil)) }

    /// Runs until it is told to end.
    func run(for host: any LinkHost) async throws {
        let known = try await journal.outbox()
        let outbox = OutboxState(lastMade: known.made, acknowledged: known.acknowledged)
        var machine = LinkMachine(outbox: outbox, rules: rules)
        var end: LinkEnd?
        // Each connection is a child: a group that keeps those that have ended would grow with every one.
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { [clock] in
                while await clock.sleep(for: Self.tick) { self.post(.ticked) }
            }
            post(.wanted)
            for await posted in events {
                defer { posted.done?.resume() }
                guard posted.generation == nil || posted.generation == generation else { continue }
                let effects = machine.handle(posted.event, at: clock.elapsed, chance: chance())
                do {
                    for effect in effects { try await perform(effect, host, &group) }
                } catch let reason as LinkEnd {
                    end = reason
                    break
                } catch {
                    host.tell(.linkFailed("\(error)"))
                    for effect in machine.handle(.notKept, at: clock.elapsed, chance: chance()) {
                        try await perform(effect, host, &group)
                    }
                }
                if machine.state == .over { break }
            }
            inbox.finish()
            group.cancelAll()
            close()
            // Nobody is to wait for what is not handled any more.
            for await posted in events { posted.done?.resume() }
        }
        if let end { throw end }
    }

    private var generation: Int { current.withLock(\.generation) }

    // MARK: - Effects

    private func perform(
        _ effect: LinkMachine.Effect,
        _ host: any LinkHost,
        _ group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        switch effect {
        case .open(let wait):
            let generation = current.withLock { current in
                current.generation += 1
                return current.generation
            }
            group.addTask { await self.serve(generation, after: wait, host) }
        case .close: close()
        case .sendHello: send(try await host.hello())
        case .sendEntries(let range): yield(.entries(range))
        case .sendBeat(let session, let number): send(try await host.heartbeat(session: session, number: number))
        case .send(let message): try await send(message)
        case .drop(let number):
            try await journal.acknowledge(upTo: number)
            host.tell(.acknowledged(upTo: number))
        case .settle(let welcome): try await host.settle(welcome)
        case .carryOut(let command): try await take(command, host)
        case .renew(let start, let lasting): try await host.renew(ago: clock.elapsed - start, lasting: lasting)
        case .fence(let number): try await host.fence(ofEntry: number)
        case .beginAnew: try await host.beginAnew()
        case .tell(let trouble): host.tell(.link(trouble))
        case .quit(let end): throw end
        case .quitIfIdle(let end, let tells):
            if try await host.isIdle() { throw end }
            if tells { host.tell(.link(.staysForAttempts)) }
        }
    }

    private func take(_ command: ToDaemon, _ host: any LinkHost) async throws {
        guard let id = command.commandID else { return }
        switch try await host.take(command) {
        case .new, .known: post(.kept(id: id))
        case .answered: post(.answered(id: id))
        }
    }

    private func send(_ message: LinkMessage) async throws {
        switch message {
        case .ack(let id): send(CommandAck(id: id))
        case .answer(let id): for answer in try await journal.answers(to: [id]) { send(answer) }
        case .unknown(let reference): send(NotUnderstood(reference))
        case .refused(let error, let reference): send(Refused(error, of: reference))
        }
    }

    private func send(_ message: some WireMessage) {
        do throws(WireError) {
            yield(.frame(try Frame.encode(message)))
        } catch {
            // It is makima's own and made of what was checked; what is wrong with it nobody can mend now.
            post(.lost)
        }
    }

    private func yield(_ outgoing: Outgoing) { current.withLock { _ = $0.outgoing?.yield(outgoing) } }

    private func close() {
        let ending = current.withLock { current in
            defer {
                current.outgoing = nil
                current.ending = nil
            }
            // What comes of the old connection from now on is of no interest.
            current.generation += 1
            return current.ending
        }
        ending?.ring()
    }

    // MARK: - One connection

    private func serve(_ generation: Int, after wait: Duration, _ host: any LinkHost) async {
        guard await clock.sleep(for: wait) else { return }
        do {
            try await transport.connect { connection in
                let (queue, outgoing) = AsyncStream.makeStream(of: Outgoing.self)
                let ending = Bell()
                let isCurrent = self.current.withLock { current in
                    guard current.generation == generation else { return false }
                    current.outgoing = outgoing
                    current.ending = ending
                    return true
                }
                guard isCurrent else { return }
                self.inbox.yield(Posted(event: .opened, generation: generation))
                await self.use(connection, queue, ending, generation)
            }
        } catch is CancellationError {
            // The link ends.
        } catch {
            let failure = error as? LinkFailure ?? .other("\(error)")
            inbox.yield(Posted(event: .failed(failure), generation: generation))
            return
        }
        inbox.yield(Posted(event: .lost, generation: generation))
    }

    /// Uses a connection until it ends, or is to.
    private func use(
        _ connection: any DaemonConnection,
        _ queue: AsyncStream<Outgoing>,
        _ ending: Bell,
        _ generation: Int
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ending.wait() }
            group.addTask { await self.receive(from: connection, generation) }
            group.addTask { await self.send(queue, over: connection, generation) }
            await group.next()
            group.cancelAll()
        }
    }

    private func receive(from connection: any DaemonConnection, _ generation: Int) async {
        // How it ended is told by the reconnection.
        try? await connection.receive { await self.handle(Self.event($0), generation) }
    }

    private static func event(_ bytes: [UInt8]) -> LinkMachine.Event {
        do throws(WireError) {
            return .received(try Frame.decode(bytes, as: ToDaemon.self))
        } catch {
            return .unreadable(error, Frame.reference(in: bytes))
        }
    }

    /// Returns when it is handled, so that no more is read than can be.
    private func handle(_ event: LinkMachine.Event, _ generation: Int) async {
        await withCheckedContinuation { continuation in
            let posted = Posted(event: event, generation: generation, done: continuation)
            guard case .enqueued = inbox.yield(posted) else {
                continuation.resume()
                return
            }
        }
    }

    private func send(_ queue: AsyncStream<Outgoing>, over connection: any DaemonConnection, _ generation: Int) async {
        do {
            for await outgoing in queue { try await send(outgoing, over: connection, generation) }
        } catch {
            // Whoever receives learns of the end, too.
            return
        }
    }

    private func send(_ outgoing: Outgoing, over connection: any DaemonConnection, _ generation: Int) async throws {
        switch outgoing {
        case .frame(let bytes): try await connection.send([bytes])
        case .entries(let range):
            let entries = try await journal.entries(range, atMost: Self.chunk)
            if !entries.isEmpty { try await connection.send(entries.map(\.frame)) }
            let last = entries.last?.number ?? range.lowerBound - 1
            inbox.yield(Posted(event: .sent(upTo: last), generation: generation))
        }
    }
}
