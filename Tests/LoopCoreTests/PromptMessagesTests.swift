import Domain
import LoopCore
import Testing

struct PromptMessagesTests {
    @Test func messagesOfPeopleAreTold() throws {
        var facts = PromptFacts(.sample, iteration: 2, session: .continue)
        facts.messages = ["Use the other library.", "And be brief."]
        let prompt = try PromptComposer.compose(facts)
        #expect(prompt.contains("You are told:\n\nUse the other library.\n\nAnd be brief."))
    }

    @Test func changedProtectedPathsAreToBeUndone() throws {
        var facts = PromptFacts(.sample, iteration: 2, session: .continue)
        facts.changedProtectedPaths = ["Tests/a", "Tests/b"]
        #expect(try PromptComposer.compose(facts).contains("Undo that: Tests/a, Tests/b."))
    }

    @Test func withoutEitherNothingIsSaidOfThem() throws {
        let prompt = try PromptComposer.compose(PromptFacts(.sample, iteration: 2, session: .continue))
        #expect(!prompt.contains("You are told"))
        #expect(!prompt.contains("Undo"))
    }
}
