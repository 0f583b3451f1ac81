import Domain
import LoopCore
import Testing

/// One row for each state and event, and what each end of an agent leads to.
struct LoopMachineTests {
    typealias Machine = LoopMachine
    typealias Effect = LoopMachine.Effect

    private static let checked = LoopRules.sample(checks: ["a"])
    private static let ready = Machine.sample()
    private static let iterating = Machine.sample(after: .start)
    private static let checking = Machine.sample(checked, after: .start, .iterationEnded(.sample(1, gate: .ready)))
    private static let waiting = Machine.sample(after: .start, .iterationEnded(.sample(1, .overloaded)))
    private static let stopping = iterating.after(.stopRequested)
    private static let stoppingChecks = checking.after(.stopRequested)
    private static let stopped = ready.after(.stopRequested)

    private static let hold = AccountHold(
        .usageLimit,
        from: Timestamp(millisecondsSince1970: 1),
        until: Timestamp(millisecondsSince1970: 9),
        stated: Timestamp(millisecondsSince1970: 8)
    )

    private static func waitsHeld(_ attempt: Int) -> Effect {
        .wait(.usageLimit, .at(hold.until, stated: hold.stated), attempt: attempt)
    }

    private static let person = Effect.finish(.interrupted(.person))
    private static let question = BlockCause.question(text: "?")
    private static let blocked = Effect.finish(.blocked(question))
    private static let defect = FailureCause.internalError(message: "!")
    private static let failed = Effect.finish(.failed(defect))
    private static let first = Effect.beginIteration(number: 1, attempt: 1, session: .fresh)
    private static let second = Effect.beginIteration(number: 2, attempt: 1, session: .fresh)
    private static let ended = Machine.Event.iterationEnded(.sample(1))
    private static let passed = Machine.Event.checksEnded(.sample(1, .passed))

