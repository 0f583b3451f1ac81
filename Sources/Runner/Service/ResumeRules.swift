package import Domain
import LoopCore

/// What a resume changes about a task, and when it is refused.
enum ResumeRules {
    /// Returns the task with what the request of `plan` changes; throws where nothing could follow from a resume.
    static func apply(_ plan: RunPlan, to task: TaskRecord, ceiling: Int) throws -> TaskRecord {
        let request = plan.request
        guard task.status.isResumable || request.reopens else { throw ServiceError.notResumable(task.id, task.status) }
        var spec = task.spec
        spec.limits.ceiling = ceiling
        request.applyToLoop(&spec)
        request.applyToSandbox(&spec.sandbox)
        let protected = try request.protect.map(ProtectedPattern.normalised)
        spec.protected += protected.filter { !spec.protected.contains($0) }
        let named = Budgets(maxCost: request.maxCost, maxTokens: request.maxTokens, maxDuration: request.maxDuration)
        try LimitResolution.validate(
            resuming: named,
            used: task.usage,
            history: LoopState.decode(task.loopMemory)?.memory.spending ?? SpendingHistory(),
            activeTime: task.activeTime
        )
        if needsIteration(task, plan) && !spec.limits.isUnlimited || request.maxIterations != nil {
            spec.limits.maxIterations = try LimitResolution.maxIterations(
                resuming: spec.limits,
                wish: request.maxIterations,
                used: task.iterations,
                ceiling: ceiling
            )
        }
        var changed = task
        changed.spec = spec
        // Conversations belong to their agent.
        if spec.agent.name != task.spec.agent.name || spec.agent.kind != task.spec.agent.kind {
            changed.sessionID = nil
            changed.standings = nil
        }
        return changed
    }

    /// What the run waits for before its first iteration; throws where it is not to wait.
    ///
    /// `rest` is what is left of the wait that the task was in, `before` the task as it was then.
    static func hold(
        _ plan: RunPlan,
        of task: TaskRecord,
        before: TaskRecord,
        rest: AccountHold?
    ) throws -> AccountHold? {
        guard let rest, !plan.request.skipsWait, needsIteration(before, plan) else { return nil }
        // Where another agent may take over, the run finds out whether one can.
        guard task.spec.waits || task.spec.fallsOver else {
            throw ServiceError.waitNotOver(task.id, rest.cause, until: rest.until)
        }
        return rest
    }

    /// Whether the next thing to do is an iteration, rather than a verdict or a completion that was left undone.
    private static func needsIteration(_ task: TaskRecord, _ plan: RunPlan) -> Bool {
        switch plan.unfinishedBusiness(of: task) {
        case .completion, .verdict, .otherVerdict: false
        case .protectedPaths: !plan.request.allowProtected
        case nil: true
        }
    }
}

extension ResumeRequest {
    fileprivate func applyToLoop(_ spec: inout TaskSpec) {
        if let maxCost { spec.budgets.maxCost = maxCost }
        if let maxTokens { spec.budgets.maxTokens = maxTokens }
        if let maxDuration { spec.budgets.maxDuration = maxDuration }
        if let iterationTimeout { spec.timeouts.iteration = iterationTimeout }
        if let stallTimeout { spec.timeouts.stall = stallTimeout }
        if let handshakeTimeout { spec.timeouts.handshake = handshakeTimeout }
        if let waits { spec.waits = waits }
        if let context { spec.context = context }
        if let permissions {
            spec.permissions = permissions
            if permissions == .ask { spec.questions = spec.questions ?? QuestionPolicy() }
        }
        switch questions {
        case .nobody: spec.questions = nil
        case .people(let policy): spec.questions = policy
        case nil: break
        }
        if let agent { spec.choose(agent, among: choices) }
        if let checks { spec.checks = checks }
        if let pullRequestRounds, spec.completion == .pullRequest {
            var forge = spec.forge ?? ForgeSpec()
            forge.rounds = pullRequestRounds
            spec.forge = forge
        }
        if let setupCommand { spec.repository.setupCommand = setupCommand }
    }

    /// What of it is about confinement.
    package func applyToSandbox(_ spec: inout SandboxSpec) {
        if let sandbox { spec.mode = sandbox }
        resources.apply(to: &spec.limits)
        if let network { spec.network = network }
        spec.allowHosts += allowHosts.filter { !spec.allowHosts.contains($0) }
        spec.read += read.filter { !spec.read.contains($0) }
    }
}
