import Domain
import FoundationEssentials
import Testing

/// What is stored of an agent's variables, and how their values come back.
struct AgentVariablesTests {
    private func agent(_ name: String, _ variables: [String: String] = [:]) -> AgentConfiguration {
        AgentConfiguration(name: name, kind: .command, command: [name], environment: variables)
    }

    private func stored<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
    }

    private func spec(_ agent: AgentConfiguration) throws -> TaskSpec {
        let id = try #require(TaskID(rawValue: "k7m2q9xw4d"))
        return TaskSpec(
            id: id,
            name: "x",
            plan: "x",
            repository: RepositorySpec(path: "/r", base: nil),
            agent: agent
        )
    }

    @Test func noValueIsWritten() throws {
        let text = String(decoding: try JSONEncoder().encode(agent("a", ["KEY": "hidden"])), as: UTF8.self)
        #expect(text.contains("KEY"))
        #expect(!text.contains("hidden"))
    }

    @Test func valuesComeFromTheAgentOfTheSameName() throws {
        let (first, second) = (agent("first", ["KEY": "1", "MODE": "m"]), agent("second", ["KEY": "2"]))
        var spec = try spec(first)
        spec.otherAgent = second
        spec.choices = [first, second]
        var read = try stored(spec)
        #expect(read.lacksValues)
        #expect(read != spec)
        read.takeValues(from: [second, first])
        #expect(!read.lacksValues)
        #expect(read == spec)
    }

    @Test func onlyWhatWasNamedIsTaken() throws {
        var read = try stored(spec(agent("first", ["KEY": "1"])))
        read.takeValues(from: [agent("first", ["KEY": "new", "LATER": "x"])])
        #expect(read.agent.environment == ["KEY": "new"])
    }

    @Test func namesWhatIsConfiguredNoLonger() throws {
        var read = try stored(spec(agent("first", ["B": "1", "A": "2", "C": "3"])))
        read.takeValues(from: [agent("first", ["C": "3"]), agent("second", ["A": "2"])])
        #expect(read.missingVariables == ["A", "B"].map { MissingVariable(agent: "first", name: $0) })
        #expect(read.agent.environment == ["C": "3"])
    }

    @Test func whatIsNotKnownIsStoredAgain() throws {
        let read = try stored(stored(agent("first", ["KEY": "1"])))
        #expect(read.unknownVariables == ["KEY"])
    }
}
