import Domain
import Settings
import Testing

struct PricesTests {
    @Test func everyAgentHasThePricesOfAllModels() throws {
        let text = "[prices.\"gpt-5.1\"]\ninput = 1.25\noutput = 10\ncache_read = 0.125\n"
        let configuration = try Reading.configuration(user: text)
        let prices = TokenPrices(
            input: USD(microdollars: 1_250_000),
            output: USD(microdollars: 10_000_000),
            cacheRead: USD(microdollars: 125_000)
        )
        #expect(configuration.prices == ["gpt-5.1": prices])
        #expect(configuration.agents.allSatisfy { $0.prices == ["gpt-5.1": prices] })
        #expect(try Reading.configuration().agents.allSatisfy { $0.prices == nil })
    }

    @Test(arguments: [
        ("[prices.m]\ninput = 1\n", "needs 'input' and 'output'"), ("[prices]\nm = 3\n", "[prices.\"m\"]"),
        ("prices = 3\n", "[prices.\"MODEL\"]"), ("[prices.m]\ninput = -1\noutput = 1\n", "number of dollars"),
        ("[prices.m]\ninput = 1\noutput = 1\ncached = 1\n", "no such setting"),
    ])
    func whatIsNoPriceIsRefused(text: String, part: String) {
        let problems = Reading.problems(user: text).texts
        #expect(problems.count == 1)
        #expect(problems.first?.contains(part) == true, "\(problems)")
    }

    @Test func aRepositorySetsNoPrices() {
        let problems = Reading.problems(repository: "[prices.m]\ninput = 0\noutput = 0\n").texts
        #expect(problems.count == 1)
        #expect(problems.first?.contains("a repository may not set it") == true)
    }
}
