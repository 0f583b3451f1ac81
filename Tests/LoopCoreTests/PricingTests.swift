import Domain
import FoundationEssentials
import LoopCore
import Testing

/// What tokens cost where the agent does not say.
struct PricingTests {
    private static let prices = TokenPrices(
        input: USD(microdollars: 3_000_000),
        output: USD(microdollars: 15_000_000),
        cacheRead: USD(microdollars: 300_000),
        cacheWrite: USD(microdollars: 3_750_000)
    )
    private static let tokens = ModelTokens(model: "big", input: 100, output: 10, cacheRead: 1000, cacheWrite: 4)

    private func agent(model: String? = nil, flat: USD? = nil) -> AgentConfiguration {
        var agent = AgentConfiguration(name: "kim", kind: .command, command: ["kim"], model: model)
        agent.pricePerMillionTokens = flat
        agent.prices = ["big": Self.prices]
        return agent
    }

    private func outcome(_ tokens: ModelTokens?, cost: USD? = nil) -> AgentOutcome {
        var outcome = AgentOutcome(end: .ok, usage: Usage(cost: cost, tokens: 1114))
        outcome.tokens = tokens
        return outcome
    }

    @Test func eachKindHasItsPrice() {
        #expect(outcome(Self.tokens).priced(for: agent()).usage.cost == USD(microdollars: 300 + 150 + 300 + 15))
        #expect(outcome(Self.tokens).priced(for: agent()).usage.tokens == 1114)
    }

    @Test func aKindWithoutAPriceCostsWhatInputCosts() {
        let prices = TokenPrices(input: USD(microdollars: 1_000_000), output: USD(microdollars: 2_000_000))
        #expect(prices.cost(of: ModelTokens(input: 1, output: 1, cacheRead: 5, cacheWrite: 7)) == USD(microdollars: 15))
    }

    @Test(arguments: [(0, Int64(0)), (1, 1), (3, 1), (4, 2), (-4, 0), (.max, .max)])
    func amountsAreRoundedUpOnceAndNeverOverflow(tokens: Int, cost: Int64) {
        let price = USD(microdollars: tokens == .max ? .max : 300_000)
        let prices = TokenPrices(input: price, output: price, cacheRead: price, cacheWrite: price)
        #expect(prices.cost(of: ModelTokens(input: tokens)) == USD(microdollars: cost))
        #expect(prices.cost(of: ModelTokens(input: 1, output: 1, cacheRead: 1)) <= USD(microdollars: .max))
        guard tokens == 1 else { return }
        #expect(prices.cost(of: ModelTokens(input: 1, output: 1, cacheRead: 1)) == USD(microdollars: 1))
    }

    @Test func whatTheAgentReportsIsWhatItCosts() {
        #expect(outcome(Self.tokens, cost: .zero).priced(for: agent()).usage.cost == .zero)
    }

    @Test func aModelThatIsNotNamedIsTheConfiguredOne() {
        var unnamed = Self.tokens
        unnamed.model = nil
        #expect(outcome(unnamed).priced(for: agent(model: "big")).usage.cost == USD(microdollars: 765))
        #expect(outcome(unnamed).priced(for: agent()).usage.cost == nil)
    }

    @Test func withoutAPriceOfTheModelTheAgentsOwnCounts() {
        let flat = USD(microdollars: 1_000_000)
        var other = Self.tokens
        other.model = "other"
        #expect(outcome(other).priced(for: agent(flat: flat)).usage.cost == USD(microdollars: 1114))
        #expect(outcome(nil).priced(for: agent(flat: flat)).usage.cost == USD(microdollars: 1114))
        #expect(outcome(Self.tokens).priced(for: agent(flat: flat)).usage.cost == USD(microdollars: 765))
        #expect(outcome(other).priced(for: agent()).usage.cost == nil)
    }

    @Test func whatATurnThatBrokeOffUsedIsAddedToWhatWasTold() {
        var cut = outcome(ModelTokens(model: "big", output: 10), cost: USD(microdollars: 7))
        cut.usage.unpricedTokens = 10
        let priced = cut.priced(for: agent()).usage
        #expect(priced.cost == USD(microdollars: 157))
        #expect(priced.pricedCost == USD(microdollars: 150))
        #expect(priced.unpricedTokens == nil)
        cut.tokens = nil
        #expect(cut.priced(for: agent(flat: USD(microdollars: 1_000_000))).usage.cost == USD(microdollars: 17))
        #expect(cut.priced(for: agent()).usage == cut.usage)
    }

    @Test func aBudgetCanBeHeldByThePriceOfTheConfiguredModel() throws {
        let budgets = Budgets(maxCost: USD(microdollars: 5))
        try BudgetCheck.validate(budgets, for: agent(model: "big"), reportsCost: false, reportsTokens: true)
        #expect(throws: LimitError.costUnknown(agent: "kim", reportsTokens: true)) {
            try BudgetCheck.validate(budgets, for: agent(model: "x"), reportsCost: false, reportsTokens: true)
        }
    }

    @Test func anAgentThatWasKeptWithoutPricesIsRead() throws {
        var old = agent()
        old.prices = nil
        let kept = try JSONEncoder().encode(old)
        #expect(!String(decoding: kept, as: UTF8.self).contains("prices"))
        #expect(try JSONDecoder().decode(AgentConfiguration.self, from: kept) == old)
    }
}
