import Domain
import Testing

/// Which agents a task has after a person chose one.
struct ChosenAgentTests {
    private func agent(_ name: String) -> AgentConfiguration {
        AgentConfiguration(name: name, kind: .command, command: [name])
    }

    private func spec(other: String?) throws -> TaskSpec {
        let id = try #require(TaskID(rawValue: "k7m2q9xw4d"))
        var spec = TaskSpec(
            id: id,
            name: "x",
            plan: "x",
            repository: RepositorySpec(path: "/r", base: nil),
            agent: agent("first")
        )
        spec.otherAgent = other.map(agent)
        return spec
    }

    @Test(arguments: [
        ("second", "second", "first"), ("third", "third", "second"), ("first", "first", "second"),
    ])
    func theTwoAreNeverTheSame(_ chosen: String, _ agent: String, _ other: String) throws {
        var spec = try spec(other: "second")
        spec.choose(self.agent(chosen))
        #expect(spec.agent.name == agent)
        #expect(spec.otherAgent?.name == other)
    }

    @Test func withoutAnotherOneItIsJustChosen() throws {
        var spec = try spec(other: nil)
        spec.choose(agent("second"))
        #expect(spec.agents.map(\.name) == ["second"])
    }
}
