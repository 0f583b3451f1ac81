import Domain
package import Fleet
package import Wire

/// The daemon's side of the connection to its server, as a value: it is told what happens, and says what to do.
///
/// Times are elapsed ones, on a clock that counts while the machine sleeps.
package struct LinkMachine: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// No connection, and none is being tried for.
        ///
        /// Can transition to: opening, over.
        case idle
        /// A connection is to be had, after a wait; so many tries in a row have failed before.
        ///
        /// Can transition to: greeting, opening, over.
        case opening(tries: Int)
        /// `hello` was sent at that time.
        ///
        /// Can transition to: online, opening, over.
        case greeting(tries: Int, since: Duration)
        /// The server has taken the daemon in.
        ///
        /// Can transition to: opening, over.
        case online(Online)
        case over
    }

    /// What is known of a connection on which the server has said `welcome`.
    package struct Online: Hashable, Sendable {
        package var session: Int
        var heartbeat: Duration
        var lease: Duration
        var grace: Duration
        /// The last entry that must be sent before anything but heartbeats is.
        var replayUpTo: Int
        /// When something was heard last.
        var heard: Duration
        var nextBeat: Duration
        /// The last heartbeat that was sent.
        var beat = 0
        /// Heartbeats without an answer, with the times at which they were sent.
        var unanswered: [Beat] = []
        /// Whether entries are on their way into the connection.
        var isSending = false
        /// What waits until everything is replayed.
        var waiting: [LinkMessage] = []
    }

    struct Beat: Hashable, Sendable {
        var number: Int
        var sentAt: Duration
    }

    package enum Event: Hashable, Sendable {
        /// The link is wanted.
        case wanted
        case opened
        /// The connection could not be had, or is gone.
        case lost
        /// The same, and why.
        case failed(LinkFailure)
        case received(ToDaemon)
        /// A frame came that is no message.
        case unreadable(WireError, FrameReference?)
        /// The outbox has entries up to this number.
        case made(upTo: Int)
        /// Entries up to this number went into the connection.
        case sent(upTo: Int)
        /// A command is on the disk.
        case kept(id: String)
        /// There is an answer to a command.
        case answered(id: String)
        /// What the server said could not be written down.
        case notKept
        /// What the daemon can take is something else than it told last.
        case capacityChanged
        case ticked
        /// The link is to end.
        case ended
    }

    package enum Effect: Hashable, Sendable {
        case open(after: Duration)
        case close
        case sendHello
        case sendEntries(Range<Int>)
        case sendBeat(session: Int, number: Int)
        case send(LinkMessage)
        /// The server has the entries up to there.
        case drop(upTo: Int)
        /// What follows for attempts and for new tasks.
        case settle(Welcome)
        case carryOut(ToDaemon)
        /// The attempts are the daemon's own for so long from a time on.
        case renew(from: Duration, lasting: Duration)
        /// The attempt of this entry is not the daemon's own any more.
        case fence(entry: Int)
        /// The server does not know what was told it: all that is here is let go of, and a new outbox begun.
        case beginAnew
        case tell(LinkTrouble)
        /// The daemon ends, at once.
        case quit(LinkEnd)
        /// The daemon ends where it has no attempts; otherwise this is told, once.
        case quitIfIdle(LinkEnd, tells: Bool)
    }

    package private(set) var state = State.idle
    package private(set) var outbox: OutboxState
    package let rules: LinkRules
    /// What was told last of why there is no connection: it is told again when it is another.
    private var told: LinkTrouble?
    private var hasBeenWelcome = false
    /// Since when the daemon is refused; `nil` while it is not.
    private var refusedSince: Duration?
    private var hasToldToStay = false

    package init(outbox: OutboxState, rules: LinkRules = LinkRules()) {
        self.outbox = outbox
        self.rules = rules
    }

    /// `chance` is drawn from 0 to 1 for each event.
    package mutating func handle(_ event: Event, at time: Duration, chance: Double) -> [Effect] {
        if case .made(let number) = event {
            outbox.noteMade(upTo: number)
        }
        if event == .ended {
            defer { state = .over }
            return state == .over ? [] : [.close]
        }
        switch state {
        case .idle:
            guard event == .wanted else { return [] }
            state = .opening(tries: 0)
            return [.open(after: .zero)]
        case .opening(let tries): return handleOpening(event, tries, time, chance)
        case .greeting(let tries, let since): return handleGreeting(event, tries, since, time, chance)
        case .online(let online): return handleOnline(event, online, time, chance)
        case .over: return []
        }
    }

    // MARK: - Before a session

    private mutating func handleOpening(_ event: Event, _ tries: Int, _ time: Duration, _ chance: Double) -> [Effect] {
        switch event {
        case .opened:
            state = .greeting(tries: tries, since: time)
            return [.sendHello]
        case .lost: return retry(after: tries + 1, chance)
        case .failed(let failure): return fail(failure, tries, time, chance)
        case .wanted, .received, .unreadable, .made, .sent, .kept, .answered, .notKept, .capacityChanged, .ticked,
            .ended:
            return []
        }
    }

    private mutating func handleGreeting(
        _ event: Event,
        _ tries: Int,
        _ since: Duration,
        _ time: Duration,
        _ chance: Double
    ) -> [Effect] {
        switch event {
        case .received(.welcome(let welcome)): return enter(welcome, since, time, chance)
        case .received(.refused(let refused)): return refuse(refused, tries, time, chance)
        case .lost: return retry(after: tries + 1, chance)
        case .failed(let failure): return fail(failure, tries, time, chance)
        case .ticked:
            guard time - since >= rules.patience else { return [] }
            return [.tell(.silent), .close] + retry(after: tries + 1, chance)
        case .notKept: return [.close] + retry(after: tries + 1, chance)
        case .received(let message):
            return [.tell(.unexpected(type: message.content.map { type(of: $0).type } ?? "unknown"))]
        case .unreadable(let error, let reference): return [.send(.refused(error, reference))]
        case .wanted, .opened, .made, .sent, .kept, .answered, .capacityChanged, .ended: return []
        }
    }

    private mutating func enter(_ welcome: Welcome, _ since: Duration, _ time: Duration, _ chance: Double) -> [Effect] {
        guard (ProtocolVersion.lowest...ProtocolVersion.highest).contains(welcome.version) else {
            return [.tell(.version(welcome.version)), .close] + retryLate(chance)
        }
        let before = outbox.acknowledged
        let taken = welcome.lastNumber
        guard outbox.connect(lastTaken: taken) != .impossible else {
            let trouble = LinkTrouble.otherNumbers(taken: taken, acknowledged: before, made: outbox.lastMade)
            return [.tell(trouble)] + beginAnew(after: 1, chance)
        }
        (told, refusedSince, hasBeenWelcome, hasToldToStay) = (nil, nil, true, false)
        let heartbeat = max(welcome.heartbeatMilliseconds, .milliseconds(10))
        var online = Online(
            session: welcome.session,
            heartbeat: heartbeat,
            lease: welcome.leaseMilliseconds,
            grace: welcome.graceMilliseconds,
            replayUpTo: outbox.lastMade,
            heard: time,
            nextBeat: time + heartbeat
        )
        var effects: [Effect] = taken > before ? [.drop(upTo: taken)] : []
        effects += [.renew(from: since, lasting: online.lease + online.grace), .settle(welcome)]
        effects += deliver(&online)
        state = .online(online)
        return effects
    }

    // MARK: - In a session

    private mutating func handleOnline(_ event: Event, _ old: Online, _ time: Duration, _ chance: Double) -> [Effect] {
        var online = old
        var effects: [Effect] = []
        switch event {
        case .received(let message):
            online.heard = time
            if case .refused(let refused) = message { return take(refused, online, time, chance) }
            effects = take(message, &online)
        case .unreadable(let error, let reference):
            online.heard = time
            effects = say(.refused(error, reference), &online)
        case .made: break
        case .sent(let number):
            online.isSending = false
            outbox.noteSent(upTo: number)
        case .kept(let id): effects = say(.ack(id: id), &online)
        case .answered(let id): effects = say(.answer(id: id), &online)
        case .ticked:
            if time - online.heard >= online.heartbeat * 3 {
                return [.tell(.silent), .close] + retry(after: 1, chance)
            }
            effects = beat(&online, time)
        case .lost: return retry(after: 1, chance)
        case .failed(let failure): return fail(failure, 0, time, chance)
        case .notKept: return [.close] + retry(after: 1, chance)
        case .capacityChanged:
            online.nextBeat = time
            effects = beat(&online, time)
        case .wanted, .opened, .ended: break
        }
        effects += deliver(&online)
        state = .online(online)
        return effects
    }

    private mutating func take(_ message: ToDaemon, _ online: inout Online) -> [Effect] {
        switch message {
        case .ack(let ack): return take(ack, &online)
        case .notUnderstood(let other): return [.tell(.notUnderstood(type: other.of))]
        case .unknown(let reference): return say(.unknown(reference), &online)
        case .welcome: return [.tell(.unexpected(type: Welcome.type))]
        case .refused: return []
        case .spawnTask, .checkpointPart, .pauseTask, .resumeTask, .stopTask, .interruptTask, .sendMessage,
            .answerQuestion, .restoreCheckpoint, .deleteWorkspace, .drain, .mergeTasks, .mergePart:
            return [.carryOut(message)]
        }
    }

    private mutating func take(_ ack: OutboxAck, _ online: inout Online) -> [Effect] {
        var effects: [Effect] = []
        switch outbox.acknowledge(upTo: ack.upTo) {
        case .released(let number): effects.append(.drop(upTo: number))
        case .repetition: break
        case .impossible:
            effects.append(
                .tell(.otherNumbers(taken: ack.upTo, acknowledged: outbox.acknowledged, made: outbox.lastMade))
            )
        }
        guard let beat = ack.beat, let answered = online.unanswered.last(where: { $0.number == beat }) else {
            return effects
        }
        online.unanswered.removeAll { $0.number <= beat }
        return effects + [.renew(from: answered.sentAt, lasting: online.lease + online.grace)]
    }

    private mutating func take(_ refused: Refused, _ online: Online, _ time: Duration, _ chance: Double) -> [Effect] {
        if LinkRules.connectionCodes.contains(refused.code) { return refuse(refused, 0, time, chance) }
        var online = online
        var effects: [Effect] = [.tell(.refused(code: refused.code, message: refused.message))]
        if refused.code == "stale_attempt", let number = refused.number { effects = [.fence(entry: number)] }
        effects += deliver(&online)
        state = .online(online)
        return effects
    }

    private func beat(_ online: inout Online, _ time: Duration) -> [Effect] {
        guard time >= online.nextBeat else { return [] }
        online.nextBeat = time + online.heartbeat
        online.beat += 1
        online.unanswered.append(Beat(number: online.beat, sentAt: time))
        // Silence is noticed long before.
        if online.unanswered.count > 100 { online.unanswered.removeFirst() }
        return [.sendBeat(session: online.session, number: online.beat)]
    }

    /// Sends what may be sent now: entries as far as the window goes, and what waited for the replay.
    private func deliver(_ online: inout Online) -> [Effect] {
        var effects: [Effect] = []
        if outbox.sent >= min(online.replayUpTo, outbox.lastMade), !online.waiting.isEmpty {
            effects = online.waiting.map(Effect.send)
            online.waiting = []
        }
        let end = min(outbox.lastMade, outbox.acknowledged + rules.window)
        guard !online.isSending, outbox.sent < end else { return effects }
        online.isSending = true
        return effects + [.sendEntries(outbox.sent + 1..<end + 1)]
    }

    private func say(_ message: LinkMessage, _ online: inout Online) -> [Effect] {
        guard outbox.sent < min(online.replayUpTo, outbox.lastMade) else { return [.send(message)] }
        online.waiting.append(message)
        return []
    }

    // MARK: - Ends of connections

    private mutating func refuse(_ refused: Refused, _ tries: Int, _ time: Duration, _ chance: Double) -> [Effect] {
        let effects = tellOnce(.refused(code: refused.code, message: refused.message)) + [.close]
        switch refused.code {
        case "fenced":
            state = .over
            return [.close, .quit(.fenced)]
        case "not_allowed":
            // The file may hold another token by now.
            let hint = refused.hint ?? LinkFailure.tokenRefused(status: 401).hint
            return effects + quitIfIdle(.refused(refused.message, hint: hint), at: time) + retryLate(chance)
        case "version": return effects + retryLate(chance)
        case "outbox_lost", "outbox_ahead": return effects + beginAnew(after: tries + 1, chance)
        default: return effects + retry(after: tries + 1, chance)
        }
    }

    private mutating func fail(_ failure: LinkFailure, _ tries: Int, _ time: Duration, _ chance: Double) -> [Effect] {
        let effects = tellOnce(.failed(failure))
        guard failure.isOfToken else { return effects + retry(after: tries + 1, chance) }
        let end = LinkEnd.refused(failure.description, hint: failure.hint)
        return effects + quitIfIdle(end, at: time) + retry(after: tries + 1, chance)
    }

    /// Who was never let in ends at once; otherwise the server's owner may have something to mend.
    private mutating func quitIfIdle(_ end: LinkEnd, at time: Duration) -> [Effect] {
        let since = refusedSince ?? time
        refusedSince = since
        guard !hasBeenWelcome || time - since >= rules.refusalPatience else { return [] }
        defer { hasToldToStay = true }
        return [.quitIfIdle(end, tells: !hasToldToStay)]
    }

    private mutating func tellOnce(_ trouble: LinkTrouble) -> [Effect] {
        guard told != trouble else { return [] }
        told = trouble
        return [.tell(trouble)]
    }

    private mutating func retry(after tries: Int, _ chance: Double) -> [Effect] {
        state = .opening(tries: tries)
        return [.open(after: rules.wait(after: tries, chance: chance))]
    }

    /// The retry is first: it comes also where the new outbox cannot be written down.
    private mutating func beginAnew(after tries: Int, _ chance: Double) -> [Effect] {
        outbox = OutboxState()
        return [.close] + retry(after: tries, chance) + [.beginAnew]
    }

    private mutating func retryLate(_ chance: Double) -> [Effect] { retry(after: LinkRules.many, chance) }
}
