import Domain
import Testing

struct SuggestionTests {
    @Test(arguments: [
        ("hard_limt", "hard_limit" as String?), ("max_iterations", "default_max_iterations"), ("cmd", "command"),
        ("limit", "hard_limit"), ("cd", nil), ("moon", nil), ("max", nil),
    ])
    func whatIsMeantIsGuessed(word: String, meant: String?) {
        let known = ["hard_limit", "default_max_iterations", "command", "max_cost_usd"]
        #expect(Suggestion.nearest(to: word, among: known) == meant)
    }
}