    @Test(arguments: [
        (ready, Machine.Event.start, [first]),
        (ready, ended, []),
        (ready, passed, []),
        (ready, .heldBack(hold), [waitsHeld(1)]),
        (ready, .waitElapsed, []),
        (ready, .stopRequested, [person]),
        (ready, .pauseRequested, [.finish(.paused)]),
        (ready, .blocked(question), [blocked]),
        (ready, .failed(defect), [failed]),
        (iterating, .start, []),
        (iterating, ended, [second]),
        (iterating, passed, []),
        (iterating, .heldBack(hold), [waitsHeld(1)]),
        (iterating, .waitElapsed, []),
        (iterating, .stopRequested, [.interruptAgent]),
        (iterating, .pauseRequested, [.interruptAgent]),
        (iterating, .blocked(question), [blocked]),
        (iterating, .failed(defect), [failed]),
        (checking, .start, []),
        (checking, ended, []),
        (checking, passed, [.finish(.completed(.verified))]),
        (checking, .heldBack(hold), []),
        (checking, .waitElapsed, []),
        (checking, .stopRequested, [.interruptChecks]),
        (checking, .pauseRequested, [.interruptChecks]),
        (checking, .blocked(question), [blocked]),
        (checking, .failed(defect), [failed]),
        (waiting, .start, []),
        (waiting, ended, []),
        (waiting, passed, []),
        (waiting, .heldBack(hold), [waitsHeld(2)]),
        (waiting, .waitElapsed, [.beginIteration(number: 1, attempt: 2, session: .fresh)]),
        (waiting, .stopRequested, [person]),
        (waiting, .pauseRequested, [.finish(.paused)]),
        (waiting, .blocked(question), [blocked]),
        (waiting, .failed(defect), [failed]),
        (stopping, .start, []),
        (stopping, ended, [person]),
        (stopping, passed, []),
        (stopping, .heldBack(hold), [person]),
        (stopping, .waitElapsed, []),
        (stopping, .stopRequested, []),
        (stopping, .pauseRequested, []),
        (stopping, .blocked(question), [blocked]),
        (stopping, .failed(defect), [failed]),
        (stoppingChecks, .start, []),
        (stoppingChecks, ended, []),
        (stoppingChecks, passed, [person]),
        (stoppingChecks, .heldBack(hold), []),
        (stoppingChecks, .waitElapsed, []),
        (stoppingChecks, .stopRequested, []),
        (stoppingChecks, .pauseRequested, []),
        (stoppingChecks, .blocked(question), [blocked]),
        (stoppingChecks, .failed(defect), [failed]),
        (stopped, .start, []),
        (stopped, ended, []),
        (stopped, passed, []),
        (stopped, .heldBack(hold), []),
        (stopped, .waitElapsed, []),
        (stopped, .stopRequested, []),
        (stopped, .pauseRequested, []),
        (stopped, .blocked(question), []),
        (stopped, .failed(defect), []),
    ])
    func transition(from machine: Machine, on event: Machine.Event, yields effects: [Effect]) {
        let after = machine.after(event)
        var machine = machine
        let before = machine
        #expect(machine.handle(event) == effects)
        if effects.isEmpty { #expect(machine == before) }
        #expect(machine == after)
    }

    @Test func whatIsHeldBackIsNoTry() {
        var machine = Self.iterating
        let retries = machine.memory.retries
        #expect(machine.handle(.heldBack(Self.hold)) == [Self.waitsHeld(1)])
        #expect(machine.handle(.heldBack(Self.hold)) == [Self.waitsHeld(1)])
        #expect(machine.memory.retries == retries && machine.memory.attempts == 0)
        #expect(machine.handle(.waitElapsed) == [Self.first])
        #expect(machine.handle(.heldBack(Self.hold)) == [Self.waitsHeld(1)])
    }

    @Test func whoeverIsNotToWaitStopsWithTheStatedTime() {
        var machine = Machine.sample(.sample().with { $0.waits = false }, after: .start)
        #expect(machine.handle(.heldBack(Self.hold)) == [.finish(.waiting(.usageLimit, until: Self.hold.stated))])
    }

    @Test func aUsedUpBudgetIsNotWaitedFor() {
        var machine = Machine.sample(.sample().with { $0.budgets.maxTokens = 0 })
        #expect(machine.handle(.heldBack(Self.hold)) == [.finish(.budget(.tokens(spent: 0, limit: 0)))])
    }

    @Test(arguments: [
        (iterating, ended(2)), (iterating, ended(0)), (stopping, ended(2)),
        (checking, .checksEnded(.sample(2, .passed))), (stoppingChecks, .checksEnded(.sample(2, .passed))),
    ])
    func reportsOfOtherIterationsChangeNothing(machine: Machine, event: Machine.Event) {
        #expect(machine.after(event) == machine)
    }

    private static func ended(_ number: Int) -> Machine.Event { .iterationEnded(.sample(number)) }

    private static func launchProblem(attempts: Int) -> Reason {
        .blocked(.environment(.agentLaunch(agent: "claude", message: "x", attempts: attempts)))
    }

    @Test func silentLaunchFailuresHaveThreeTries() {
        var machine = Self.iterating
        let failure = Machine.Event.iterationEnded(.sample(1, .silentLaunchFailure(message: "x")))
        #expect(machine.handle(failure) == [.beginIteration(number: 1, attempt: 2, session: .fresh)])
        #expect(machine.handle(failure) == [.beginIteration(number: 1, attempt: 3, session: .fresh)])
        #expect(machine.handle(failure) == [.finish(Self.launchProblem(attempts: 3))])
        #expect(machine.iterationsUsed == 0)
    }

    /// What follows from each end with a gate that is not ready.
    @Test(arguments: [
        (IterationEnd.ok, Effect.beginIteration(number: 2, attempt: 1, session: .continue)),
        (.incomplete, .beginIteration(number: 2, attempt: 1, session: .continue)),
        (.agentError(message: "x"), .beginIteration(number: 2, attempt: 1, session: .fresh)),
        (.timeout(.iteration), .beginIteration(number: 2, attempt: 1, session: .continue)),
        (.stall, .beginIteration(number: 2, attempt: 1, session: .continue)),
        (.killed(signal: 9), .beginIteration(number: 2, attempt: 1, session: .continue)),
        (.question(text: "?"), .beginIteration(number: 2, attempt: 1, session: .continue)),
        (.permissionDenied(what: "npm"), .beginIteration(number: 2, attempt: 1, session: .continue)),
        (.overloaded, .wait(.overloaded, .backoff(.seconds(5)), attempt: 2)),
        (.network(message: "x"), .wait(.network, .backoff(.seconds(5)), attempt: 2)),
        (.rateLimited(retryAfter: nil), .wait(.rateLimited, .backoff(.seconds(5)), attempt: 2)),
        (.rateLimited(retryAfter: .seconds(42)), .wait(.rateLimited, .backoff(.seconds(42)), attempt: 2)),
        (.usageLimit(resetsAt: nil), .wait(.usageLimit, .backoff(.seconds(300)), attempt: 2)),
        (
            .usageLimit(resetsAt: Timestamp(millisecondsSince1970: 7)),
            .wait(.usageLimit, .until(Timestamp(millisecondsSince1970: 7), atLeast: .seconds(60)), attempt: 2)
        ),
        (.authentication(message: "x"), .beginIteration(number: 1, attempt: 2, session: .continue)),
        (.contextOverflow, .beginIteration(number: 1, attempt: 2, session: .fresh)),
        (.unusableSession, .beginIteration(number: 1, attempt: 2, session: .fresh)),
        (.billing(message: "x"), .finish(.blocked(.billing(agent: "claude", message: "x")))),
        (.launchFailure(message: "x"), .finish(launchProblem(attempts: 1))),
        (.silentLaunchFailure(message: "x"), .beginIteration(number: 1, attempt: 2, session: .continue)),
    ])
    func end(_ end: IterationEnd, leadsTo effect: Effect) {
        var machine = Self.iterating
        #expect(machine.handle(.iterationEnded(.sample(1, end).with { $0.hasSession = true })) == [effect])
        #expect(machine.iterationsUsed == (end.countsAsIteration ? 1 : 0))
    }

    /// Only an agent that ended by itself has a final message that can be believed.
    @Test(arguments: [
        (IterationEnd.ok, true), (.question(text: "?"), true), (.permissionAsked(question: 1, what: "x"), true),
        (.permissionDenied(what: "x"), true),
        (.incomplete, false), (.agentError(message: "x"), false), (.timeout(.iteration), false),
        (.timeout(.toolCall), false), (.stall, false), (.killed(signal: 9), false), (.overloaded, false),
        (.usageLimit(resetsAt: nil), false), (.rateLimited(retryAfter: nil), false),
        (.network(message: "x"), false), (.authentication(message: "x"), false), (.contextOverflow, false),
        (.unusableSession, false), (.billing(message: "x"), false), (.launchFailure(message: "x"), false),
        (.silentLaunchFailure(message: "x"), false),
    ])
    func aReadyGateIsBelievedAfter(end: IterationEnd, isBelieved: Bool) {
        let report = IterationReport.sample(1, end, gate: .ready)
        let effects = Machine.sample(Self.checked, after: .start, .iterationEnded(report))
        #expect((effects.state == .checking(report)) == isBelieved)
        let unchecked = Self.iterating.after(.iterationEnded(report))
        #expect((unchecked.reason == .completed(.unverified)) == isBelieved)
    }
}
