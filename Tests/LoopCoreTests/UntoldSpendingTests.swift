import Domain
import LoopCore
import Testing

/// Budgets of tasks whose processes do not tell all that they spend.
struct UntoldSpendingTests {
    private static let limit = USD(microdollars: 1_000_000)

    private func machine(_ budgets: Budgets, mayHide: Bool = false) -> LoopMachine {
        LoopMachine.sample(
            .sample(noChange: 9)
                .with {
                    $0.budgets = budgets
                    $0.maySpendUntold = mayHide
                },
            after: .start
        )
    }

    private func report(_ number: Int, _ usage: Usage, _ end: IterationEnd = .timeout(.iteration)) -> LoopMachine.Event
    {
        .iterationEnded(.sample(number, end).with { $0.usage = usage })
    }

    @Test func tokensWithoutAnyPriceEndATaskThatHasACostBudget() {
        var machine = machine(Budgets(maxCost: Self.limit))
        _ = machine.handle(report(1, Usage(tokens: 6_000_000)))
        #expect(machine.reason == .budget(.costUnknown(known: nil, limit: Self.limit)))
        #expect(machine.usage.words == "nil 6000000 6000000")
    }

    @Test func withoutABudgetNothingOfThatMatters() {
        var machine = machine(Budgets(maxTokens: 90), mayHide: true)
        _ = machine.handle(report(1, Usage(tokens: 6)))
        #expect(machine.reason == nil)
        var free = self.machine(Budgets(), mayHide: true)
        _ = free.handle(report(1, Usage()))
        #expect(free.reason == nil)
        #expect(free.usage.untold == 1)
    }

    @Test func whatProcessesBeforeCostIsTheEstimate() {
        var machine = machine(Budgets(maxCost: Self.limit))
        _ = machine.handle(report(1, Usage(cost: USD(microdollars: 200_000), tokens: 1000), .ok))
        _ = machine.handle(report(2, Usage(tokens: 3999)))
        #expect(machine.reason == nil)
        #expect(machine.usage.words == "200000 4999 3999")
        _ = machine.handle(report(3, Usage(tokens: 1)))
        let known = USD(microdollars: 200_000)
        #expect(machine.reason == .budget(.costEstimate(known: known, estimate: Self.limit, limit: Self.limit)))
    }

    @Test func whatASecondTurnSpentIsEstimatedToo() {
        var machine = machine(Budgets(maxCost: Self.limit))
        _ = machine.handle(report(1, Usage(cost: USD(microdollars: 200_000), tokens: 1000), .ok))
        _ = machine.handle(report(2, Usage(cost: USD(microdollars: 5), tokens: 5001, unpricedTokens: 5000)))
        #expect(machine.reason?.code == "cost_estimate")
    }

    @Test func aPersonMayLetItGoOn() {
        let budgets = Budgets(maxCost: Self.limit)
        var first = machine(budgets)
        _ = first.handle(report(1, Usage(tokens: 5)))
        var second = LoopMachine(rules: first.rules, memory: first.memory.restored(for: .person))
        #expect(second.handle(.start) == [.beginIteration(number: 2, attempt: 1, session: .fresh)])
        _ = second.handle(report(2, Usage(tokens: 1)))
        #expect(second.reason == .budget(.costUnknown(known: nil, limit: Self.limit)))
        var crashed = LoopMachine(rules: first.rules, memory: first.memory.restored(for: .crash))
        #expect(crashed.handle(.start) == [.finish(.budget(.costUnknown(known: nil, limit: Self.limit)))])
    }

    @Test(arguments: [
        (Budgets(maxTokens: 10), BudgetExhaustion.tokensUnknown(known: nil, limit: 10)),
        (Budgets(maxCost: limit), .costUnknown(known: nil, limit: limit)),
    ])
    func aProcessThatMayHaveSpentAndTellsNothingEndsIt(budgets: Budgets, exhaustion: BudgetExhaustion) {
        var machine = machine(budgets, mayHide: true)
        _ = machine.handle(report(1, Usage(), .ok))
        #expect(machine.reason == .budget(exhaustion))
        var honest = self.machine(budgets)
        _ = honest.handle(report(1, Usage(), .ok))
        #expect(honest.reason == nil)
        var refused = self.machine(budgets, mayHide: true)
        _ = refused.handle(report(1, Usage(), .overloaded))
        #expect(refused.usage.untold == nil)
        #expect(refused.reason == nil)
    }

    @Test func anotherAgentsTokensAreNotEstimatedByThoseOfTheFirst() {
        let rules = LoopRules.sample(noChange: 1)
            .with {
                $0.budgets = Budgets(maxCost: Self.limit)
                $0.onStall = .otherAgent
                $0.otherAgent = LoopRules.OtherAgent(name: "kim", maySpendUntold: true)
            }
        var machine = LoopMachine.sample(rules, after: .start)
        let usage = Usage(cost: USD(microdollars: 2), tokens: 10)
        let idle = IterationReport.sample(1, tree: .sample("0")).with { $0.usage = usage }
        _ = machine.handle(.iterationEnded(idle))
        #expect(machine.rules.agent == "kim")
        #expect(machine.rules.maySpendUntold == true)
        _ = machine.handle(report(2, Usage(tokens: 10)))
        #expect(machine.reason == .budget(.costUnknown(known: usage.cost, limit: Self.limit)))
    }

    @Test func anIterationThatWasLostIsLookedAtTheSameWay() {
        var memory = LoopMemory()
        var usage = Usage()
        usage.noteUntold()
        memory.noteLost(iteration: 1, usage: usage, activeTime: .zero, tree: nil)
        var machine = LoopMachine(rules: .sample().with { $0.budgets = Budgets(maxTokens: 9) }, memory: memory)
        #expect(machine.handle(.start) == [.finish(.budget(.tokensUnknown(known: nil, limit: 9)))])
    }
}

extension Usage {
    fileprivate var words: String {
        [cost.map { "\($0.microdollars)" }, tokens.map(String.init), unpricedTokens.map(String.init)]
            .map { $0 ?? "nil" }.joined(separator: " ")
    }
}
