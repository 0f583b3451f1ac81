import Domain
import LoopCore
import Testing

struct LimitResolutionTests {
    @Test(arguments: [
        (nil, 10, 50, 10), (7, 10, 50, 7), (80, 10, 50, 50), (50, 10, 50, 50), (nil, 10, 4, 4), (1, 10, 1, 1),
    ])
    func theSmallerOfWishAndCeilingHolds(wish: Int?, default defaultLimit: Int, ceiling: Int, limit: Int) throws {
        #expect(try LimitResolution.maxIterations(wish: wish, default: defaultLimit, ceiling: ceiling) == limit)
    }

    @Test(arguments: [
        (Int?.some(0), 10, 50, LimitError.tooSmall(setting: "max_iterations", value: 0, minimum: 1)),
        (-3, 10, 50, .tooSmall(setting: "max_iterations", value: -3, minimum: 1)),
        (nil, 0, 50, .tooSmall(setting: "default_max_iterations", value: 0, minimum: 1)),
        (5, 10, 0, .tooSmall(setting: "hard_limit", value: 0, minimum: 1)),
    ])
    func limitsBelowOneAreRefused(wish: Int?, default defaultLimit: Int, ceiling: Int, error: LimitError) {
        #expect(throws: error) {
            try LimitResolution.maxIterations(wish: wish, default: defaultLimit, ceiling: ceiling)
        }
    }

    private func resume(_ wish: Int?, used: Int, limit: Int = 10, ceiling: Int = 50) throws -> Int {
        try LimitResolution.maxIterations(
            resuming: LoopLimits(maxIterations: limit),
            wish: wish,
            used: used,
            ceiling: ceiling
        )
    }

    @Test func aResumeMayNameMoreThanWasUsedUpToTheCeiling() throws {
        #expect(try resume(11, used: 10) == 11)
        #expect(try resume(50, used: 10) == 50)
        #expect(try resume(nil, used: 9) == 10)
        #expect(try resume(nil, used: 3, ceiling: 5) == 5)
    }

    @Test func aResumeThatAllowsNothingMoreIsRefused() {
        #expect(throws: LimitError.alreadyUsed(value: 10, used: 10)) { try resume(10, used: 10) }
        #expect(throws: LimitError.alreadyUsed(value: 10, used: 10)) { try resume(nil, used: 10) }
        #expect(throws: LimitError.alreadyUsed(value: 5, used: 7)) { try resume(nil, used: 7, ceiling: 5) }
        #expect(throws: LimitError.aboveCeiling(value: 51, ceiling: 50)) { try resume(51, used: 10) }
        #expect(throws: LimitError.tooSmall(setting: "max_iterations", value: 0, minimum: 1)) { try resume(0, used: 0) }
        #expect(throws: LimitError.tooSmall(setting: "hard_limit", value: 0, minimum: 1)) {
            try resume(5, used: 0, ceiling: 0)
        }
    }

    @Test func thresholdsBelowOneAreRefused() throws {
        try LimitResolution.validate(noChangeThreshold: 1, sameErrorThreshold: 1)
        #expect(throws: LimitError.tooSmall(setting: "no_change_threshold", value: 0, minimum: 1)) {
            try LimitResolution.validate(noChangeThreshold: 0, sameErrorThreshold: 1)
        }
        #expect(throws: LimitError.tooSmall(setting: "same_error_threshold", value: -1, minimum: 1)) {
            try LimitResolution.validate(noChangeThreshold: 1, sameErrorThreshold: -1)
        }
    }

    @Test func budgetsBelowZeroAreRefusedAndZeroIsNot() throws {
        try LimitResolution.validate(Budgets(maxCost: .zero, maxTokens: 0, maxDuration: .zero))
        #expect(throws: LimitError.self) { try LimitResolution.validate(Budgets(maxCost: USD(microdollars: -1))) }
        #expect(throws: LimitError.self) { try LimitResolution.validate(Budgets(maxTokens: -1)) }
        #expect(throws: LimitError.self) { try LimitResolution.validate(Budgets(maxDuration: .milliseconds(-1))) }
    }

    @Test func errorsNameTheValueAndTheSetting() {
        let errors: [LimitError] = [
            .tooSmall(setting: "hard_limit", value: -7, minimum: 1), .alreadyUsed(value: 5, used: 9),
            .aboveCeiling(value: 77, ceiling: 50), .costUnknown(agent: "kim", reportsTokens: true),
            .costUnknown(agent: "kim", reportsTokens: false), .tokensUnknown(agent: "kim"),
        ]
        let needles = [
            ["hard_limit", "-7"], ["5", "9", "10"], ["77", "50", "hard_limit"], ["kim", "price_per_million_tokens"],
            ["kim", "max_cost_usd"], ["kim", "max_tokens"],
        ]
        for (error, needles) in zip(errors, needles) {
            for needle in needles { #expect(error.description.contains(needle)) }
        }
    }
}

struct BudgetCheckTests {
    private static let budgets = Budgets(maxCost: USD(microdollars: 100), maxTokens: 100, maxDuration: .seconds(100))

