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
        case .command: CommandAgent(host: host)
        case .script: ScriptAgent(host: host)
        }
    }

    /// Whose allowance an agent with `configuration` uses.
    package func account(of configuration: AgentConfiguration) -> AgentAccount {
        AgentAccount(of: configuration, logins: agent(of: configuration.kind).logins)
    }
}
