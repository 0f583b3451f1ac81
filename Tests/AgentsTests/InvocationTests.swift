import Agents
import Domain
import TestSupport
import Testing

/// How each kind of agent is started.
struct InvocationTests {
    private let directory = TemporaryDirectory("makima-invocation")

    private func host(_ environment: [String: String] = [:]) -> AgentHost {
        AgentHost(
            environment: ["PATH": directory.path + "/bin:/usr/bin:/bin"].merging(environment) { _, given in given },
            home: directory.path + "/home",
            directory: directory.path,
            executable: directory.path + "/bin/makima"
        )
    }

    private func invocation(
        _ request: AgentRequest,
        _ environment: [String: String] = [:]
    ) throws -> AgentInvocation {
        directory.write("#!/bin/sh\n", to: "bin/claude", mode: 0o755)
        return try AgentCatalog(host: host(environment)).agent(of: request.configuration.kind).invocation(request)
    }

    // MARK: - Claude Code

    @Test func claudeIsGivenThePromptOnStandardInputAndTrustsNothingOfTheRepository() throws {
        let started = try invocation(try Samples.request(prompt: "--mend it"))
        #expect(started.program == directory.path + "/bin/claude")
        #expect(
            started.arguments == [
                "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose",
                "--dangerously-skip-permissions",
                "--setting-sources", "user", "--add-dir", ".", "--strict-mcp-config",
            ]
        )
        #expect(started.input == Array("--mend it".utf8))
        #expect(started.environment["CLAUDE_CONFIG_DIR"] == "/home/agent/.claude")
        #expect(started.environment["IS_SANDBOX"] == "1")
        #expect(started.environment["ANTHROPIC_API_KEY"] == nil)
    }

    @Test func claudeGoesOnWithASession() throws {
        var request = try Samples.request(session: AgentSession(id: "s1"))
        request.configuration.model = "opus"
        request.configuration.arguments = ["--max-turns", "9"]
        let arguments = try invocation(request).arguments
        #expect(arguments.suffix(6) == ["--resume", "s1", "--model", "opus", "--max-turns", "9"])
    }

    @Test func claudeIsNotToldOfASandboxThatIsNotThere() throws {
        var request = try Samples.request()
        request.site = AgentSite(home: "/state/home", directory: "/state/tree", isConfined: false)
        let started = try invocation(request)
        #expect(started.environment["IS_SANDBOX"] == nil)
        #expect(started.environment["CLAUDE_CONFIG_DIR"] == "/state/home/.claude")
        request.configuration.environment = ["IS_SANDBOX": "1"]
        #expect(try invocation(request).environment["IS_SANDBOX"] == "1")
    }

    @Test func onlyTheLoginIsSharedWithClaude() throws {
        let usual = CredentialFile(
            source: directory.path + "/home/.claude/.credentials.json",
            pathInHome: ".claude/.credentials.json"
        )
        #expect(try invocation(try Samples.request()).credentials == [usual])
        let moved = try invocation(try Samples.request(), ["CLAUDE_CONFIG_DIR": "/elsewhere"]).credentials
        #expect(moved.map(\.source) == ["/elsewhere/.credentials.json"])
    }

    @Test func aKeyThatIsNotPassedOnIsNamed() throws {
        #expect(try invocation(try Samples.request(), ["ANTHROPIC_API_KEY": "x"]).withheldKeys == ["ANTHROPIC_API_KEY"])
    }

    // MARK: - Commands

    @Test func aCommandIsStartedAsConfigured() throws {
        directory.write("print()", to: "agent/run.py")
        let request = try Samples.request(.command, command: ["sh", "agent/run.py", "-x"])
        let started = try invocation(request)
        #expect(started.program == "/usr/bin/sh")
        #expect(started.arguments == [directory.path + "/agent/run.py", "-x"])
        #expect(started.readablePaths.contains(directory.path + "/agent"))
        #expect(started.credentials.isEmpty)
        #expect(started.environment["MAKIMA_ITERATION"] == "2")
    }

    @Test func aCommandWithoutProgramIsRefused() throws {
        let request = try Samples.request(.command)
        #expect(throws: AgentError.commandMissing(agent: "command")) { try invocation(request) }
    }

    // MARK: - Scripts

    @Test func aScriptIsPlayedByMakimaItself() throws {
        let scenario = directory.write("{}", to: "demo/scenario.json")
        let started = try invocation(try Samples.request(.script, command: ["demo/scenario.json"]))
        #expect(started.program == directory.path + "/bin/makima")
        #expect(started.arguments == ["agent-script", scenario])
        #expect(started.readablePaths.contains(directory.path + "/demo"))
        #expect(
            try invocation(try Samples.request(.script, prompt: "demo/scenario.json")).arguments == started.arguments
        )
    }

    @Test func aScriptWithoutScenarioIsRefused() throws {
        let nothing = try Samples.request(.script, prompt: "mend it")
        #expect(throws: AgentError.scenarioMissing(agent: "script")) { try invocation(nothing) }
        let missing = try Samples.request(.script, command: ["none.json"])
        #expect(throws: AgentError.scenarioNotFound(path: directory.path + "/none.json")) { try invocation(missing) }
    }
}
