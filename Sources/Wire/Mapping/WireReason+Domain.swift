package import Domain

extension WireReason {
    /// The reason of a task with this status; `nil` for one of a later version, of which `message` tells.
    package func reason(of status: TaskStatus) -> Reason? {
        switch status {
        case .done: Proof(wireWord: code).map { .completed($0) }
        case .iterationLimitReached: facts.iterationLimit
        case .budgetReached: facts.exhaustion(code).map { .budget($0) }
        case .stalled: facts.stall(code).map { .stalled($0) }
        case .blocked: facts.block(code).map { .blocked($0) }
        case .waiting: WaitCause(wireWord: code).map { .waiting($0, until: facts.until) }
        case .paused: code == "paused" ? .paused : nil
        case .interrupted:
            switch code {
            case "person": .interrupted(.person)
            case "owner_died": .interrupted(.ownerDied)
            case "discarded": .interrupted(.discarded)
            case "drained": .interrupted(.drained)
            default: nil
            }
        case .failed: facts.failure(code).map { .failed($0) }
        case .pending, .initializing, .starting, .running: nil
        }
    }
}

extension WireFacts {
    fileprivate var iterationLimit: Reason? {
        guard let used, let limit, let ceiling else { return nil }
        return .iterationLimit(used: used, limit: limit, ceiling: ceiling)
    }

    fileprivate func exhaustion(_ code: String) -> BudgetExhaustion? {
        switch code {
        case "cost":
            guard let spentMicrodollars, let limitMicrodollars else { return nil }
            return .cost(spent: spentMicrodollars, limit: limitMicrodollars)
        case "cost_estimate":
            guard let knownMicrodollars, let estimateMicrodollars, let limitMicrodollars else { return nil }
            return .costEstimate(known: knownMicrodollars, estimate: estimateMicrodollars, limit: limitMicrodollars)
        case "cost_unknown": return limitMicrodollars.map { .costUnknown(known: knownMicrodollars, limit: $0) }
        case "tokens":
            guard let spentTokens, let limitTokens else { return nil }
            return .tokens(spent: spentTokens, limit: limitTokens)
        case "tokens_unknown": return limitTokens.map { .tokensUnknown(known: knownTokens, limit: $0) }
        case "time":
            guard let spentMilliseconds, let limitMilliseconds else { return nil }
            return .time(spent: spentMilliseconds, limit: limitMilliseconds)
        default: return nil
        }
    }

    fileprivate func stall(_ code: String) -> StallCause? {
        switch code {
        case "no_change": return iterations.map { .noChange(iterations: $0, blockers: blockers) }
        case "same_error":
            guard let signature, let iterations else { return nil }
            return .sameError(signature: signature, iterations: iterations, blockers: blockers)
        case "oscillation": return period.map { .oscillation(period: $0) }
        case "checks_not_evaluable":
            guard let check, let cause = verdict?.notEvaluated, let times else { return nil }
            return .checksNotEvaluable(check: check.check, cause: cause, times: times)
        default: return nil
        }
    }

    fileprivate func block(_ code: String) -> BlockCause? {
        switch code {
        case "question": return question.map { .question(text: $0) }
        case "permission": return permission.map { .permission(what: $0) }
        case "permission_asked":
            guard let questionNumber, let permission else { return nil }
            return .permissionAsked(question: questionNumber, what: permission)
        case "authentication":
            guard let agent, let detail else { return nil }
            return .authentication(agent: agent, message: detail)
        case "billing":
            guard let agent, let detail else { return nil }
            return .billing(agent: agent, message: detail)
        case "environment": return environment.map { .environment($0) }
        case "workspace_broken": return detail.map { .workspaceBroken(detail: $0) }
        case "protected_paths": return .protectedPaths(paths ?? [])
        case "merge_conflict":
            guard let branch, let obstacle else { return nil }
            return .mergeConflict(branch: branch, obstacle)
        case "forge":
            return cause.flatMap(ForgeObstacle.Kind.init(rawValue:))
                .map { .forge(ForgeObstacle($0, remote: remote ?? "", branch: branch, detail: detail)) }
        default: return nil
        }
    }

    private var obstacle: MergeObstacle? {
        switch cause {
        case "conflict": .conflict(paths: paths ?? [])
        case "checkout_dirty": .checkoutDirty(paths: paths ?? [])
        case "checks_failed": .checksFailed((receipts ?? []).compactMap(\.receipt))
        case "filtered_checkout": .filtered(paths: paths ?? [])
        case "branch_moved": .branchMoved
        case "branch_missing": .branchMissing
        default: nil
        }
    }

    fileprivate func failure(_ code: String) -> FailureCause? {
        switch code {
        case "agent_unavailable":
            guard let cause = cause.flatMap(WaitCause.init(wireWord:)), let attempts else { return nil }
            return .agentUnavailable(cause, attempts: attempts)
        case "session_unusable": return attempts.map { .sessionUnusable(attempts: $0) }
        case "internal_error": return .internalError(message: detail ?? "")
        default: return nil
        }
    }

    private var environment: EnvironmentProblem? {
        switch problem {
        case "sandbox_unavailable": return detail.map { .sandboxUnavailable(detail: $0) }
        case "limits_unavailable": return detail.map { .limitsUnavailable(detail: $0) }
        case "setup_command_failed": return setupFailure
        case "disk_full": return path.map { .diskFull(path: $0) }
        case "disk_low":
            guard let path, let free, let reserve else { return nil }
            return .diskLow(path: path, .space(freeMiB: free, reserveMiB: reserve))
        case "inodes_low":
            guard let path, let free, let reserve else { return nil }
            return .diskLow(path: path, .inodes(free: free, reserve: reserve))
        case "disk_limit":
            guard let usedMiB, let limitMiB else { return nil }
            return .diskLimit(used: usedMiB, limit: limitMiB)
        case "agent_launch":
            guard let agent, let detail, let attempts else { return nil }
            return .agentLaunch(agent: agent, message: detail, attempts: attempts)
        case "objects_missing":
            guard let count, let command else { return nil }
            return .objectsMissing(count: count, command: command)
        case "repository_unusable":
            guard let path, let detail else { return nil }
            return .repositoryUnusable(path: path, detail: detail)
        case "git_failed":
            guard let operation, let detail else { return nil }
            return .gitFailed(operation: operation, detail: detail)
        case "repository_locked": return path.map { .repositoryLocked(path: $0) }
        case "variables_missing":
            return .variablesMissing((variables ?? []).map { MissingVariable(agent: $0.agent, name: $0.name) })
        default: return nil
        }
    }

    private var setupFailure: EnvironmentProblem? {
        guard let command, let code = exitCode.flatMap({ Int32(exactly: $0) }) else { return nil }
        return .setupCommandFailed(
            command: command,
            exitCode: code,
            outputTail: outputTail ?? "",
            limitHits: limitHits?.hits
        )
    }
}
