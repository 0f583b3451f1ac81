package import Domain

extension WireReason {
    /// Makes the reason as it is sent; `task` is how a person calls it.
    package init(_ reason: Reason, task: TaskCall) {
        code = reason.code
        tell(reason.explanation(task: task))
        facts.take(reason)
    }

    /// Says it in these words.
    package mutating func tell(_ explanation: Explanation) {
        message = explanation.sentence.clipped(to: WireLimits.sentence)
        hint = explanation.hint?.clipped(to: WireLimits.sentence)
    }
}

extension WireFacts {
    fileprivate mutating func take(_ reason: Reason) {
        switch reason {
        case .completed, .paused, .interrupted: break
        case .iterationLimit(let used, let limit, let ceiling):
            self.used = used.clipped
            self.limit = limit.clipped
            self.ceiling = ceiling.clipped
        case .budget(let exhaustion): take(exhaustion)
        case .stalled(let cause): take(cause)
        case .blocked(let cause): take(cause)
        case .waiting(_, let until): self.until = until?.clipped
        case .failed(let cause): take(cause)
        }
    }

    private mutating func take(_ exhaustion: BudgetExhaustion) {
        switch exhaustion {
        case .cost(let spent, let limit):
            spentMicrodollars = spent.clipped
            limitMicrodollars = limit.clipped
        case .costEstimate(let known, let estimate, let limit):
            knownMicrodollars = known.clipped
            estimateMicrodollars = estimate.clipped
            limitMicrodollars = limit.clipped
        case .costUnknown(let known, let limit):
            knownMicrodollars = known?.clipped
            limitMicrodollars = limit.clipped
        case .tokens(let spent, let limit):
            spentTokens = spent.clipped
            limitTokens = limit.clipped
        case .tokensUnknown(let known, let limit):
            knownTokens = known?.clipped
            limitTokens = limit.clipped
        case .time(let spent, let limit):
            spentMilliseconds = spent.clipped
            limitMilliseconds = limit.clipped
        }
    }

    private mutating func take(_ cause: StallCause) {
        switch cause {
        case .noChange(let iterations, let blockers):
            self.iterations = iterations
            self.blockers = blockers?.clipped(to: WireLimits.sentence, count: 100)
        case .sameError(let signature, let iterations, let blockers):
            self.signature = signature.clipped(to: WireLimits.message)
            self.iterations = iterations
            self.blockers = blockers?.clipped(to: WireLimits.sentence, count: 100)
        case .oscillation(let period): self.period = period
        case .checksNotEvaluable(let check, let cause, let times):
            self.check = WireCheck(check)
            verdict = WireVerdict(cause)
            self.times = times
        }
    }

    private mutating func take(_ cause: BlockCause) {
        switch cause {
        case .question(let text): question = text.clipped(to: WireLimits.message)
        case .permission(let what): permission = what.clipped(to: WireLimits.message)
        case .permissionAsked(let question, let what):
            questionNumber = question
            permission = what.clipped(to: WireLimits.message)
        case .authentication(let agent, let message), .billing(let agent, let message):
            self.agent = agent.clipped(to: WireLimits.label)
            detail = message.clipped(to: WireLimits.message)
        case .environment(let problem): take(problem)
        case .workspaceBroken(let detail): self.detail = detail.clipped(to: WireLimits.message)
        case .protectedPaths(let paths): self.paths = paths.clipped(to: WireLimits.path, count: 100)
        case .mergeConflict(let branch, let obstacle):
            self.branch = branch.clipped(to: WireLimits.path)
            self.cause = obstacle.code
            paths = obstacle.paths.isEmpty ? nil : obstacle.paths.clipped(to: WireLimits.path, count: 100)
            let receipts = obstacle.receipts.prefix(WireLimits.checks).map { WireReceipt($0, limit: 1024) }
            self.receipts = receipts.isEmpty ? nil : receipts
        case .forge(let obstacle):
            self.cause = obstacle.kind.rawValue
            remote = obstacle.remote.clipped(to: WireLimits.label)
            branch = obstacle.branch?.clipped(to: WireLimits.path)
            detail = obstacle.detail?.clipped(to: WireLimits.message)
        }
    }

    private mutating func take(_ cause: FailureCause) {
        switch cause {
        case .agentUnavailable(let wait, let attempts):
            self.cause = wait.wireWord
            self.attempts = attempts
        case .sessionUnusable(let attempts): self.attempts = attempts
        case .internalError(let message): detail = message.clipped(to: WireLimits.message)
        }
    }

    private mutating func take(_ problem: EnvironmentProblem) {
        self.problem = problem.code
        switch problem {
        case .sandboxUnavailable(let detail), .limitsUnavailable(let detail):
            self.detail = detail.clipped(to: WireLimits.message)
        case .setupCommandFailed(let command, let exitCode, let tail, let hits):
            self.command = command.clipped(to: WireLimits.command)
            self.exitCode = Int(exitCode)
            outputTail = tail.clippedStart(to: WireLimits.message)
            limitHits = hits.map(WireLimitHits.init)
        case .diskFull(let path): self.path = path.clipped(to: WireLimits.path)
        case .diskLow(let path, .space(let free, let reserve)), .diskLow(let path, .inodes(let free, let reserve)):
            self.path = path.clipped(to: WireLimits.path)
            self.free = free.clipped
            self.reserve = reserve.clipped
        case .diskLimit(let used, let limit):
            usedMiB = used.clipped
            limitMiB = limit.clipped
        case .agentLaunch(let agent, let message, let attempts):
            self.agent = agent.clipped(to: WireLimits.label)
            detail = message.clipped(to: WireLimits.message)
            self.attempts = attempts
        case .objectsMissing(let count, let command):
            self.count = count.clipped
            self.command = command.clipped(to: WireLimits.command)
        case .repositoryUnusable(let path, let detail):
            self.path = path.clipped(to: WireLimits.path)
            self.detail = detail.clipped(to: WireLimits.message)
        case .gitFailed(let operation, let detail):
            self.operation = operation.clipped(to: WireLimits.label)
            self.detail = detail.clipped(to: WireLimits.message)
        case .repositoryLocked(let path): self.path = path.clipped(to: WireLimits.path)
        case .variablesMissing(let missing):
            variables = missing.prefix(256).map(WireVariable.init)
        }
    }
}

extension WireVariable {
    init(_ variable: MissingVariable) {
        agent = variable.agent.clipped(to: WireLimits.label)
        name = variable.name.clipped(to: WireLimits.label)
    }
}

extension EnvironmentProblem {
    fileprivate var code: String {
        switch self {
        case .sandboxUnavailable: "sandbox_unavailable"
        case .limitsUnavailable: "limits_unavailable"
        case .setupCommandFailed: "setup_command_failed"
        case .diskFull: "disk_full"
        case .diskLow(_, .space): "disk_low"
        case .diskLow(_, .inodes): "inodes_low"
        case .diskLimit: "disk_limit"
        case .agentLaunch: "agent_launch"
        case .objectsMissing: "objects_missing"
        case .repositoryUnusable: "repository_unusable"
        case .gitFailed: "git_failed"
        case .repositoryLocked: "repository_locked"
        case .variablesMissing: "variables_missing"
        }
    }
}
