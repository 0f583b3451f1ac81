package import Domain

/// Chooses the agent for a configuration.
package struct AgentCatalog: Sendable {
    private let host: AgentHost

    package init(host: AgentHost) {
        self.host = host
    }

    package func agent(of kind: AgentKind) -> any Agent {
        switch kind {
        case .claude: ClaudeAgent(host: host)
        case .codex: CodexAgent(host: host)
        case .acp: ACPAgent(host: host)
        case .command: CommandAgent(host: host)
        case .script: ScriptAgent(host: host)
        }
    }

    /// What an agent with `configuration` can do.
    package func capabilities(of configuration: AgentConfiguration) -> AgentCapabilities {
        agent(of: configuration.kind).capabilities(of: configuration)
    }

    /// The paths that must be visible for the user's program `name` to run; none where the user has no such program.
    package func requirements(ofProgram name: String) -> [String] {
        let finder = ProgramFinder(host: host)
        // Whoever asks knows already that it was not found somewhere.
        guard let program = try? finder.find(name) else { return [] }
        return finder.requirements(of: program)
    }

    /// makima's own program, and the paths that must be visible for it to run.
    package var ownProgram: [String] {
        [host.executable] + ProgramFinder(host: host).requirements(of: host.executable)
    }

    /// The secrets among the variables that makima was started with, and the values of those called `names`.
    package func secrets(naming names: Set<String>) -> Secrets {
        var secrets = Secrets()
        secrets.add(variables: host.environment, named: names)
        return secrets
    }

    /// Whose allowance an agent with `configuration` uses.
    package func account(of configuration: AgentConfiguration) -> AgentAccount {
        AgentAccount(of: configuration, logins: agent(of: configuration.kind).logins(of: configuration))
    }
}
