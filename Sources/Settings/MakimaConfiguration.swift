package import Domain

/// What the configuration says: every layer weighed, every value valid.
package struct MakimaConfiguration: Hashable, Sendable {
    /// `maxIterations` is `default_max_iterations`, not yet cut at the ceiling.
    package var limits = LoopLimits()
    package var budgets = Budgets()
    package var timeouts = Timeouts(orphan: .seconds(120))
    package var context = ContextMode.continue
    package var rotation = ContextRotation()
    package var waits = true
    package var onStall = StallStrategy.stop
    package var otherAgent: String?
    package var asks = false
    package var questions = QuestionPolicy()
    package var permissions = PermissionMode.full
    package var defaultAgent = "claude"
    /// All agents there are, the built-in ones too, by name.
    package var agents = BuiltInAgents.all
    package var sandbox = SandboxSpec()
    package var retention = Retention()
    /// How many MiB of the disk are left alone; 0 is none.
    package var diskReserve = 1024
    package var redactedVariables: [String] = []
    package var copyFiles: [String] = []
    package var setupCommand: String?
    package var includeChanges = false
    package var completion = CompletionAction.branch
    package var targetBranch: String?
    package var forge = ForgeSettings()
    package var protected: [String] = []
    package var checks: [CheckDefinition] = []
    /// By model.
    package var prices: [String: TokenPrices] = [:]
    /// The files with templates of prompts, as they are named.
    package var promptFiles = PromptTexts()
    /// What ``promptFiles`` hold.
    package var prompts = PromptTexts()
    /// The server that commands go through; `nil` is the one that runs on this machine.
    package var server: String?
    /// The file with the token for it.
    package var serverTokenFile: String?
    /// The file of the authority that signed its certificate; `nil` is those of the system.
    package var serverAuthority: String?
    package var serve = ServeSettings()
    package var daemon = WorkSettings()
    /// Where people are told about tasks, by name.
    package var notificationTargets: [NotificationTarget] = []
    /// URLs of repositories that a daemon clones when it starts.
    package var autoClone: [String] = []
    /// Where each setting that is no default comes from.
    package var origins: [String: ConfigurationOrigin] = [:]

    /// Every setting as built in.
    package init() {}

    /// Where the value of `key` comes from.
    package func origin(of key: String) -> ConfigurationOrigin {
        origins[key] ?? .builtIn
    }

    /// Returns the agent called `name`, or the default one, ready to be started.
    package func agent(named name: String? = nil) throws(ConfigurationError) -> AgentConfiguration {
        let wanted = name ?? defaultAgent
        guard let agent = agents.first(where: { $0.name == wanted }) else {
            let known = agents.map(\.name)
            throw .unknownAgent(name: wanted, suggestion: Suggestion.nearest(to: wanted, among: known), known: known)
        }
        guard !agent.lacksProgram else { throw .programMissing(agent: wanted) }
        return agent
    }
}

/// How work is put to review at a forge.
package struct ForgeSettings: Hashable, Sendable {
    /// What each task keeps.
    package var task = ForgeSpec()
    /// Of a GitHub that is not github.com.
    package var apiURL: String?
    /// The variable with the token; `nil` is the usual ones.
    package var tokenVariable: String?
}

/// How a server of this machine listens, where its command line does not say.
package struct ServeSettings: Hashable, Sendable {
    package var host = "127.0.0.1"
    package var port = 7420
    package var names: [String] = []
    /// A file in PEM, as ``key``.
    package var certificate: String?
    package var key: String?
    package var lease = Duration.seconds(30)
    package var grace = Duration.seconds(300)
    /// Of done tasks with all about them, and of events of tasks that nobody has; `nil` is for ever.
    package var keepsTasks: Duration?
    package var keepsEvents: Duration?
}

/// How a daemon of this machine works, where its command line does not say.
package struct WorkSettings: Hashable, Sendable {
    package var server: String?
    package var tokenFile: String?
    package var authority: String?
    package var id: String?
    package var name: String?
    package var slots = 4
    package var labels: [String] = []
    package var paths: [String] = []
    /// Names of variables that git gets on its way to repositories.
    package var passEnvironment: [String] = []
}

/// The agents that exist without any configuration.
package enum BuiltInAgents {
    /// By name: one for each kind that is one program or none, called like it, and the known programs of kind `acp`.
    package static let all =
        (AgentKind.allCases.filter { $0 != .acp }.map { ($0.rawValue, $0) }
        + ACPProgram.allCases.map { ($0.agentName, AgentKind.acp) })
        .map { AgentConfiguration(name: $0, kind: $1, command: defaultCommand(of: $1, named: $0)) }
        .sorted { $0.name < $1.name }

    /// The program where none is configured: `script` plays the scenario that the plan names, `command` has none, and
    /// for `acp` the agent's name says it.
    static func defaultCommand(of kind: AgentKind, named name: String) -> [String] {
        switch kind {
        case .claude: ["claude"]
        case .codex: ["codex"]
        case .acp: ACPProgram(rawValue: name)?.command ?? []
        case .command, .script: []
        }
    }
}

extension AgentConfiguration {
    var lacksProgram: Bool { (kind == .command || kind == .acp) && command.isEmpty }
}
