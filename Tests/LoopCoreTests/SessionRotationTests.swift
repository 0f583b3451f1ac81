import Domain
import FoundationEssentials
import LoopCore
import Testing

/// When a conversation goes on, and when a new one begins.
struct SessionRotationTests {
    private static let small = ContextRotation(fill: 80, resumes: 2)

    private func machine(_ rotation: ContextRotation? = small, context: ContextMode = .continue) -> LoopMachine {
        .sample(
            .sample(max: 50)
                .with {
                    $0.rotation = rotation
                    $0.context = context
                },
            after: .start
        )
    }

    /// The report of a process that left a conversation, filled to so many percent.
    private func report(_ number: Int, _ end: IterationEnd = .ok, fill: Int? = 10) -> IterationReport {
        .sample(number, end)
            .with {
                $0.hasSession = true
                $0.context = ContextFill(tokens: fill ?? 1_000_000, window: fill == nil ? nil : 100)
            }
    }

    @Test(arguments: [
        (80, 79 as Int?, nil as SessionRenewal?), (80, 80, .contextFull(percent: 80)),
        (80, 100, .contextFull(percent: 100)), (80, nil, nil), (0, 100, nil), (100, 99, nil),
        (100, 100, .contextFull(percent: 100)),
    ])
    func aFullConversationIsGivenUp(threshold: Int, fill: Int?, renewal: SessionRenewal?) {
        let after = machine(ContextRotation(fill: threshold)).after(.iterationEnded(report(1, fill: fill)))
        #expect(after.memory.renewal == renewal)
        #expect(after.memory.session == (renewal == nil ? .continue : .fresh))
    }

    @Test func aConversationIsContinuedSoOftenAndNoMore() {
        var machine = machine()
        var sessions: [LoopMachine.SessionChoice] = []
        for number in 1...7 {
            for case .beginIteration(_, _, let session) in machine.handle(.iterationEnded(report(number))) {
                sessions.append(session)
            }
        }
        #expect(sessions == [.continue, .continue, .fresh, .continue, .continue, .fresh, .continue])
    }

    @Test func itSaysHowOftenItWasContinued() {
        var machine = machine()
        for number in 1...3 { _ = machine.handle(.iterationEnded(report(number))) }
        #expect(machine.memory.renewal == .resumes(2))
        #expect(
            self.machine(ContextRotation(resumes: 0)).after(.iterationEnded(report(1))).memory.renewal == .resumes(0)
        )
    }

    @Test func withoutARuleItGoesOnForEver() {
        var machine = machine(nil)
        for number in 1...40 { _ = machine.handle(.iterationEnded(report(number, fill: 100))) }
        #expect(machine.memory.session == .continue)
        #expect(machine.memory.renewal == nil)
    }

    @Test func triesThatDoNotCountAreNoContinuations() {
        var machine = machine()
        for _ in 1...5 {
            _ = machine.handle(.iterationEnded(report(1, .overloaded, fill: 99)))
            _ = machine.handle(.waitElapsed)
        }
        #expect(machine.memory.session == .continue)
        _ = machine.handle(.iterationEnded(report(1)))
        #expect(machine.memory.session == .continue)
        #expect(machine.memory.conversation == 1)
    }

    /// The conversation was to go on, but the agent did not keep it.
    @Test func aConversationThatWasNotThereIsCountedAnew() {
        var machine = machine()
        for number in 1...2 { _ = machine.handle(.iterationEnded(report(number))) }
        _ = machine.handle(.iterationEnded(report(3).with { $0.beganSession = true }))
        #expect(machine.memory.session == .continue)
        #expect(machine.memory.conversation == 1)
    }

    @Test(arguments: [
        (IterationEnd.contextOverflow, SessionRenewal.unusable), (.unusableSession, .unusable),
        (.agentError(message: "x"), .agentError),
    ])
    func whatBrokeAConversationEndsIt(end: IterationEnd, renewal: SessionRenewal) {
        let after = machine().after(.iterationEnded(report(1))).after(.iterationEnded(.sample(2, end)))
        #expect(after.memory.session == .fresh)
        #expect(after.memory.renewal == renewal)
    }

    @Test func eachIterationHasItsOwnWhereThatIsWanted() {
        let after = machine(context: .fresh).after(.iterationEnded(report(1, fill: 99)))
        #expect(after.memory.session == .fresh)
        #expect(after.memory.renewal == .everyIteration)
    }

    @Test func anAgentWithoutConversationsGivesUpNone() {
        let after = machine().after(.iterationEnded(.sample(1)))
        #expect(after.memory.session == .fresh)
        #expect(after.memory.renewal == nil)
    }

    /// Nothing is left to go on with, and why it began anew was told.
    @Test func aNewConversationThatLeavesNoneIsNoneToContinue() {
        let before = machine().after(.iterationEnded(report(1)))
        let alone = IterationReport.sample(2).with { $0.beganSession = true }
        let after = before.after(.iterationEnded(alone))
        #expect(after.memory.session == .fresh && after.memory.renewal == nil && after.memory.conversation == nil)
        let cutOff = IterationReport.sample(2, .overloaded).with { $0.beganSession = true }
        #expect(before.after(.iterationEnded(cutOff)).memory.session == .continue)
    }

    @Test func anIterationThatWasLostIsOneOfItsConversation() {
        var memory = machine().after(.iterationEnded(report(1))).memory
        memory.noteLost(iteration: 2, usage: Usage(), activeTime: .zero, tree: nil)
        #expect(memory.conversation == 2)
    }

    @Test func theConversationOfALostIterationGoesOn() {
        var memory = machine().memory
        memory.noteLost(iteration: 1, usage: Usage(), activeTime: .zero, tree: nil)
        memory.noteLostSession()
        #expect(memory.session == .continue)
        #expect(memory.conversation == 1)
        memory.noteLost(iteration: 2, usage: Usage(), activeTime: .zero, tree: nil)
        memory.noteLostSession()
        #expect(memory.conversation == 2)
    }

    @Test func aMemoryWithoutTheseCountsIsRead() throws {
        let kept = try JSONEncoder().encode(machine().memory)
        #expect(!String(decoding: kept, as: UTF8.self).contains("conversation"))
        #expect(try JSONDecoder().decode(LoopMemory.self, from: kept).conversation == nil)
    }

    @Test(arguments: [(0, 100, 0), (29, 100, 29), (-5, 100, 0), (200, 100, 100), (1, 3, 33), (Int.max, Int.max, 100)])
    func aFillIsAShareOfTheWindow(tokens: Int, window: Int, percent: Int) {
        #expect(ContextFill(tokens: tokens, window: window).percent == percent)
    }

    @Test(arguments: [nil, 0, -1] as [Int?])
    func withoutAWindowThereIsNoShare(window: Int?) {
        #expect(ContextFill(tokens: 5, window: window).percent == nil)
    }
}
