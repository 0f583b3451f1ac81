import Domain
import LoopCore

/// What a resume changes about a task, and when it is refused.
enum ResumeRules {
    /// Returns the task with what the request of `plan` changes; throws where nothing could follow from a resume.
    static func apply(_ plan: RunPlan, to task: TaskRecord, ceiling: Int) throws -> TaskRecord {
        let request = plan.request
        guard task.status.isResumable else { throw ServiceError.notResumable(task.id, task.status) }
        var spec = task.spec
        spec.limits.ceiling = ceiling
        if let maxCost = request.maxCost { spec.budgets.maxCost = maxCost }
        if let maxTokens = request.maxTokens { spec.budgets.maxTokens = maxTokens }
        if let maxDuration = request.maxDuration { spec.budgets.maxDuration = maxDuration }
        if let waits = request.waits { spec.waits = waits }
        if let permissions = request.permissions {
            spec.permissions = permissions
            if permissions == .ask { spec.questions = spec.questions ?? QuestionPolicy() }
        }
        if let sandbox = request.sandbox { spec.sandbox.mode = sandbox }
        if let maxDisk = request.maxDisk { spec.sandbox.limits.diskMiB = maxDisk }
        if let maxMemory = request.maxMemory { spec.sandbox.limits.memoryMiB = maxMemory }
        if let network = request.network { spec.sandbox.network = network }
        spec.sandbox.allowHosts += request.allowHosts.filter { !spec.sandbox.allowHosts.contains($0) }
        spec.sandbox.read += request.read.filter { !spec.sandbox.read.contains($0) }
        if let agent = request.agent { spec.choose(agent, among: request.choices) }
        if let checks = request.checks { spec.checks = checks }
        if let command = request.setupCommand { spec.repository.setupCommand = command }
        let named = Budgets(maxCost: request.maxCost, maxTokens: request.maxTokens, maxDuration: request.maxDuration)
        try LimitResolution.validate(
            resuming: named,
            used: task.usage,
            history: LoopState.decode(task.loopMemory)?.memory.spending ?? SpendingHistory(),
            activeTime: task.activeTime
        )
        if needsIteration(task, plan) || request.maxIterations != nil {
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
