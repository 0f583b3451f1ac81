import Domain
import Settings
import Testing

struct AgentsTests {
    @Test func theKnownAgentsExistByDefault() throws {
        let agents = try Reading.configuration().agents
        #expect(
            agents.map(\.name) == ["claude", "codex", "command", "gemini", "goose", "kimi", "script", "vibe"]
        )
        #expect(agents.map(\.kind) == [.claude, .codex, .command, .acp, .acp, .acp, .script, .acp])
        #expect(
            agents.map(\.command) == [
                ["claude"], ["codex"], [], ["gemini", "--experimental-acp"], ["goose", "acp"], ["kimi", "acp"], [],
                ["vibe-acp"],
            ]
        )
    }

    @Test func aKnownAgentKeepsItsCommandWhereAnotherSettingIsGiven() throws {
        let configuration = try Reading.configuration(user: "[agents.vibe]\nmodel = \"lab\"\n")
        let agent = try configuration.agent(named: "vibe")
        #expect(agent.kind == .acp)
        #expect(agent.command == ["vibe-acp"])
        #expect(agent.model == "lab")
    }

    @Test func anAgentOfTheProtocolNeedsAProgram() {
        #expect(throws: ConfigurationError.self) {
            try Reading.configuration(user: "[agents.mine]\nkind = \"acp\"\n")
        }
    }

    @Test func readsAllOfAnAgent() throws {
        let configuration = try Reading.configuration(
            user: """
                agent = "big-claude"
                [agents.big-claude]
                kind = "claude"
                command = ["/opt/claude code", "--verbose"]
                model = "opus"
                args = ["-x"]
                env = { TOKEN = "secret", EMPTY = "" }
                pass_env = ["LANG"]
                price_per_million_tokens = 3
                """
                .replacing(", \"\"]", with: "]")
        )
        let agent = try configuration.agent()
        #expect(
            agent
                == AgentConfiguration(
                    name: "big-claude",
                    kind: .claude,
                    command: ["/opt/claude code", "--verbose"],
                    model: "opus",
                    environment: ["TOKEN": "secret", "EMPTY": ""],
                    passEnvironment: ["LANG"],
                    arguments: ["-x"],
                    pricePerMillionTokens: USD(microdollars: 3_000_000)
                )
        )
    }

    @Test func aTextIsOneProgramEvenWithBlanks() throws {
        let configuration = try Reading.configuration(
            user: "[agents.a]\ncommand = \"/my agent/run --now\"\n",
            environment: ["MAKIMA_AGENTS_COMMAND_COMMAND": "/my agent/run --now"]
        )
        #expect(try configuration.agent(named: "a").command == ["/my agent/run --now"])
        #expect(try configuration.agent(named: "command").command == ["/my agent/run --now"])
    }

    @Test func anArrayInAVariableIsAProgramWithArguments() throws {
        let configuration = try Reading.configuration(
            environment: ["MAKIMA_AGENTS_COMMAND_COMMAND": "[\"sh\", \"-c\", \"a b\", \"\"]"])
        #expect(try configuration.agent(named: "command").command == ["sh", "-c", "a b", ""])
    }

    @Test func anAgentComesIntoBeingByVariables() throws {
        let configuration = try Reading.configuration(environment: [
            "MAKIMA_AGENTS_MY_BOT_COMMAND": "bot", "MAKIMA_AGENTS_MY_BOT_KIND": "command",
            "MAKIMA_AGENTS_MY_BOT_PASS_ENV": "LANG,TERM", "MAKIMA_AGENTS_MY_BOT_ARGS": "[\"a,b\"]",
            "MAKIMA_AGENTS_MY_BOT_MODEL": "m", "MAKIMA_AGENT": "my_bot",
        ])
        #expect(
            try configuration.agent()
                == AgentConfiguration(
                    name: "my_bot",
                    kind: .command,
                    command: ["bot"],
                    model: "m",
                    passEnvironment: ["LANG", "TERM"],
                    arguments: ["a,b"]
                )
        )
    }

    @Test func aVariableMeansTheConfiguredAgent() throws {
        let configuration = try Reading.configuration(
            user: "[agents.my-bot]\ncommand = \"bot\"\n",
            environment: ["MAKIMA_AGENTS_MY_BOT_MODEL": "m"]
        )
        #expect(configuration.agents.map(\.name).filter { $0.hasPrefix("m") } == ["my-bot"])
        #expect(try configuration.agent(named: "my-bot").model == "m")
    }

    @Test func aVariableThatMeansTwoAgentsIsRefused() {
        let problems = Reading.problems(
            user: "[agents.my-bot]\ncommand = \"a\"\n[agents.my_bot]\ncommand = \"b\"\n",
            environment: ["MAKIMA_AGENTS_MY_BOT_MODEL": "m"]
        )
        #expect(problems.count == 1)
    }

    @Test func choosingAnAgentWithoutProgramNamesKeyAndVariable() throws {
        let configuration = try Reading.configuration()
        #expect(throws: ConfigurationError.programMissing(agent: "command")) {
            try configuration.agent(named: "command")
        }
        let problems = Reading.problems(user: "agent = \"command\"\n")
        #expect(problems.count == 1)
        let text = problems.texts.first ?? ""
        #expect(text.contains("config.toml:1"))
        #expect(text.contains("[agents.command]"))
        #expect(text.contains("MAKIMA_AGENTS_COMMAND_COMMAND"))
    }

    @Test func aNewAgentNeedsAProgram() {
        #expect(Reading.problems(user: "[agents.x]\nmodel = \"m\"\n").map(\.key) == ["agents.x.command"])
        #expect(Reading.problems(environment: ["MAKIMA_AGENTS_X_MODEL": "m"]).map(\.key) == ["agents.x.command"])
    }

    @Test(arguments: [
        "command = []", "command = [\"\"]", "command = \"\"", "command = \" \"", "command = [\"a\", 1]",
        "command = { a = 1 }", "command = \"x\"\nkind = \"robot\"", "command = \"x\"\ncomand = \"y\"",
        "command = \"x\"\nenv = { \"A=B\" = \"\" }", "command = \"x\"\nenv = { A = 1 }",
        "command = \"x\"\npass_env = [\"A B\"]", "command = \"x\"\nprice_per_million_tokens = -1",
    ])
    func refusesWrongAgents(lines: String) {
        let problems = Reading.problems(user: "[agents.claude]\n\(lines)\n")
        #expect(problems.count == 1)
        #expect(problems.first?.key?.hasPrefix("agents.claude.") == true)
    }

    @Test(arguments: [
        "MAKIMA_AGENTS_COMMAND", "MAKIMA_AGENTS_X_COMAND", "MAKIMA_AGENTS__KIND", "MAKIMA_AGENTS_X Y_COMMAND",
    ])
    func refusesWrongVariablesOfAgents(name: String) {
        #expect(Reading.problems(environment: [name: "x"]).count == 1)
    }

    @Test(arguments: ["[\"a\"", "[1]", "[]"])
    func refusesBrokenArraysInVariables(value: String) {
        #expect(Reading.problems(environment: ["MAKIMA_AGENTS_CLAUDE_COMMAND": value]).count == 1)
    }

    @Test func neverShowsSecrets() throws {
        let configuration = try Reading.configuration(user: "[agents.claude.env]\nTOKEN = \"hunter2\"\n")
        let rows = configuration.explain()
        #expect(rows.contains { $0.key == "agents.claude.env.TOKEN" && $0.value == "(set)" })
        #expect(!rows.contains { $0.value.contains("hunter2") })
        let problems =
            Reading.problems(user: "[agents.claude]\nenv = [\"TOKEN=hunter2\"]\n")
            + Reading.problems(user: "[agents.claude.env]\nTOKEN = [\"hunter2\"]\n")
            + Reading.problems(user: "[agents.claude]\nevn = { TOKEN = \"hunter2\" }\n")
            + Reading.problems(user: "agents = { claude = \"hunter2\" }\n")
            + Reading.problems(environment: ["MAKIMA_AGENTS_CLAUDE_ENV": "hunter2"])
        #expect(problems.count == 5)
        #expect(!problems.texts.contains { $0.contains("hunter2") })
    }
}
