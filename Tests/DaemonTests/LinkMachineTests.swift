import Domain
import Fleet
import TestSupport
import Testing
import Wire

@testable import Daemon

struct LinkMachineTests {
    private func welcome(_ last: Int, session: Int = 1) -> ToDaemon {
        var welcome = Welcome()
        welcome.session = session
        welcome.lastNumber = last
        welcome.heartbeatMilliseconds = .seconds(5)
        welcome.leaseMilliseconds = .seconds(30)
        welcome.graceMilliseconds = .seconds(300)
        return .welcome(welcome)
    }

    private func refused(_ code: String, number: Int? = nil) -> ToDaemon {
        var refused = Refused()
        refused.code = code
        refused.number = number
        return .refused(refused)
    }

    private func ack(_ number: Int, beat: Int? = nil) -> ToDaemon { .ack(OutboxAck(upTo: number, beat: beat)) }

    private func machine(made: Int = 0, acknowledged: Int = 0, window: Int = 256) -> LinkMachine {
        var rules = LinkRules()
        rules.window = window
        return LinkMachine(outbox: OutboxState(lastMade: made, acknowledged: acknowledged), rules: rules)
    }

    /// A machine whose server has said `welcome` at 1 s.
    private func online(made: Int = 0, taken: Int = 0, window: Int = 256) -> LinkMachine {
        var machine = machine(made: made, acknowledged: taken, window: window)
        for event: LinkMachine.Event in [.wanted, .opened] { _ = machine.handle(event, at: .zero, chance: 0) }
        _ = machine.handle(.received(welcome(taken)), at: .seconds(1), chance: 0)
        return machine
    }

    @Test func itConnectsAndIntroducesItself() {
        var machine = machine(made: 3)
        #expect(machine.handle(.wanted, at: .zero, chance: 0) == [.open(after: .zero)])
        #expect(machine.handle(.opened, at: .seconds(1), chance: 0) == [.sendHello])
        let effects = machine.handle(.received(welcome(1)), at: .seconds(2), chance: 0)
        #expect(effects.first == .drop(upTo: 1))
        #expect(effects.contains(.renew(from: .seconds(1), lasting: .seconds(330))))
        #expect(effects.last == .sendEntries(2..<4))
    }

