package import Domain

/// What the configuration says, as far as commands need it: every layer weighed, every value valid.
package struct Settings: Hashable, Sendable {
    package var tasks: TaskDefaults
    /// What `makima gc` goes by.
    package var retention = Retention()
    /// Every setting with its value and source, for `makima config`.
    ///
    /// Secrets are hidden already.
    package var shown: [ShownSetting]
    /// What a person may believe to count, and does not.
    package var warnings: [String]

    package init(tasks: TaskDefaults = TaskDefaults(), shown: [ShownSetting] = [], warnings: [String] = []) {
        self.tasks = tasks
        self.shown = shown
        self.warnings = warnings
    }
}

/// One setting as `makima config` shows it.
package struct ShownSetting: Hashable, Sendable {
    /// As in the file: `autonomous_loop.hard_limit`.
    package var key: String
    /// For people; for programs it has its type in `json`.
    package var value: String
    package var json: JSONValue
    /// The file or the variable; `nil` for what is built in.
    package var source: String?

    package init(key: String, value: String, json: JSONValue, source: String?) {
        self.key = key
        self.value = value
        self.json = json
        self.source = source
    }
}

/// What holds for a new task where the command line says nothing.
package struct TaskDefaults: Hashable, Sendable {
    /// With `default_max_iterations`, not yet cut at the ceiling.
    package var limits = LoopLimits()
    package var budgets = Budgets()
    package var timeouts = Timeouts()
    package var checks: [CheckDefinition] = []
    package var protected: [String] = []
    /// All agents there are, the built-in ones too.
    package var agents: [AgentConfiguration] = []
    package var defaultAgent = "claude"
    package var context = ContextMode.continue
    package var rotation = ContextRotation()
    package var completion = CompletionAction.branch
    /// How work is put to review where that is the completion.
    package var forge = ForgeSpec()
    package var sandbox = SandboxSpec()
    package var redactedVariables: [String] = []
    package var waits = true
    package var onStall = StallStrategy.stop
    package var otherAgent: String?
    package var copyFiles: [String] = []
    package var setupCommand: String?
    package var includeChanges = false
    package var targetBranch: String?
    package var prompts = PromptTexts()
    /// Whether people answer questions, of a task that does not say.
    package var asks = false
    /// What holds where they do.
    package var questions = QuestionPolicy()
    package var permissions = PermissionMode.full

    package init() {}
}

extension TaskDefaults {
    /// Returns the agent called `name`, or the default one, with `model` where given.
    func agent(_ name: String?, model: String?) throws(CommandError) -> AgentConfiguration {
        let wanted = name ?? defaultAgent
        guard var agent = agents.first(where: { $0.name == wanted }) else {
            throw .unknownAgent(name: wanted, known: agents.map(\.name).sorted())
        }
        if let model { try agent.use(model: model) }
        return agent
    }
}

extension AgentConfiguration {
    /// Refuses a model that nobody would be told.
    mutating func use(model: String) throws(CommandError) {
        guard kind.isVendorProgram else { throw .modelUnused(agent: name) }
        self.model = model
    }
}
