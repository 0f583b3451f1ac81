import Domain
import LoopCore
import Testing

/// What is tried once when the breaker opens.
struct StallStrategyTests {
    private func rules(_ strategy: StallStrategy?, max: Int = 10, other: String? = "other") -> LoopRules {
        .sample(max: max, noChange: 2)
            .with {
                $0.onStall = strategy
                $0.pricePerMillionTokens = USD(dollars: 1)
                $0.otherAgent = other.map { .init(name: $0, pricePerMillionTokens: USD(dollars: 5)) }
            }
    }

    /// A machine after so many iterations that changed nothing.
    private func idle(_ rules: LoopRules, iterations: Int) -> (LoopMachine, [LoopMachine.Effect]) {
        var machine = LoopMachine.sample(rules, after: .start)
        var effects: [LoopMachine.Effect] = []
        for number in 1...iterations { effects = machine.handle(idleEnd(number)) }
        return (machine, effects)
    }

    private func idleEnd(_ number: Int) -> LoopMachine.Event {
        .iterationEnded(.sample(number, tree: .sample("0")).with { $0.hasSession = true })
    }

    @Test(arguments: [nil, StallStrategy.stop])
    func nothingIsTriedUnlessSaid(_ strategy: StallStrategy?) {
        let (machine, effects) = idle(rules(strategy), iterations: 2)
        #expect(effects == [.finish(.stalled(.noChange(iterations: 2)))])
        #expect(machine.reason == .stalled(.noChange(iterations: 2)))
    }

    @Test func aFreshSessionIsTriedOnceAndNoEarlier() {
        #expect(
            idle(rules(.freshSession), iterations: 1).1.first
                == .beginIteration(number: 2, attempt: 1, session: .continue)
        )
        var (machine, effects) = idle(rules(.freshSession), iterations: 2)
        #expect(
            effects == [
                .changeStrategy(.freshSession, .noChange(iterations: 2)),
                .beginIteration(number: 3, attempt: 1, session: .fresh),
            ]
        )
        #expect(machine.rules.agent == "claude")
        #expect(machine.handle(idleEnd(3)) == [.finish(.stalled(.noChange(iterations: 3)))])
    }

    @Test func progressClosesTheBreakerButIsTriedForOnlyOnce() {
        var (machine, _) = idle(rules(.freshSession), iterations: 2)
        let progress = machine.handle(.iterationEnded(.sample(3, tree: .sample("n")).with { $0.hasSession = true }))
        #expect(progress == [.beginIteration(number: 4, attempt: 1, session: .continue)])
        _ = machine.handle(idleEnd(4))
        #expect(machine.handle(idleEnd(5)) == [.finish(.stalled(.noChange(iterations: 2)))])
    }

    /// Ends an iteration with an error, and with other files where it made progress.
    private func fail(_ machine: inout LoopMachine, _ error: String = "x", tree: TreeID) -> LoopMachine.Effect? {
        let number = machine.iterationsUsed + 1
        return machine.handle(.iterationEnded(.sample(number, .agentError(message: error), tree: tree))).first
    }

    private func failing() -> LoopMachine {
        let rules = rules(.freshSession, max: 40).with { $0.limits.sameErrorThreshold = 3 }
        var machine = LoopMachine.sample(rules, after: .start)
        for number in 1...3 { _ = fail(&machine, tree: .sample(number: number)) }
        return machine
    }

    @Test func progressInAnotherWayBeginsTheCountOfErrorsAnew() {
        var machine = failing()
        #expect(machine.memory.halfOpen == .freshSession)
        for number in 4...5 { _ = fail(&machine, tree: .sample(number: number)) }
        #expect(machine.reason == nil)
        _ = fail(&machine, tree: .sample(number: 6))
        #expect(machine.reason == .stalled(.sameError(signature: "x", iterations: 3)))
    }

    @Test(arguments: ["x", "y"])
    func withoutProgressInAnotherWayTheTaskIsStalled(error: String) {
        var machine = failing()
        _ = fail(&machine, error, tree: .sample(number: 3))
        #expect(machine.reason?.code == "same_error")
    }

    @Test func anotherAgentTakesOverWithItsNameAndPrice() {
        var (machine, effects) = idle(rules(.otherAgent), iterations: 2)
        #expect(effects.first == .changeStrategy(.otherAgent, .noChange(iterations: 2)))
        #expect(machine.rules.agent == "other")
        let billing = IterationReport.sample(3, .billing(message: "none")).with { $0.usage.tokens = 1_000_000 }
        #expect(
            machine.handle(.iterationEnded(billing)).first
                == .finish(.blocked(.billing(agent: "other", message: "none")))
        )
        #expect(machine.usage.cost == USD(dollars: 5))
    }

    @Test(arguments: [nil, "claude"])
    func withoutAnotherAgentTheTaskIsStalled(_ other: String?) {
        #expect(idle(rules(.otherAgent, other: other), iterations: 2).0.reason == .stalled(.noChange(iterations: 2)))
    }

    /// What stalled the task says more than its limit.
    @Test func nothingIsTriedWithoutAnIterationLeft() {
        #expect(idle(rules(.freshSession, max: 2), iterations: 2).0.reason == .stalled(.noChange(iterations: 2)))
        #expect(idle(rules(.freshSession, max: 3), iterations: 2).0.reason == nil)
    }

    @Test func checksThatCannotBeEvaluatedAreNobodysToMend() {
        var machine = LoopMachine.sample(
            .sample(checks: ["a"]).with { $0.onStall = .freshSession },
            after: .start
        )
        for number in 1...3 {
            _ = machine.handle(.iterationEnded(.sample(number, gate: .ready)))
            _ = machine.handle(.checksEnded(.sample(number, .notEvaluated(.commandNotFound))))
        }
        #expect(machine.reason?.code == "checks_not_evaluable")
    }

    @Test func aPersonWhoLetsItGoOnMayHaveItTriedAgain() {
        var (machine, _) = idle(rules(.freshSession), iterations: 2)
        _ = machine.handle(idleEnd(3))
        #expect(machine.memory.restored(for: .crash).halfOpen == .freshSession)
        var resumed = LoopMachine(rules: rules(.freshSession), memory: machine.memory.restored(for: .person))
        _ = resumed.handle(.start)
        _ = resumed.handle(idleEnd(4))
        #expect(resumed.handle(idleEnd(5)).first == .changeStrategy(.freshSession, .noChange(iterations: 2)))
    }
}
