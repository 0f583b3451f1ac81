import Domain
import LoopCore
import Testing

/// Limits and budgets, each just before and just at its end.
struct LoopLimitTests {
    @Test(arguments: [1, 2, 7])
    func exactlyTheAllowedIterationsRun(limit: Int) {
        var machine = LoopMachine.sample(.sample(max: limit), after: .start)
        for number in 1..<limit {
            let effects = machine.handle(.iterationEnded(.sample(number)))
            #expect(effects == [.beginIteration(number: number + 1, attempt: 1, session: .fresh)])
        }
        let reason = Reason.iterationLimit(used: limit, limit: limit, ceiling: 50)
        #expect(machine.handle(.iterationEnded(.sample(limit))) == [.finish(reason)])
        #expect(machine.iterationsUsed == limit)
    }

    @Test func completionInTheLastIterationIsCompletion() {
        let machine = LoopMachine.sample(.sample(max: 1), after: .start, .iterationEnded(.sample(1, gate: .ready)))
        #expect(machine.reason == .completed(.unverified))
    }

    @Test func failedChecksInTheLastIterationAreTheLimit() {
        let machine = LoopMachine.sample(
            .sample(max: 1, checks: ["a"]),
            after: .start,
            .iterationEnded(.sample(1, gate: .ready)),
            .checksEnded(.sample(1, .failed(exitCode: 1)))
        )
        #expect(machine.reason == .iterationLimit(used: 1, limit: 1, ceiling: 50))
    }

    @Test func aResumeContinuesTheCount() {
        var first = LoopMachine.sample(.sample(max: 3), after: .start)
        first.run(trees: "abc")
        #expect(first.reason?.status == .iterationLimitReached)
        var second = LoopMachine(rules: .sample(max: 5), memory: first.memory.restored(for: .person))
        #expect(second.handle(.start) == [.beginIteration(number: 4, attempt: 1, session: .fresh)])
        second.run(trees: "defgh")
        #expect(second.reason == .iterationLimit(used: 5, limit: 5, ceiling: 50))
    }

    @Test func aResumeWithoutAHigherLimitStartsNothing() {
        var first = LoopMachine.sample(.sample(max: 1), after: .start)
        first.run(trees: "a")
        var second = LoopMachine(rules: .sample(max: 1), memory: first.memory.restored(for: .person))
        #expect(second.handle(.start) == [.finish(.iterationLimit(used: 1, limit: 1, ceiling: 50))])
    }

    @Test(arguments: [Budgets(maxCost: .zero), Budgets(maxTokens: 0), Budgets(maxDuration: .zero)])
    func aBudgetOfZeroStartsNothing(budgets: Budgets) {
        let machine = LoopMachine.sample(.sample().with { $0.budgets = budgets }, after: .start)
        #expect(machine.reason?.status == .budgetReached)
    }

    @Test(arguments: [
        (Int64(999_999), TaskStatus?.none), (Int64(1_000_000), TaskStatus.budgetReached),
        (Int64(1_000_001), .budgetReached),
    ])
    func theCostBudgetEndsWhereItIsSpent(microdollars: Int64, status: TaskStatus?) {
        let rules = LoopRules.sample().with { $0.budgets.maxCost = USD(microdollars: 1_000_000) }
        let report = IterationReport.sample(1).with { $0.usage.cost = USD(microdollars: microdollars) }
        #expect(LoopMachine.sample(rules, after: .start, .iterationEnded(report)).reason?.status == status)
    }

    @Test func theCostOfProcessesThatDoNotCountIsSpentToo() {
        let rules = LoopRules.sample().with { $0.budgets.maxCost = USD(microdollars: 10) }
        let report = IterationReport.sample(1, .overloaded).with { $0.usage.cost = USD(microdollars: 10) }
        let machine = LoopMachine.sample(rules, after: .start, .iterationEnded(report))
        #expect(machine.reason == .budget(.cost(spent: USD(microdollars: 10), limit: USD(microdollars: 10))))
    }

    @Test func aPriceMakesACostOfTokens() {
        let rules = LoopRules.sample()
            .with {
                $0.budgets.maxCost = USD(microdollars: 2_000_000)
                $0.pricePerMillionTokens = USD(microdollars: 4_000_000)
            }
        let report = { (tokens: Int) in IterationReport.sample(1).with { $0.usage.tokens = tokens } }
        let below = LoopMachine.sample(rules, after: .start, .iterationEnded(report(499_999)))
        #expect(below.reason == nil)
        let at = LoopMachine.sample(rules, after: .start, .iterationEnded(report(500_000)))
        #expect(at.reason?.status == .budgetReached)
    }

    @Test func workThatIsReadyIsJudgedAlsoBeyondTheBudget() {
        let rules = LoopRules.sample(checks: ["a"]).with { $0.budgets.maxTokens = 10 }
        let report = IterationReport.sample(1, gate: .ready).with { $0.usage.tokens = 11 }
        let machine = LoopMachine.sample(rules, after: .start, .iterationEnded(report))
        #expect(machine.state == .checking(report))
        #expect(machine.after(.checksEnded(.sample(1, .passed))).reason == .completed(.verified))
        #expect(machine.after(.checksEnded(.sample(1, .failed(exitCode: 1)))).reason?.status == .budgetReached)
    }

    @Test func theTimeOfAgentsAndChecksIsActiveTime() {
        let rules = LoopRules.sample(checks: ["a"]).with { $0.budgets.maxDuration = .seconds(10) }
        let report = IterationReport.sample(1, gate: .ready).with { $0.activeTime = .seconds(6) }
        let machine = LoopMachine.sample(rules, after: .start, .iterationEnded(report))
        let checks = { (seconds: Int) in
            ChecksReport(
                number: 1,
                receipts: [.sample("a", .failed(exitCode: 1))],
                activeTime: .seconds(seconds)
            )
        }
        #expect(machine.after(.checksEnded(checks(3))).reason == nil)
        #expect(
            machine.after(.checksEnded(checks(4))).reason
                == .budget(.time(spent: .seconds(10), limit: .seconds(10)))
        )
    }

    @Test func aHostileBillNeverCrashesNorGoesDown() {
        var machine = LoopMachine.sample(.sample(max: 50), after: .start)
        let claims = [
            Usage(cost: USD(microdollars: .max), tokens: .max), Usage(cost: USD(microdollars: -5), tokens: .min),
        ]
        for (index, usage) in (claims + claims).enumerated() {
            _ = machine.handle(.iterationEnded(.sample(index + 1).with { $0.usage = usage }))
        }
        #expect(machine.usage == Usage(cost: USD(microdollars: .max), tokens: .max))
    }

    @Test func checksThatTheTimeCutsShortAreOwed() {
        let rules = LoopRules.sample(checks: ["a", "b"]).with { $0.budgets = Budgets(maxDuration: .seconds(3)) }
        var checks = ChecksReport.sample(1, .notEvaluated(.timedOut(after: .seconds(2))))
        checks.isCutByBudget = true
        checks.activeTime = .seconds(2)
        let report = IterationReport.sample(1, gate: .ready)
        let machine = LoopMachine.sample(rules, after: .start, .iterationEnded(report), .checksEnded(checks))
        #expect(machine.reason == .budget(.time(spent: .seconds(3), limit: .seconds(3))))
        #expect(machine.memory.owedVerdict == report)
        #expect(machine.iterationsUsed == 1)
    }
}
