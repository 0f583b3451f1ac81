import Agents
import Domain
import Testing

/// What an agent's process is given of the environment.
struct AgentEnvironmentTests {
    private func make(
        _ host: [String: String],
        pass: [String] = [],
        set: [String: String] = [:]
    ) throws -> AgentEnvironment {
        var request = try Samples.request(.command)
        request.configuration.passEnvironment = pass
        request.configuration.environment = set
        return AgentEnvironment.make(host: Samples.host(host), request: request)
    }

    @Test func isMadeAndNotInherited() throws {
        let made = try make([
            "LANG": "de_DE.UTF-8", "LC_TIME": "C", "TZ": "Europe/Berlin", "https_proxy": "http://proxy:3128",
            "CLAUDECODE": "1", "CLAUDE_CODE_ENTRYPOINT": "cli", "SSH_AUTH_SOCK": "/run/agent", "GITHUB_TOKEN": "secret",
            "XDG_RUNTIME_DIR": "/run/user/1000", "GIT_DIR": "/x", "EMPTY": "", "LANGUAGE": "",
        ])
        #expect(
            made.variables == [
                "PATH": "/usr/bin:/bin", "HOME": "/home/agent", "TERM": "dumb", "LANG": "de_DE.UTF-8", "LC_TIME": "C",
                "TZ": "Europe/Berlin", "https_proxy": "http://proxy:3128", "MAKIMA_TASK_ID": "0123456789",
                "MAKIMA_ITERATION": "2", "MAKIMA_MAX_ITERATIONS": "10",
            ]
        )
    }

    @Test func aKeyIsPassedOnOnlyWhereItIsNamed() throws {
        let host = ["ANTHROPIC_API_KEY": "sk-1", "OPENAI_API_KEY": "sk-2"]
        let unasked = try make(host)
        #expect(unasked.variables["ANTHROPIC_API_KEY"] == nil)
        #expect(unasked.withheldKeys == ["ANTHROPIC_API_KEY", "OPENAI_API_KEY"])
        let asked = try make(host, pass: ["ANTHROPIC_API_KEY", "NOT_SET"])
        #expect(asked.variables["ANTHROPIC_API_KEY"] == "sk-1")
        #expect(asked.variables["NOT_SET"] == nil)
        #expect(asked.withheldKeys == ["OPENAI_API_KEY"])
        #expect(try make([:]).withheldKeys.isEmpty)
    }

    @Test func theConfigurationHasTheLastWord() throws {
        let made = try make(
            ["TERM": "xterm", "LANG": "C"],
            pass: ["TERM"],
            set: ["LANG": "en_US.UTF-8", "PATH": "/own"]
        )
        #expect(made.variables["TERM"] == "xterm")
        #expect(made.variables["LANG"] == "en_US.UTF-8")
        #expect(made.variables["PATH"] == "/own")
    }
}
