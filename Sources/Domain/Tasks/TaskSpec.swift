/// What the user asked for, with every choice made: nothing in here changes with the configuration afterwards.
package struct TaskSpec: Hashable, Sendable, Codable {
    package var id: TaskID
    /// A label for people; never part of a path.
    package var name: String
    /// The prompt.
    package var plan: String
    package var repository: RepositorySpec
    package var limits: LoopLimits
    package var budgets: Budgets
    package var timeouts: Timeouts
    package var checks: [CheckDefinition]
    /// Git glob patterns of paths that the agent must not change.
    package var protected: [String]
    package var agent: AgentConfiguration
    package var context: ContextMode
    /// When a conversation that goes on is given up for a new one; `nil` is never.
    package var rotation: ContextRotation?
    package var completion: CompletionAction
    /// How work is put to review where that is the completion; `nil` is as built in.
    package var forge: ForgeSpec?
    package var sandbox: SandboxSpec
    /// Whether the loop waits by itself for a usage limit to be lifted and for an overloaded service.
    package var waits: Bool
    /// What follows when the circuit breaker opens; `nil` is `stop`.
    package var onStall: StallStrategy?
    /// Takes over where ``onStall`` says so.
    package var otherAgent: AgentConfiguration?
    /// The agents that do each other's work where one is at a limit, ``agent`` among them, in the order of preference;
    /// `nil` where nobody takes over.
    package var choices: [AgentConfiguration]?
    /// What becomes of the agent's questions; `nil` is that nobody answers them.
    package var questions: QuestionPolicy?
    /// What the agent may do unasked; `nil` is everything.
    package var permissions: PermissionMode?
    /// The templates of the prompts; `nil` is makima's own.
    package var prompts: PromptTexts?
    /// What it is for others; `nil` is a task like any other.
    package var role: TaskRole?
    /// The contract it belongs to; `nil` is none.
    package var contract: ContractID?
    /// Variables whose values are kept out of stored output though their names do not tell of secrets; `nil` is none.
    package var redactedVariables: [String]?

    package init(
        id: TaskID,
        name: String,
        plan: String,
        repository: RepositorySpec,
        limits: LoopLimits = LoopLimits(),
        budgets: Budgets = Budgets(),
        timeouts: Timeouts = Timeouts(),
        checks: [CheckDefinition] = [],
        protected: [String] = [],
        agent: AgentConfiguration,
        context: ContextMode = .continue,
        completion: CompletionAction = .branch,
        sandbox: SandboxSpec = SandboxSpec(),
        waits: Bool = true
    ) {
        self.id = id
        self.name = name
        self.plan = plan
        self.repository = repository
        self.limits = limits
        self.budgets = budgets
        self.timeouts = timeouts
        self.checks = checks
        self.protected = protected
        self.agent = agent
        self.context = context
        self.completion = completion
        self.sandbox = sandbox
        self.waits = waits
    }
}

extension TaskSpec {
    /// Every network that programs of the task may see: the agent's own first.
    package var networks: Set<NetworkMode> {
        Set([sandbox.network] + checks.map { sandbox.network.narrowed(to: $0.network) })
    }
}

/// The repository a task works on and where in it the work begins.
package struct RepositorySpec: Hashable, Sendable, Codable {
    /// Absolute path of the repository's work tree, or of the bare repository.
    package var path: String
    /// The commit the workspace begins at; `nil` for an unborn branch (an empty repository).
    package var base: CommitID?
    /// The branch that `base` was taken from, without `refs/heads/`; `nil` for a detached HEAD.
    package var baseBranch: String?
    /// The branch that `merge` merges into, and that a pull request is for; `baseBranch` where not given.
    package var targetBranch: String?
    /// Whether the uncommitted work of the user's checkout is taken along.
    package var includeChanges: Bool
    /// Patterns of ignored files that are copied into the workspace, beneath the repository's root only.
    package var copyFiles: [String]
    /// Run once in a new workspace, in the sandbox; its failure blocks the task.
    package var setupCommand: String?

    package init(
        path: String,
        base: CommitID?,
        baseBranch: String? = nil,
        targetBranch: String? = nil,
        includeChanges: Bool = false,
        copyFiles: [String] = [],
        setupCommand: String? = nil
    ) {
        self.path = path
        self.base = base
        self.baseBranch = baseBranch
        self.targetBranch = targetBranch
        self.includeChanges = includeChanges
        self.copyFiles = copyFiles
        self.setupCommand = setupCommand
    }
}

/// Whether the agent's conversation goes on over iterations.
package enum ContextMode: String, Hashable, Sendable, Codable, CaseIterable {
    case `continue`
    case fresh
}

/// What happens with the work when the task is done.
package enum CompletionAction: String, Hashable, Sendable, Codable, CaseIterable {
    /// It stays in the checkpoints.
    case none
    /// A branch with it appears in the user's repository.
    case branch
    /// It is rebased onto the target branch, checked there, and the branch is fast-forwarded.
    case merge
    /// The branch is pushed to a remote, and put to review by a pull request.
    case pullRequest = "pr"
}
