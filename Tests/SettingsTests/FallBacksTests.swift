import Domain
import Settings
import Testing

/// Agents that take over from each other.
struct FallBacksTests {
    @Test func areTheBestFirstEachFollowedByItsOwn() throws {
        let agents =
            try Reading.configuration(
                user: """
                    [agents.claude]
                    fall_back_to = ["codex", "kimi"]
                    [agents.codex]
                    fall_back_to = ["vibe"]
                    [agents.kimi]
                    fall_back_to = ["vibe"]
                    """
            )
            .agents
        let claude = try #require(agents.first { $0.name == "claude" })
        #expect(agents.choices(from: claude).map(\.name) == ["claude", "codex", "vibe", "kimi"])
        let vibe = try #require(agents.first { $0.name == "vibe" })
        #expect(agents.choices(from: vibe) == [vibe])
    }

    @Test func aVariableNamesThem() throws {
        let variables = ["MAKIMA_AGENTS_CLAUDE_FALL_BACK_TO": "codex,kimi"]
        #expect(try Reading.configuration(environment: variables).agent().fallBackTo == ["codex", "kimi"])
    }

    @Test(arguments: [
        (#"["codx"]"#, "did you mean 'codex'?"), (#"["command"]"#, "command"),
        (#"["claude"]"#, "It leads back to itself: 'claude', then 'claude'."),
        (#"["codex", "codex"]"#, "It names an agent twice."),
        (#"["goose", "kimi"]"#, "It leads back to itself: 'claude', then 'kimi', then 'vibe', then 'claude'."),
    ])
    func whatCannotBeIsRefused(names: String, part: String) {
        let problems = Reading.problems(
            user: """
                [agents.kimi]
                fall_back_to = ["vibe"]
                [agents.vibe]
                fall_back_to = [\(part.contains("vibe") ? "\"claude\"" : "")]
                [agents.claude]
                fall_back_to = \(names)
                """
        )
        let own = problems.first { $0.key == "agents.claude.fall_back_to" }
        #expect(own?.description.contains(part) == true, "\(problems.texts)")
    }

    @Test func aRepositoryNamesNone() {
        let problems = Reading.problems(repository: "[agents.claude]\nfall_back_to = [\"codex\"]\n")
        #expect(problems.map(\.key) == ["agents"])
    }
}
