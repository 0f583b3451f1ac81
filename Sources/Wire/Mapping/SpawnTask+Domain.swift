package import Domain

/// What a daemon knows, and a `spawnTask` does not.
package struct TaskSurroundings: Hashable, Sendable {
    /// Where the repository is on this machine: `targetRepoPath`, or the daemon's copy of `repoUrl`.
    package var repositoryPath: String
    /// The commit of `baseSha`, or of the base branch; `nil` for an empty repository.
    package var base: CommitID?
    /// The defaults and the ceiling of this machine.
    package var limits = LoopLimits()
    package var timeouts = Timeouts()
    package var sandbox = SandboxSpec()
    package var forge: ForgeSpec?
    /// Those that are configured here, by name.
    package var agents: [String: AgentConfiguration] = [:]
    /// Whoever runs what comes of the message says whose it is; for looking at it, it is taken as it stands.
    package var trust = RequestTrust.owner

    package init(repositoryPath: String, base: CommitID?) {
        self.repositoryPath = repositoryPath
        self.base = base
    }
}

extension SpawnTask {
    /// Makes the command that has a daemon run the task of `spec`.
    package init(_ spec: TaskSpec, command id: String, attempt: Int) {
        head = CommandHead(id, task: spec.id, attempt: attempt)
        taskName = spec.name.asLabel
        plan = spec.plan
        takeRepository(of: spec.repository)
        completionAction = spec.completion
        forge = spec.forge.map(WireForge.init)
        maxIterations = spec.limits.maxIterations
        noChangeThreshold = spec.limits.noChangeThreshold
        sameErrorThreshold = spec.limits.sameErrorThreshold
        let all = WireBudgets(spec.budgets)
        budgets = all.isEmpty ? nil : all
        timeouts = WireTimeouts(spec.timeouts)
        waits = spec.waits
        onStall = spec.onStall
        checks = spec.checks.map(WireCheck.init)
        protected = spec.protected
        takeAgents(of: spec)
        sandbox = WireSandbox(spec.sandbox)
        redactedVariables = spec.redactedVariables ?? []
        role = spec.role ?? .task
        contractId = spec.contract?.rawValue
    }

    private mutating func takeRepository(of repository: RepositorySpec) {
        targetRepoPath = repository.path
        baseBranch = repository.baseBranch
        baseSha = repository.base?.rawValue
        targetBranch = repository.targetBranch
        includeChanges = repository.includeChanges
        copyFiles = repository.copyFiles
        setupCommand = repository.setupCommand
    }

    private mutating func takeAgents(of spec: TaskSpec) {
        agent = WireAgent(spec.agent)
        otherAgent = spec.otherAgent.map(WireAgent.init)
        choices = (spec.choices ?? []).map(WireAgent.init)
        context = spec.context
        rotation = spec.rotation.map(WireRotation.init)
        permissions = spec.permissionMode
        questions = spec.questions.map(WireQuestionPolicy.init)
        prompts = spec.prompts.map(WirePrompts.init)
    }

    /// The task that a runner runs.
    package func spec(in surroundings: TaskSurroundings) throws(WireError) -> TaskSpec {
        guard let id = TaskID(rawValue: head.taskId) else {
            throw .field(path: "taskId", .malformed(head.taskId, as: .taskID))
        }
        var spec = TaskSpec(
            id: id,
            name: taskName,
            plan: plan,
            repository: repository(in: surroundings),
            limits: limits(over: surroundings.limits),
            budgets: budgets?.budgets ?? Budgets(),
            timeouts: timeouts?.timeouts(over: surroundings.timeouts) ?? surroundings.timeouts,
            checks: checks.map(\.check),
            protected: protected,
            agent: try configuration(agent, "agent", surroundings),
            context: context,
            completion: completionAction,
            sandbox: sandbox?.spec ?? surroundings.sandbox,
            waits: waits
        )
        try giveAgents(to: &spec, in: surroundings)
        if completionAction == .pullRequest { spec.forge = forge?.spec ?? surroundings.forge }
        spec.onStall = onStall
        spec.rotation = rotation?.rotation
        spec.questions = questions?.policy
        spec.prompts = prompts?.texts
        spec.permissions = permissions == .full ? nil : permissions
        spec.redactedVariables = redactedVariables.isEmpty ? nil : redactedVariables
        spec.role = role == .task ? nil : role
        spec.contract = contractId.flatMap(ContractID.init(rawValue:))
        return spec
    }

    private func giveAgents(to spec: inout TaskSpec, in surroundings: TaskSurroundings) throws(WireError) {
        if let otherAgent { spec.otherAgent = try configuration(otherAgent, "otherAgent", surroundings) }
        var all: [AgentConfiguration] = []
        for (index, choice) in choices.enumerated() {
            all.append(try configuration(choice, "choices[\(index)]", surroundings))
        }
        spec.choices = all.isEmpty ? nil : all
    }

    private func configuration(
        _ agent: WireAgent,
        _ key: String,
        _ surroundings: TaskSurroundings
    ) throws(WireError) -> AgentConfiguration {
        do throws(WireError) {
            return try agent.configuration(over: surroundings.agents[agent.name], trust: surroundings.trust)
        } catch { throw error.within(key) }
    }

    private func repository(in surroundings: TaskSurroundings) -> RepositorySpec {
        RepositorySpec(
            path: surroundings.repositoryPath,
            base: surroundings.base,
            baseBranch: baseBranch,
            targetBranch: targetBranch,
            includeChanges: includeChanges,
            copyFiles: copyFiles,
            setupCommand: setupCommand
        )
    }

    /// The task's wish, or the machine's default, and never more than its ceiling.
    ///
    /// Who leads others takes no limit unless it is given one: the budgets of its contract hold it.
    private func limits(over own: LoopLimits) -> LoopLimits {
        let isFree = role == .supervisor && maxIterations == nil
        let most = min(autonomousLoop ? maxIterations ?? own.maxIterations : 1, own.ceiling)
        return LoopLimits(
            maxIterations: isFree ? LoopLimits.unlimited : most,
            ceiling: own.ceiling,
            noChangeThreshold: noChangeThreshold ?? own.noChangeThreshold,
            sameErrorThreshold: sameErrorThreshold ?? own.sameErrorThreshold
        )
    }
}
