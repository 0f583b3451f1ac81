import Domain
import Testing

@testable import LoopCore

/// When an iteration is told that it is likely to be the last.
struct WrapUpTests {
    private func wrapUp(
        _ iteration: Int = 4,
        spent: Usage = Usage(),
        time: Duration = .zero,
        budgets: Budgets = Budgets()
    ) -> WrapUp? {
        var facts = PromptFacts(task: "t", plan: "p", iteration: iteration, maxIterations: 10)
        facts.iterationsUsed = iteration - 1
        facts.usage = spent
        facts.activeTime = time
        facts.budgets = budgets
        return WrapUp(facts)
    }

    @Test(arguments: [(9, nil as WrapUp?), (10, .lastIteration), (11, .lastIteration)])
    func theLastAllowedIterationIsTheLast(iteration: Int, wrapUp: WrapUp?) {
        #expect(self.wrapUp(iteration) == wrapUp)
    }

    /// Three iterations have used 30, so two more need 20.
    @Test(arguments: [(50, nil as WrapUp?), (49, .budget(.token)), (30, .budget(.token)), (0, .budget(.token))])
    func aBudgetForLessThanTwoIterationsIsTheLastOnes(limit: Int, wrapUp: WrapUp?) {
        #expect(self.wrapUp(spent: Usage(tokens: 30), budgets: Budgets(maxTokens: limit)) == wrapUp)
    }

    @Test func anAverageIsRoundedUp() {
        #expect(wrapUp(spent: Usage(tokens: 31), budgets: Budgets(maxTokens: 53)) == nil)
        #expect(wrapUp(spent: Usage(tokens: 31), budgets: Budgets(maxTokens: 52)) == .budget(.token))
    }

    @Test func everyBudgetCounts() {
        let cost = USD(microdollars: 30)
        let budget = Budgets(maxCost: USD(microdollars: 40))
        #expect(wrapUp(spent: Usage(cost: cost), budgets: budget) == .budget(.cost))
        #expect(wrapUp(time: .seconds(30), budgets: Budgets(maxDuration: .seconds(40))) == .budget(.time))
        #expect(wrapUp(time: .seconds(30), budgets: Budgets(maxDuration: .seconds(50))) == nil)
    }

    @Test func withoutAnAverageNothingIsExpected() {
        #expect(wrapUp(1, spent: Usage(tokens: 30), budgets: Budgets(maxTokens: 31)) == nil)
        #expect(wrapUp(budgets: Budgets(maxTokens: 1)) == nil)
        let most = Budgets(maxCost: USD(microdollars: .max), maxTokens: .max)
        #expect(wrapUp(spent: Usage(cost: USD(microdollars: .max), tokens: .max), budgets: most) == .budget(.cost))
    }
}