    @Test func theReplayComesBeforeAnythingElse() {
        var machine = online(made: 4, window: 2)
        #expect(machine.handle(.kept(id: "c"), at: .seconds(2), chance: 0) == [])
        #expect(machine.handle(.sent(upTo: 2), at: .seconds(2), chance: 0) == [])
        #expect(machine.handle(.received(ack(2)), at: .seconds(2), chance: 0) == [.drop(upTo: 2), .sendEntries(3..<5)])
        #expect(machine.handle(.answered(id: "c"), at: .seconds(2), chance: 0) == [])
        #expect(
            machine.handle(.sent(upTo: 4), at: .seconds(2), chance: 0)
                == [.send(.ack(id: "c")), .send(.answer(id: "c"))]
        )
        #expect(machine.handle(.kept(id: "d"), at: .seconds(2), chance: 0) == [.send(.ack(id: "d"))])
    }

    @Test func noMoreIsOnItsWayThanTheWindow() {
        var machine = online(window: 2)
        #expect(machine.handle(.made(upTo: 5), at: .seconds(2), chance: 0) == [.sendEntries(1..<3)])
        #expect(machine.handle(.made(upTo: 6), at: .seconds(2), chance: 0) == [])
        #expect(machine.handle(.sent(upTo: 1), at: .seconds(2), chance: 0) == [.sendEntries(2..<3)])
        #expect(machine.handle(.sent(upTo: 2), at: .seconds(2), chance: 0) == [])
        #expect(machine.handle(.received(ack(1)), at: .seconds(2), chance: 0) == [.drop(upTo: 1), .sendEntries(3..<4)])
    }

    @Test func heartbeatsComeAtTheirPaceAndRenewFromWhenTheyWereSent() {
        var machine = online()
        #expect(machine.handle(.ticked, at: .seconds(5), chance: 0) == [])
        #expect(machine.handle(.ticked, at: .seconds(6), chance: 0) == [.sendBeat(session: 1, number: 1)])
        #expect(machine.handle(.ticked, at: .seconds(7), chance: 0) == [])
        #expect(machine.handle(.ticked, at: .seconds(11), chance: 0) == [.sendBeat(session: 1, number: 2)])
        let renewed = machine.handle(.received(ack(0, beat: 1)), at: .seconds(12), chance: 0)
        #expect(renewed == [.renew(from: .seconds(6), lasting: .seconds(330))])
        #expect(machine.handle(.received(ack(0, beat: 1)), at: .seconds(13), chance: 0) == [])
    }

    @Test func aHeartbeatIsSentInTheMidstOfAReplay() {
        var machine = online(made: 9, window: 2)
        #expect(machine.handle(.ticked, at: .seconds(6), chance: 0) == [.sendBeat(session: 1, number: 1)])
    }

    @Test func silenceOfThreeHeartbeatsIsADeadConnection() {
        var machine = online()
        #expect(!machine.handle(.ticked, at: .milliseconds(15_999), chance: 0).contains(.close))
        let effects = machine.handle(.ticked, at: .seconds(16), chance: 0)
        #expect(effects == [.tell(.silent), .close, .open(after: .milliseconds(500))])
    }

    @Test func aServerThatDoesNotAnswerTheGreetingIsLeft() {
        var machine = machine()
        for event: LinkMachine.Event in [.wanted, .opened] { _ = machine.handle(event, at: .zero, chance: 1) }
        #expect(machine.handle(.ticked, at: .seconds(19), chance: 1) == [])
        #expect(
            machine.handle(.ticked, at: .seconds(20), chance: 1)
                == [.tell(.silent), .close, .open(after: .milliseconds(1500))]
        )
    }

    @Test func triesComeLaterAndLaterUntilAWelcome() {
        var machine = machine()
        _ = machine.handle(.wanted, at: .zero, chance: 1)
        let waits = (0..<9).map { _ in machine.handle(.lost, at: .zero, chance: 1) }
        let expected = [1.5, 3, 6, 12, 24, 48, 90, 90, 90].map { [LinkMachine.Effect.open(after: .seconds($0))] }
        #expect(waits == expected)
        _ = machine.handle(.opened, at: .zero, chance: 1)
        _ = machine.handle(.received(welcome(0)), at: .zero, chance: 1)
        #expect(machine.handle(.lost, at: .zero, chance: 1) == [.open(after: .seconds(1.5))])
    }

    @Test func whoIsFencedEnds() {
        var machine = online()
        let effects = machine.handle(.received(refused("fenced")), at: .seconds(2), chance: 0)
        #expect(effects == [.close, .quit(.fenced)])
        #expect(machine.state == .over)
        #expect(machine.handle(.wanted, at: .seconds(901), chance: 0) == [])
    }

    private let denied = LinkFailure.tokenRefused(status: 401)

    @Test func whoWasNeverLetInEndsWithoutAttempts() {
        var machine = machine()
        _ = machine.handle(.wanted, at: .zero, chance: 0)
        let end = LinkEnd.refused(denied.description, hint: denied.hint)
        #expect(
            machine.handle(.failed(denied), at: .seconds(1), chance: 1)
                == [.tell(.failed(denied)), .quitIfIdle(end, tells: true), .open(after: .seconds(1.5))]
        )
        // It stays for its attempts: that is told once.
        #expect(
            machine.handle(.failed(denied), at: .seconds(2), chance: 1)
                == [.quitIfIdle(end, tells: false), .open(after: .seconds(3))]
        )
    }

    @Test func aRefusalIsToldOnceAndWaitedFor() {
        var machine = online()
        #expect(machine.handle(.received(refused("not_allowed")), at: .seconds(2), chance: 0).count == 3)
        #expect(machine.handle(.failed(denied), at: .seconds(60), chance: 0).first == .tell(.failed(denied)))
        for second in stride(from: 120, to: 600, by: 60) {
            let effects = machine.handle(.failed(denied), at: .seconds(second), chance: 0)
            #expect(effects.count == 1, "it is only tried again")
        }
        let late = machine.handle(.failed(denied), at: .seconds(602), chance: 0)
        #expect(late.first == .quitIfIdle(.refused(denied.description, hint: denied.hint), tells: true))
        // The owner has mended it.
        _ = machine.handle(.opened, at: .seconds(610), chance: 0)
        _ = machine.handle(.received(welcome(0)), at: .seconds(610), chance: 0)
        _ = machine.handle(.lost, at: .seconds(700), chance: 0)
        #expect(machine.handle(.failed(denied), at: .seconds(701), chance: 0).first == .tell(.failed(denied)))
    }

    @Test(arguments: [
        ("sslError([Error: 268435703 WRONG_VERSION_NUMBER at tls_record.cc:127])", "it does not speak TLS there"),
        ("CERTIFICATE_VERIFY_FAILED at handshake.cc", "its certificate is none that is trusted here"),
        ("other at file.cc", "TLS could not be agreed upon"),
    ])
    func whatALibrarySaysIsPutIntoWords(said: String, message: String) {
        #expect(LinkFailure.insecure(host: "h", said: said) == .insecure(host: "h", message: message))
    }

    @Test func whyThereIsNoConnectionIsToldWhenItChanges() {
        var machine = machine()
        _ = machine.handle(.wanted, at: .zero, chance: 0)
        let causes: [LinkFailure] = [
            .notListening(host: "h", port: 1), .notListening(host: "h", port: 1), .unknownName(host: "h"),
            .notListening(host: "h", port: 1),
        ]
        let told = causes.map { cause in
            machine.handle(.failed(cause), at: .zero, chance: 0).contains(.tell(.failed(cause)))
        }
        #expect(told == [true, false, true, true])
    }

    @Test(
        arguments: [
            .tokenRefused(status: 401), .tokenRefused(status: 403), .notListening(host: "h", port: 1),
            .unknownName(host: "h"), .noAnswer(host: "h", port: 1), .unanswered(host: "h", port: 1),
            .insecure(host: "h", message: "m"),
            .refused(status: 404), .refused(status: 421), .refused(status: 429), .refused(status: 503), .other("x"),
            .tokenFile(.noToken(path: "p")),
        ] as [LinkFailure]
    )
    func whyThereIsNoConnectionIsASentenceWithAHint(failure: LinkFailure) {
        #expect(failure.hint.hasSuffix(".") && !failure.description.isEmpty)
        #expect(LinkTrouble.failed(failure).sentence == "\(failure) \(failure.hint)")
    }

    @Test(arguments: ["version", "not_allowed"])
    func whatTimeDoesNotMendIsTriedRarely(_ code: String) {
        var machine = online()
        let effects = machine.handle(.received(refused(code)), at: .seconds(2), chance: 1)
        #expect(effects.last == .open(after: .seconds(90)))
    }

    /// The server does not know what was told it: what is here is let go of, and told anew from then on.
    @Test(arguments: ["outbox_lost", "outbox_ahead"])
    func anOutboxThatDoesNotFitIsBegunAnew(_ code: String) {
        var machine = online(made: 4)
        let effects = machine.handle(.received(refused(code)), at: .seconds(2), chance: 1)
        #expect(Array(effects.suffix(2)) == [.open(after: .seconds(1.5)), .beginAnew])
        #expect(machine.outbox == OutboxState())
    }

    @Test(arguments: ["outbox_gap", "shutting_down"])
    func otherRefusalsOfAConnectionAreTriedSoon(_ code: String) {
        var machine = online()
        let effects = machine.handle(.received(refused(code)), at: .seconds(2), chance: 1)
        #expect(effects.last == .open(after: .seconds(1.5)))
    }

    @Test func aStaleReportFencesItsAttemptAndNothingElse() {
        var machine = online(made: 1)
        let effects = machine.handle(.received(refused("stale_attempt", number: 1)), at: .seconds(2), chance: 0)
        #expect(effects == [.fence(entry: 1)])
        guard case .online = machine.state else { return #expect(Bool(false)) }
    }

    @Test(arguments: [(0, 3), (5, 4)])
    func aServerWithOtherNumbersIsNotReplayedTo(_ last: Int, _ acknowledged: Int) {
        var machine = machine(made: 4, acknowledged: acknowledged)
        for event: LinkMachine.Event in [.wanted, .opened] { _ = machine.handle(event, at: .zero, chance: 1) }
        let effects = machine.handle(.received(welcome(last)), at: .zero, chance: 1)
        #expect(effects.contains(.close))
        #expect(!effects.contains { if case .sendEntries = $0 { true } else { false } })
        #expect(effects.last == .beginAnew && machine.outbox == OutboxState())
    }

    @Test func whatCannotBeWrittenDownEndsTheConnection() {
        var machine = online()
        #expect(machine.handle(.notKept, at: .zero, chance: 1) == [.close, .open(after: .seconds(1.5))])
    }

    /// Every state with every event: what makes no sense changes nothing.
    @Test func everyEventInEveryState() {
        let states: [(String, LinkMachine)] = [
            ("idle", machine()), ("opening", opened(0)), ("greeting", opened(1)), ("online", online()),
            ("over", over()),
        ]
        let events: [(String, LinkMachine.Event, Set<String>)] = [
            ("wanted", .wanted, ["idle"]), ("opened", .opened, ["opening"]),
            ("lost", .lost, ["opening", "greeting", "online"]),
            ("failed", .failed(.other("x")), ["opening", "greeting", "online"]),
            ("welcome", .received(welcome(0)), ["greeting", "online"]),
            ("fenced", .received(refused("fenced")), ["greeting", "online"]),
            ("command", .received(.drain(Drain())), ["greeting", "online"]),
            ("unreadable", .unreadable(.notUTF8, nil), ["greeting", "online"]),
            ("kept", .kept(id: "c"), ["online"]), ("answered", .answered(id: "c"), ["online"]),
            ("made", .made(upTo: 1), ["online"]), ("sent", .sent(upTo: 0), []),
            ("notKept", .notKept, ["greeting", "online"]), ("capacityChanged", .capacityChanged, ["online"]),
            ("ticked", .ticked, []),
            ("ended", .ended, ["idle", "opening", "greeting", "online"]),
        ]
        for (state, machine) in states {
            for (event, happening, acting) in events {
                var copy = machine
                let effects = copy.handle(happening, at: .seconds(1), chance: 0)
                #expect(effects.isEmpty == !acting.contains(state), "\(event) in \(state): \(effects)")
                if effects.isEmpty, event != "made" { #expect(copy == machine, "\(event) in \(state)") }
            }
        }
    }

    private func opened(_ count: Int) -> LinkMachine {
        var machine = machine()
        _ = machine.handle(.wanted, at: .zero, chance: 0)
        if count > 0 { _ = machine.handle(.opened, at: .zero, chance: 0) }
        return machine
    }

    private func over() -> LinkMachine {
        var machine = online()
        _ = machine.handle(.ended, at: .zero, chance: 0)
        return machine
    }

    /// Whatever happens: entries are sent in order, without a gap, never beyond the window, and never beyond what was made.
    @Test(arguments: 0..<50)
    func entriesGoInOrderWhateverHappens(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var machine = machine(window: 4)
        var (made, taken, next, time) = (0, 0, 1, Duration.zero)
        var under: Range<Int>?
        func handle(_ event: LinkMachine.Event) {
            for effect in machine.handle(event, at: time, chance: 0.5) {
                switch effect {
                case .sendEntries(let range):
                    #expect(range.lowerBound == next && range.upperBound <= min(made, taken + 4) + 1)
                    under = range
                case .drop(let number): #expect(number <= taken)
                case .close, .open: under = nil
                default: break
                }
            }
        }
        handle(.wanted)
        for _ in 0..<300 {
            time += .milliseconds(Int.random(in: 0...4000, using: &generator))
            switch Int.random(in: 0..<8, using: &generator) {
            case 0:
                made += Int.random(in: 1...3, using: &generator)
                handle(.made(upTo: made))
            case 1: handle(.opened)
            case 2:
                if case .greeting = machine.state {
                    next = taken + 1
                    handle(.received(welcome(taken)))
                }
            case 3, 4:
                if let range = under {
                    let last = Int.random(in: range.lowerBound..<range.upperBound, using: &generator)
                    (under, next) = (nil, last + 1)
                    handle(.sent(upTo: last))
                }
            case 5:
                taken = Int.random(in: taken...max(taken, next - 1), using: &generator)
                handle(.received(ack(taken)))
            case 6: handle(.ticked)
            default: if Int.random(in: 0..<4, using: &generator) == 0 { handle(.lost) }
            }
        }
    }
}