    @Test(arguments: [99, 100])
    func whatEqualsTheBudgetHasUsedItUp(amount: Int) {
        let isOver = amount == 100
        let check = { (usage: Usage, time: Duration) in
            BudgetCheck.exhausted(usage: usage, activeTime: time, budgets: Self.budgets) != nil
        }
        #expect(check(Usage(cost: USD(microdollars: Int64(amount))), .zero) == isOver)
        #expect(check(Usage(tokens: amount), .zero) == isOver)
        #expect(check(Usage(), .seconds(amount)) == isOver)
    }

    @Test func withoutABudgetNothingIsUsedUp() {
        let usage = Usage(cost: USD(microdollars: .max), tokens: .max)
        #expect(BudgetCheck.exhausted(usage: usage, activeTime: .seconds(1 << 40), budgets: Budgets()) == nil)
        #expect(BudgetCheck.nearlyExhausted(usage: usage, activeTime: .seconds(1 << 40), budgets: Budgets()) == [])
    }

    @Test(arguments: [79, 80])
    func fourFifthsAreWorthAWarning(amount: Int) {
        let near = BudgetCheck.nearlyExhausted(
            usage: Usage(cost: USD(microdollars: Int64(amount)), tokens: amount),
            activeTime: .seconds(amount),
            budgets: Self.budgets
        )
        #expect(near.count == (amount == 80 ? 3 : 0))
    }

    @Test func nothingSpentOfNothingIsNoWarning() {
        let near = BudgetCheck.nearlyExhausted(usage: Usage(), activeTime: .zero, budgets: Budgets(maxDuration: .zero))
        #expect(near.isEmpty)
    }

    @Test(arguments: [
        (nil, 10, 4_000_000, Int64(40)), (nil, 0, 4_000_000, 0), (nil, 1_000_000, 1, 1), (nil, 1, 1, 1),
        (nil, 1_000_001, 1, 2), (7, 10, 4_000_000, 7),
        (nil, Int.max, Int64.max, .max), (nil, -5, 4_000_000, 0), (nil, 5, -4_000_000, 0),
    ])
    func aPriceMakesACost(reported: Int64?, tokens: Int, price: Int64, cost: Int64) {
        let usage = Usage(cost: reported.map { USD(microdollars: $0) }, tokens: tokens)
        #expect(usage.priced(perMillionTokens: USD(microdollars: price)).cost == USD(microdollars: cost))
    }

    @Test func withoutTokensOrPriceThereIsNoCost() {
        #expect(Usage().priced(perMillionTokens: USD(microdollars: 5)).cost == nil)
        #expect(Usage(tokens: 5).priced(perMillionTokens: nil).cost == nil)
    }

    @Test func anAgentThatMayTellIsLetInWhereThereIsAPrice() throws {
        let budgets = Budgets(maxCost: USD(microdollars: 1_000_000), maxTokens: 5)
        var agent = AgentConfiguration(name: "kim", kind: .command, command: ["kim"])
        let validate = { (agent: AgentConfiguration) throws(LimitError) in
            try BudgetCheck.validate(
                budgets,
                for: agent,
                reportsCost: false,
                reportsTokens: false,
                mayReportTokens: true
            )
        }
        #expect(throws: LimitError.costUnknown(agent: "kim", reportsTokens: true)) { try validate(agent) }
        agent.prices = ["big": TokenPrices(input: .zero)]
        try validate(agent)
        agent.model = "small"
        #expect(throws: LimitError.costUnknown(agent: "kim", reportsTokens: true)) { try validate(agent) }
        agent.pricePerMillionTokens = USD(microdollars: 1)
        try validate(agent)
    }

    private func validate(_ budgets: Budgets, price: USD? = nil, cost: Bool = false, tokens: Bool = false) throws {
        let agent = AgentConfiguration(name: "kim", kind: .command, command: ["kim"], pricePerMillionTokens: price)
        try BudgetCheck.validate(budgets, for: agent, reportsCost: cost, reportsTokens: tokens)
    }

    @Test func aBudgetThatNobodyCanHoldIsRefused() throws {
        let dollar = Budgets(maxCost: USD(microdollars: 1_000_000))
        #expect(throws: LimitError.costUnknown(agent: "kim", reportsTokens: false)) { try validate(dollar) }
        #expect(throws: LimitError.costUnknown(agent: "kim", reportsTokens: true)) {
            try validate(dollar, tokens: true)
        }
        #expect(throws: LimitError.costUnknown(agent: "kim", reportsTokens: false)) {
            try validate(dollar, price: USD(microdollars: 3))
        }
        #expect(throws: LimitError.tokensUnknown(agent: "kim")) { try validate(Budgets(maxTokens: 5), cost: true) }
        try validate(dollar, cost: true)
        try validate(dollar, price: USD(microdollars: 3), tokens: true)
        try validate(Budgets(maxTokens: 5), tokens: true)
        try validate(Budgets(maxCost: .zero, maxTokens: 0, maxDuration: .seconds(5)))
    }
}
