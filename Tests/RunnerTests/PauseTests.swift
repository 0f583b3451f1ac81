import Domain
import Journal
import LoopCore
import TestSupport
import Testing

@testable import Runner

/// Waits, by two clocks that a test moves.
struct PauseTests {
    private let stage: AccountStage

    init() throws {
        stage = try AccountStage()
    }

    /// Starts a wait, lets `body` move the clocks, and returns what the wait ended with.
    private func elapse(
        _ wait: TaskWait,
        _ body: (AccountGate) async throws -> Void = { _ in }
    ) async throws -> LoopMachine.Event? {
        let gate = try stage.gate(1)
        let pause = stage.pause(wait, gate)
        async let happening = pause.elapse()
        try await body(gate)
        return await happening?.event
    }

    /// Lets the time pass as soon as the wait sleeps.
    private func pass(_ time: Duration) async {
        await stage.clock.sleepers(1)
        stage.pass(time)
    }

    @Test func endsWhenTheTimeHasComeAndNotBefore() async throws {
        try await stage.learn(.seconds(90))
        let event = try await elapse(stage.wait(.seconds(90))) { _ in
            await pass(.seconds(60))
            await pass(.seconds(29))
            await stage.clock.sleepers(1)
            #expect(stage.wallClock.now() == AccountStage.begin + .seconds(89))
            stage.pass(.seconds(1))
        }
        #expect(event == .waitElapsed)
    }

    @Test func aPersonEndsIt() async throws {
        try await stage.learn(.seconds(90))
        let (bell, ring) = AsyncStream.makeStream(of: Void.self)
        var pause = stage.pause(stage.wait(.seconds(90)), try stage.gate(1))
        pause.bell = bell
        async let happening = pause.elapse()
        await stage.clock.sleepers(1)
        ring.yield()
        guard case .waitEnded = await happening else {
            Issue.record("It went on.")
            return
        }
    }

    @Test func aTimeThatIsPastEndsAtOnce() async throws {
        try await stage.learn(.zero)
        #expect(try await elapse(stage.wait(.seconds(-5))) == .waitElapsed)
        #expect(try await elapse(stage.wait(.zero)) == .waitElapsed)
    }

    @Test func aClockThatIsSetForwardEndsItWithinAMinute() async throws {
        try await stage.learn(.seconds(7200))
        let event = try await elapse(stage.wait(.seconds(7200))) { _ in
            await stage.clock.sleepers(1)
            stage.wallClock.set(AccountStage.begin + .seconds(9000))
            stage.clock.advance(by: .seconds(60))
        }
        #expect(event == .waitElapsed)
    }

    @Test func aClockThatIsSetBackMakesItNoLonger() async throws {
        try await stage.learn(.seconds(100))
        let event = try await elapse(stage.wait(.seconds(100))) { _ in
            await stage.clock.sleepers(1)
            stage.wallClock.set(AccountStage.begin + .seconds(-1_000_000))
            stage.clock.advance(by: .seconds(60))
            await pass(.seconds(40))
        }
        #expect(event == .waitElapsed)
    }

    /// Both clocks go on while the machine sleeps, and the sleeper is woken late.
    @Test func aMachineThatSleptEndsItWhenItWakes() async throws {
        try await stage.learn(.seconds(300))
        let event = try await elapse(stage.wait(.seconds(300))) { _ in await pass(.seconds(36_000)) }
        #expect(event == .waitElapsed)
    }

    @Test func aCancelledWaitEndsAtOnceAndSaysNothing() async throws {
        try await stage.learn(.seconds(300))
        let pause = stage.pause(stage.wait(.seconds(300)), try stage.gate())
        await withTaskGroup(of: LoopMachine.Event?.self) { group in
            group.addTask { await pause.elapse()?.event }
            await stage.clock.sleepers(1)
            group.cancelAll()
            for await event in group { #expect(event == nil) }
        }
    }

    // MARK: - Others of the account

    @Test func aTryThatWorkedEndsItEarlyAndSpread() async throws {
        try await stage.learn(.seconds(3600))
        let event = try await elapse(stage.wait(.seconds(3600))) { _ in
            await stage.clock.sleepers(1)
            try await stage.journal.forgetWait(of: stage.account, learnedUntil: stage.wallClock.now())
            stage.pass(.seconds(60))
            // Half of two seconds.
            await pass(.milliseconds(999))
            await pass(.milliseconds(1))
        }
        #expect(event == .waitElapsed)
        #expect(stage.wallClock.now() == AccountStage.begin + .seconds(61))
    }

    @Test func whoeverComesSecondStandsByUntilTheProbeWorks() async throws {
        try await stage.learn(.seconds(90))
        stage.pass(.seconds(90))
        let first = try stage.gate(2)
        let probe = try #require(try await first.enter(insists: false).probe)
        let event = try await elapse(stage.wait(.zero))
        guard case .heldBack(let hold) = event else { return #expect(Bool(false), "\(String(describing: event))") }
        #expect(hold.isProbed)
        let next = try await elapse(TaskWait(hold, attempt: 1)) { _ in
            await pass(.seconds(2))
            await stage.clock.sleepers(1)
            try await first.note(.ok, own: nil, wasStopped: false, probe: probe)
            stage.pass(.seconds(2))
            await pass(.seconds(1))
        }
        #expect(next == .waitElapsed)
    }

    @Test func whoeverStandsByWaitsForTheNewTimeThatTheProbeMet() async throws {
        try await stage.learn(.seconds(90))
        stage.pass(.seconds(90))
        let first = try stage.gate(2)
        let probe = try #require(try await first.enter(insists: false).probe)
        let own = stage.wait(.seconds(900))
        let event = try await elapse(stage.wait(.zero).with(.standsBy)) { _ in
            await stage.clock.sleepers(1)
            try await first.note(.usageLimit(resetsAt: nil), own: own, wasStopped: false, probe: probe)
            stage.pass(.seconds(2))
        }
        #expect(event == .heldBack(AccountHold(.usageLimit, from: own.since, until: own.until)))
    }

    @Test func whoeverStandsByTriesWhenTheOtherDies() async throws {
        try await stage.learn(.seconds(90))
        stage.pass(.seconds(90))
        let probe = try #require(try await stage.gate(2).enter(insists: false).probe)
        let event = try await elapse(stage.wait(.zero).with(.standsBy)) { _ in
            await stage.clock.sleepers(1)
            probe.lock.release()
            stage.pass(.seconds(2))
        }
        #expect(event == .waitElapsed)
    }
}
