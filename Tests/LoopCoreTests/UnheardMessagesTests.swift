import Domain
import LoopCore
import Testing

/// Work that is done while its agent has not heard what people said.
struct UnheardMessagesTests {
    typealias Effect = LoopMachine.Effect

    private static let ready = IterationReport.sample(1, gate: .ready)

    private static func passed(_ number: Int, unheard: Bool = true) -> LoopMachine.Event {
        var checks = ChecksReport.sample(number, .passed)
        checks.hasUnheard = unheard
        return .checksEnded(checks)
    }

    private static func checking(_ rules: LoopRules = .sample(checks: ["a"])) -> LoopMachine {
        LoopMachine.sample(rules, after: .start, .iterationEnded(ready))
    }

    @Test func whatWasSaidDuringTheChecksIsHeardBeforeItIsDone() {
        var machine = Self.checking()
        let next = Effect.beginIteration(number: 2, attempt: 1, session: .fresh)
        #expect(machine.handle(Self.passed(1)) == [.hearPeople, next])
        #expect(machine.handle(.iterationEnded(.sample(2, gate: .ready))) == [.runChecks(number: 2)])
        #expect(machine.handle(Self.passed(2, unheard: false)) == [.finish(.completed(.verified))])
    }

    @Test func withoutChecksItIsHeardToo() {
        var machine = LoopMachine.sample(after: .start)
        let effects = machine.handle(.iterationEnded(Self.ready.with { $0.hasUnheard = true }))
        #expect(effects == [.hearPeople, .beginIteration(number: 2, attempt: 1, session: .fresh)])
    }

    /// What is proven is not made unproven by what nobody can be told any more.
    @Test func atALimitItIsDone() {
        var last = Self.checking(.sample(max: 1, checks: ["a"]))
        #expect(last.handle(Self.passed(1)) == [.finish(.completed(.verified))])
        let rules = LoopRules.sample(checks: ["a"]).with { $0.budgets.maxDuration = .zero }
        var spent = Self.checking().following(rules)
        #expect(spent.handle(Self.passed(1)) == [.finish(.completed(.verified))])
    }

    @Test func checksThatFailAreTheNextIterationsAnyway() {
        var machine = Self.checking()
        var checks = ChecksReport.sample(1, .failed(exitCode: 1))
        checks.hasUnheard = true
        let next = Effect.beginIteration(number: 2, attempt: 1, session: .fresh)
        #expect(machine.handle(.checksEnded(checks)) == [next])
    }

    @Test func whoeverStopsItMeansItNow() {
        var machine = Self.checking().after(.stopRequested)
        #expect(machine.handle(Self.passed(1)) == [.finish(.interrupted(.person))])
    }
}
