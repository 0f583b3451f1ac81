import Domain
import LoopCore
import Runner

/// Makes a task out of the options of `run`, the configuration and the repository: every choice is made here.
struct TaskComposer {
    let options: RunTask
    let defaults: TaskDefaults
    let repository: RepositoryFacts

    /// A task that can be created, and what a person should know about it beforehand.
    struct Composed {
        var spec: TaskSpec
        var warnings: [String]
    }

    func compose(plan: String, id: TaskID, in environment: CommandEnvironment) throws -> Composed {
        let completion = options.repository.completion ?? defaults.completion
        if let branch = options.repository.target, ![.merge, .pullRequest].contains(completion) {
            throw CommandError.targetWithoutCompletion(branch: branch)
        }
        if options.repository.review.prRounds != nil, completion != .pullRequest {
            throw CommandError.roundsWithoutPullRequest
        }
        if [.merge, .pullRequest].contains(completion), repositorySpec.targetBranch == nil, repository.baseBranch == nil
        {
            throw CommandError.targetUnknown
        }
        var warnings: [String] = []
        var spec = TaskSpec(
            id: id,
            name: options.plan.name ?? plan.firstLine(upTo: 60),
            plan: plan,
            repository: repositorySpec,
            limits: try limits(warnings: &warnings),
            budgets: budgets,
            timeouts: timeouts,
            checks: checks,
            protected: defaults.protected + options.work.proof.protected.protect,
            agent: try defaults.agent(options.work.agent.agent, model: options.work.agent.model),
            context: options.work.conversation.context ?? defaults.context,
            completion: completion,
            sandbox: try sandbox(in: environment),
            waits: options.limits.wait ?? defaults.waits
        )
        if completion == .pullRequest { spec.forge = forge }
        spec.rotation = defaults.rotation
        if !defaults.redactedVariables.isEmpty { spec.redactedVariables = defaults.redactedVariables }
        if defaults.prompts != PromptTexts() { spec.prompts = defaults.prompts }
        let permissions = options.work.permissions.permissions ?? defaults.permissions
        if permissions != .full { spec.permissions = permissions }
        spec.questions = options.work.questions.policy(defaults, asking: permissions == .ask)
        spec.onStall = options.onStall ?? (options.otherAgent == nil ? defaults.onStall : .otherAgent)
        let choices = defaults.agents.choices(from: spec.agent)
        if choices.count > 1 { spec.choices = choices }
        spec.otherAgent = try otherAgent(than: spec.agent, spec.onStall)
        if let other = defaults.otherAgent, options.onStall == nil, spec.otherAgent == nil {
            warnings.append(
                "The agent '\(other)' never takes over: 'other_agent' is used with on_stall = \"other_agent\" only."
            )
        }
        if spec.checks.isEmpty {
            warnings.append("No checks are configured: nothing but the agent's word will stand for the work.")
        }
        return Composed(spec: spec, warnings: warnings)
    }

    private var forge: ForgeSpec {
        var forge = defaults.forge
        if let rounds = options.repository.review.prRounds { forge.rounds = rounds }
        return forge
    }

    private var repositorySpec: RepositorySpec {
        RepositorySpec(
            path: repository.path,
            base: repository.base,
            baseBranch: repository.baseBranch,
            targetBranch: options.repository.target ?? defaults.targetBranch,
            includeChanges: options.repository.includeChanges || defaults.includeChanges,
            copyFiles: defaults.copyFiles,
            setupCommand: options.work.preparation.setup ?? defaults.setupCommand
        )
    }

    private func limits(warnings: inout [String]) throws -> LoopLimits {
        var limits = defaults.limits
        let wish = options.limits.maxIterations
        limits.maxIterations = try LimitResolution.maxIterations(
            wish: wish,
            default: defaults.limits.maxIterations,
            ceiling: defaults.limits.ceiling
        )
        if let wish, wish > limits.maxIterations {
            warnings.append(
                "'--max-iterations \(wish)' is above this machine's ceiling, so \(limits.maxIterations.counted("iteration")) "
                    + "may be used: the ceiling is 'hard_limit' under [autonomous_loop] in makima's config.toml."
            )
        }
        if wish == nil, defaults.limits.maxIterations > limits.maxIterations,
            defaults.limits.maxIterations != LoopLimits().maxIterations
        {
            warnings.append(
                "'default_max_iterations' is \(defaults.limits.maxIterations), above this machine's ceiling: "
                    + "\(limits.maxIterations.counted("iteration")) may be used ('hard_limit' under [autonomous_loop])."
            )
        }
        return limits
    }

    private var budgets: Budgets {
        Budgets(
            maxCost: options.limits.maxCost?.amount ?? defaults.budgets.maxCost,
            maxTokens: options.limits.maxTokens ?? defaults.budgets.maxTokens,
            maxDuration: options.limits.maxDuration?.duration ?? defaults.budgets.maxDuration
        )
    }

    private var timeouts: Timeouts {
        var timeouts = defaults.timeouts
        if let iteration = options.work.timeouts.iterationTimeout { timeouts.iteration = iteration.duration }
        if let stall = options.work.timeouts.stallTimeout { timeouts.stall = stall.duration }
        if let handshake = options.work.timeouts.handshakeTimeout { timeouts.handshake = handshake.duration }
        return timeouts
    }

    private var checks: [CheckDefinition] {
        options.work.proof.check.isEmpty ? defaults.checks : CheckArguments.definitions(options.work.proof.check)
    }

    private func otherAgent(than agent: AgentConfiguration, _ strategy: StallStrategy?) throws -> AgentConfiguration? {
        guard strategy == .otherAgent else {
            if let name = options.otherAgent { throw CommandError.otherAgentUnused(name) }
            return nil
        }
        guard let name = options.otherAgent ?? defaults.otherAgent else { throw CommandError.otherAgentMissing }
        let other = try defaults.agent(name, model: nil)
        guard other.name != agent.name else { throw CommandError.otherAgentIsTheSame(name) }
        return other
    }

    private func sandbox(in environment: CommandEnvironment) throws -> SandboxSpec {
        var sandbox = defaults.sandbox
        if let mode = options.work.sandbox.sandbox { sandbox.mode = mode }
        sandbox.read += try environment.readable(options.work.sandbox.allowRead)
        options.work.sandbox.network.apply(to: &sandbox)
        options.work.sandbox.resources.wishes.apply(to: &sandbox.limits)
        return sandbox
    }
}
