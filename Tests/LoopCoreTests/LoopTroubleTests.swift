import Domain
import LoopCore
import Testing

/// Ends that are known only after the agent's process has ended, and verdicts that a person stopped.
struct LoopTroubleTests {
    private let trouble = Reason.blocked(.workspaceBroken(detail: "unreadable"))

    @Test func whatWasSpentCountsThoughTheFilesCannotBeKept() {
        var machine = LoopMachine.sample(after: .start)
        var report = IterationReport(
            number: 1,
            end: .ok,
            tree: nil,
            usage: Usage(cost: USD(microdollars: 7), tokens: 3)
        )
        report.activeTime = .seconds(5)
        report.trouble = trouble
        #expect(machine.handle(.iterationEnded(report)) == [.finish(trouble)])
        #expect(machine.iterationsUsed == 1)
        #expect(machine.usage == Usage(cost: USD(microdollars: 7), tokens: 3))
        #expect(machine.activeTime == .seconds(5))
    }

    @Test func anEndThatDoesNotCountDoesNotCountInTroubleEither() {
        var machine = LoopMachine.sample(after: .start)
        var report = IterationReport(number: 1, end: .overloaded, tree: nil)
        report.trouble = trouble
        #expect(machine.handle(.iterationEnded(report)) == [.finish(trouble)])
        #expect(machine.iterationsUsed == 0)
    }

    @Test func aVerdictThatWasStoppedIsOwedUntilItIsGiven() {
        let rules = LoopRules.sample(checks: ["a"])
        var machine = LoopMachine.sample(
            rules,
            after: .start,
            .iterationEnded(.sample(1, gate: .ready)),
            .stopRequested
        )
        _ = machine.handle(.checksEnded(.sample(1, .notEvaluated(.stopped))))
        let owed = machine.memory.owedVerdict
        #expect(owed?.number == 1)
        guard let owed else { return }
        var resumed = LoopMachine(rules: rules, memory: machine.memory, owedVerdictOn: owed)
        #expect(resumed.handle(.checksEnded(.sample(1, .passed))) == [.finish(.completed(.verified))])
        #expect(resumed.memory.owedVerdict == nil)
        #expect(resumed.iterationsUsed == 1)
    }

    @Test func theNextIterationTakesTheDebtAway() {
        let rules = LoopRules.sample(checks: ["a"])
        var machine = LoopMachine.sample(
            rules,
            after: .start,
            .iterationEnded(.sample(1, gate: .ready)),
            .stopRequested
        )
        _ = machine.handle(.checksEnded(.sample(1, .notEvaluated(.stopped))))
        var next = LoopMachine(rules: rules, memory: machine.memory)
        _ = next.handle(.start)
        #expect(next.memory.owedVerdict == nil)
    }
}
