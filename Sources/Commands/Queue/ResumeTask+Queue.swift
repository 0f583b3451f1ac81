import Domain
import LoopCore
import Runner
import Wire

extension Commands.ResumeTask {
    /// Lets the server have the task go on, and follows it.
    func resume(_ queued: QueuedTask, in environment: CommandEnvironment) async throws -> ExitStatus {
        let unknown = optionsOfLocalTasks
        guard unknown.isEmpty else { throw CommandError.notForServer(options: unknown) }
        var request = Wire.ResumeRequest()
        request.elsewhere = elsewhere
        request.changes.maxIterations = limits.maxIterations
        request.changes.message = try message.map { try MessageReader(environment: environment).read($0) }
        request.changes.allowProtected = allowProtected
        request.changes.waits = limits.wait
        request.changes.skipsWait = now
        request.changes.pullRequestRounds = review.prRounds
        request.changes.checks = CheckArguments.definitions(check).map(WireCheck.init)
        request.changes.sandboxMode = sandbox
        var budgets = Budgets()
        budgets.maxCost = limits.maxCost?.amount
        budgets.maxTokens = limits.maxTokens
        budgets.maxDuration = limits.maxDuration?.duration
        if budgets != Budgets() { request.changes.budgets = WireBudgets(budgets) }
        if let refusal = queued.refusal(of: limits.maxIterations) { throw refusal }
        let seen = try await queued.lastPosition()
        let answer = try await queued.queue.give(.resume(request), to: queued.id)
        guard answer.outcome != .nothing else { throw ServiceError.notResumable(queued.id, answer.task.status) }
        return try await queued.follow(in: environment, format, quiet, after: seen)
    }

    /// What was given that a daemon of another machine could not know.
    private var optionsOfLocalTasks: [String] {
        var options: [String] = []
        if agent.agent != nil || agent.model != nil { options.append("--agent") }
        if preparation.setup != nil { options.append("--setup") }
        if !allowRead.isEmpty { options.append("--allow-read") }
        if conversation.context != nil { options.append("--context") }
        if timeouts.iterationTimeout != nil { options.append("--iteration-timeout") }
        if timeouts.stallTimeout != nil { options.append("--stall-timeout") }
        return options
    }
}

extension QueuedTask {
    /// Why a task at its limit would stop as soon as it goes on, as one of this machine.
    func refusal(of wish: Int?) -> LimitError? {
        guard case .iterationLimit(_, let limit, let ceiling)? = view.reason?.reason(of: view.status) else {
            return nil
        }
        let limits = LoopLimits(maxIterations: limit)
        do throws(LimitError) {
            _ = try LimitResolution.maxIterations(resuming: limits, wish: wish, used: view.iterations, ceiling: ceiling)
            return nil
        } catch { return error }
    }

    /// Where its events are now.
    fileprivate func lastPosition() async throws -> Int { try await queue.lastPosition(of: id) }
}
