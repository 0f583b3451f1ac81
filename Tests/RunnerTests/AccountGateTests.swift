import Domain
import Journal
import LoopCore
import Testing

@testable import Runner

/// Of all tasks of an account one tries.
struct AccountGateTests {
    private let stage: AccountStage

    init() throws {
        stage = try AccountStage()
    }

    @Test func anAccountWithoutAKnownLimitIsOpen() async throws {
        #expect(try await stage.gate().enter(insists: false).isStart)
        #expect(try await stage.gate(2).look() == .start)
    }

    @Test func allWaitForTheTimeThatOneHasLearned() async throws {
        let first = try stage.gate(1)
        let own = stage.wait(.seconds(90))
        try await first.note(.usageLimit(resetsAt: own.until), own: own, wasStopped: false, probe: nil)
        let hold = try #require(try await stage.gate(2).enter(insists: false).hold)
        #expect(hold.until == own.until && hold.stated == own.until && !hold.isProbed)
        #expect(try await first.enter(insists: false).hold == hold)
    }

    @Test func exactlyOneTriesWhenTheTimeHasCome() async throws {
        try await stage.learn(.seconds(90))
        stage.pass(.seconds(90))
        let entries = try await withThrowingTaskGroup(of: AccountGate.Entry.self) { group in
            for seed in 1...12 {
                let gate = try stage.gate(UInt64(seed))
                group.addTask { try await gate.enter(insists: false) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(entries.compactMap(\.probe).count == 1)
        #expect(entries.compactMap(\.hold?.isProbed).filter { $0 }.count == 11)
    }

    @Test func aProbeThatWorksFreesAll() async throws {
        let (gate, probe) = try await probing()
        try await gate.note(.ok, own: nil, wasStopped: false, probe: probe)
        #expect(try await stage.gate(2).enter(insists: false).isStart)
        #expect(try await stage.gate(3).enter(insists: false).isStart)
    }

    @Test func aProbeThatIsLetInFreesAllBeforeItEnds() async throws {
        let (gate, probe) = try await probing()
        try await gate.conclude(probe)
        #expect(try await stage.gate(2).enter(insists: false).isStart)
        try await gate.note(.ok, own: nil, wasStopped: false, probe: nil)
        #expect(try await stage.gate(2).enter(insists: false).isStart)
    }

    @Test func aProbeThatMeetsTheLimitAgainMakesAllWait() async throws {
        let (gate, probe) = try await probing()
        let own = stage.wait(.seconds(300))
        try await gate.note(.usageLimit(resetsAt: nil), own: own, wasStopped: false, probe: probe)
        #expect(try await stage.gate(2).enter(insists: false).hold?.until == own.until)
        #expect(try await stage.gate(2).enter(insists: false).hold?.isProbed == false)
        stage.pass(.seconds(300))
        #expect(try await stage.gate(2).enter(insists: false).probe != nil)
    }

    @Test func aProbeThatSaysNothingIsFollowedByAnother() async throws {
        let (gate, probe) = try await probing()
        try await gate.note(.killed(signal: 9), own: nil, wasStopped: false, probe: probe)
        let next = try #require(try await stage.gate(2).enter(insists: false).probe)
        #expect(try await gate.enter(insists: false).hold?.isProbed == true)
        try await stage.gate(2).note(.agentError(message: "^C"), own: nil, wasStopped: true, probe: next)
        #expect(try await gate.enter(insists: false).probe != nil)
    }

    /// The kernel drops the lock of a process that dies, and nothing else is told.
    @Test func theDeathOfTheOneWhoTriesLetsAnotherTry() async throws {
        let (_, probe) = try await probing()
        #expect(try await stage.gate(2).enter(insists: false).hold?.isProbed == true)
        probe.lock.release()
        #expect(try await stage.gate(2).enter(insists: false).probe != nil)
    }

    @Test func aProbeThatGoesOnForTwoMinutesWorks() async throws {
        let (_, probe) = try await probing()
        stage.pass(.seconds(119))
        #expect(try await stage.gate(2).enter(insists: false).hold != nil)
        stage.pass(.seconds(1))
        #expect(try await stage.gate(2).enter(insists: false).isStart)
        probe.lock.release()
    }

    @Test func whatWasLearnedSinceTheProbeBeganStays() async throws {
        let (gate, probe) = try await probing()
        stage.pass(.seconds(1))
        try await stage.learn(.seconds(600))
        try await gate.note(.ok, own: nil, wasStopped: false, probe: probe)
        #expect(try await stage.gate(2).enter(insists: false).hold != nil)
    }

    @Test func anAnswerOfOneWhoDoesNotProbeProvesNothing() async throws {
        try await stage.learn(.seconds(90))
        try await stage.gate(2).note(.ok, own: nil, wasStopped: false, probe: nil)
        #expect(try await stage.gate(3).enter(insists: false).hold != nil)
    }

    @Test func whoeverInsistsWaitsForNobody() async throws {
        try await stage.learn(.seconds(90))
        let gate = try stage.gate(1)
        let probe = try #require(try await gate.enter(insists: true).probe)
        #expect(try await stage.gate(2).enter(insists: true).isStart)
        #expect(try await stage.gate(3).enter(insists: false).hold?.isProbed == false)
        try await gate.note(.ok, own: nil, wasStopped: false, probe: probe)
        #expect(try await stage.gate(3).enter(insists: false).isStart)
    }

    @Test func anotherAccountIsNotConcerned() async throws {
        try await stage.learn(.seconds(90))
        let other = AgentAccount(of: AgentConfiguration(name: "b", kind: .command, command: ["b"]), logins: [])
        #expect(try await stage.journal.wait(of: other) == nil)
    }

    /// One whose limit's time has come, and who tries.
    private func probing() async throws -> (AccountGate, AccountProbe) {
        try await stage.learn(.seconds(90))
        stage.pass(.seconds(90))
        let gate = try stage.gate(1)
        return (gate, try #require(try await gate.enter(insists: false).probe))
    }
}
