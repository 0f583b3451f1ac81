/// Why a task is in its status, with the data that explains it.
///
/// Decided where it happened and carried as a value to the person's screen: nothing reads a sentence back.
/// ``status`` and ``code`` are what is stored and sent; the sentences are in `Reason+Explanation.swift`.
package enum Reason: Hashable, Sendable, Codable {
    /// The gate was ready and the verdict agreed.
    case completed(Proof)
    /// `used` of `limit` iterations are used up; `ceiling` is the most that a resume may name.
    case iterationLimit(used: Int, limit: Int, ceiling: Int)
    case budget(BudgetExhaustion)
    case stalled(StallCause)
    case blocked(BlockCause)
    /// Goes on by itself; `until` is `nil` where the time is not known.
    case waiting(WaitCause, until: Timestamp?)
    case paused
    case interrupted(InterruptCause)
    case failed(FailureCause)
}

/// Which budget is used up, by what.
package enum BudgetExhaustion: Hashable, Sendable, Codable {
    case cost(spent: USD, limit: USD)
    /// With what processes that broke off cost by an estimate: the average of those that told what they cost.
    case costEstimate(known: USD, estimate: USD, limit: USD)
    /// A process told too little of what it spent, so that the budget cannot be held any more.
    case costUnknown(known: USD?, limit: USD)
    case tokens(spent: Int, limit: Int)
    /// As ``costUnknown``.
    case tokensUnknown(known: Int?, limit: Int)
    case time(spent: Duration, limit: Duration)
}

/// Why the circuit breaker opened.
package enum StallCause: Hashable, Sendable, Codable {
    /// `iterations` counted iterations in a row brought no progress.
    ///
    /// `blockers` are what the agent named in the last one, `nil` where it named none.
    case noChange(iterations: Int, blockers: [String]? = nil)
    /// `iterations` counted iterations in a row ended with the same error; `blockers` as above.
    case sameError(signature: String, iterations: Int, blockers: [String]? = nil)
    /// The files go round in a circle of `period` trees.
    case oscillation(period: Int)
    /// The gate was ready `times` times in a row, and `check` could not be evaluated each time.
    case checksNotEvaluable(check: CheckDefinition, cause: NotEvaluatedCause, times: Int)
}

/// What a person has to do or decide.
package enum BlockCause: Hashable, Sendable, Codable {
    case question(text: String)
    /// The agent was refused what it needs.
    case permission(what: String)
    /// The agent waits to be allowed something, which nobody has decided; `question` is its number.
    case permissionAsked(question: Int, what: String)
    case authentication(agent: String, message: String)
    case billing(agent: String, message: String)
    /// Something the task needs is missing on this machine.
    case environment(EnvironmentProblem)
    /// The workspace is not what it should be.
    case workspaceBroken(detail: String)
    /// The agent changed paths that the task protects.
    case protectedPaths([String])
    /// The work is proven, but is not merged into its branch.
    case mergeConflict(branch: String, MergeObstacle)
    /// The work is proven, but is not put to review, or not followed there any more.
    case forge(ForgeObstacle)
}

/// What is missing on this machine.
package enum EnvironmentProblem: Hashable, Sendable, Codable {
    case sandboxUnavailable(detail: String)
    /// Memory or processor time was to be limited, and cannot be: nothing was started.
    case limitsUnavailable(detail: String)
    case setupCommandFailed(command: String, exitCode: Int32, outputTail: String, limitHits: LimitHits? = nil)
    case diskFull(path: String)
    /// Less is free on the disk of `path` than is to stay free; nothing was started.
    case diskLow(path: String, DiskShortage)
    /// The task's own files take `used` of the `limit` MiB that they may take; what ran was ended.
    case diskLimit(used: Int, limit: Int)
    /// The agent program cannot be started; `attempts` tries were made. `agent` is empty where none was chosen yet.
    case agentLaunch(agent: String, message: String, attempts: Int)
    /// A partial clone lacks objects of the base; `command` gets them.
    case objectsMissing(count: Int, command: String)
    /// The user's repository is not where it was, or is another one.
    case repositoryUnusable(path: String, detail: String)
    /// Git, in or outside of the sandbox, did not do what was asked, or was killed; trying again did not help.
    case gitFailed(operation: String, detail: String)
    /// Another git has locked something in the user's repository, or was killed while it had.
    case repositoryLocked(path: String)
    /// Values of variables are not stored with a task, and the configuration has them no longer.
    case variablesMissing([MissingVariable])
}

/// What of a disk is short.
package enum DiskShortage: Hashable, Sendable, Codable {
    case space(freeMiB: Int, reserveMiB: Int)
    /// Few files can still be made.
    case inodes(free: Int, reserve: Int)
}

/// What a waiting task waits for.
package enum WaitCause: String, Hashable, Sendable, Codable {
    case usageLimit = "usage_limit"
    case rateLimited = "rate_limited"
    case overloaded
    case network
    case dependency
    case capacity
    /// A person may answer the agent's question until then.
    case answer
    /// A person may allow until then what the agent waits for.
    case permission
    /// Its agent says that the goal of its contract is reached: that is being looked at.
    case acceptance
    /// Checks and people look at the pull request.
    case review

    /// Whether a person ends the wait, rather than the time or a service.
    package var isForPerson: Bool { self == .answer || self == .permission }

    /// Whether it says something about the agent's service or account, which any task that uses it meets, too.
    package var isForService: Bool {
        switch self {
        case .usageLimit, .rateLimited, .overloaded, .network: true
        case .dependency, .capacity, .answer, .permission, .acceptance, .review: false
        }
    }
}

/// What interrupted a task.
package enum InterruptCause: String, Hashable, Sendable, Codable {
    /// A person stopped it.
    case person
    /// The makima process that ran it died.
    case ownerDied = "owner_died"
    /// What the machine that worked on it knew of it was removed.
    case discarded
    /// Its daemon was drained, and what still ran there was stopped: a server queues it again.
    case drained
}

/// Why makima itself could not go on.
package enum FailureCause: Hashable, Sendable, Codable {
    /// The agent's service kept failing; `attempts` tries were made.
    case agentUnavailable(WaitCause, attempts: Int)
    /// The agent's session stayed unusable, in fresh sessions too.
    case sessionUnusable(attempts: Int)
    /// Something that should not happen; a defect of makima or of the machine.
    case internalError(message: String)
}

extension Reason {
    /// The status that a task with this reason has.
    package var status: TaskStatus {
        switch self {
        case .completed: .done
        case .iterationLimit: .iterationLimitReached
        case .budget: .budgetReached
        case .stalled: .stalled
        case .blocked: .blocked
        case .waiting: .waiting
        case .paused: .paused
        case .interrupted: .interrupted
        case .failed: .failed
        }
    }

    /// Whether the task is at no daemon until the server lets it go on: it waits for tasks that it leads, or for their goal to be
    /// judged.
    package var waitsForContract: Bool {
        switch self {
        case .waiting(.dependency, _), .waiting(.acceptance, _): true
        case .waiting, .completed, .iterationLimit, .budget, .stalled, .blocked, .paused, .interrupted, .failed: false
        }
    }

    /// The stable word for the kind of reason, unique within its status.
    package var code: String {
        switch self {
        case .completed(let proof): proof.rawValue
        case .iterationLimit: TaskStatus.iterationLimitReached.rawValue
        case .budget(let exhaustion): exhaustion.code
        case .stalled(let cause): cause.code
        case .blocked(let cause): cause.code
        case .waiting(let cause, _): cause.rawValue
        case .paused: "paused"
        case .interrupted(let cause): cause.rawValue
        case .failed(let cause): cause.code
        }
    }
}

extension BudgetExhaustion {
    package var code: String {
        switch self {
        case .cost: "cost"
        case .costEstimate: "cost_estimate"
        case .costUnknown: "cost_unknown"
        case .tokens: "tokens"
        case .tokensUnknown: "tokens_unknown"
        case .time: "time"
        }
    }
}

extension StallCause {
    package var code: String {
        switch self {
        case .noChange: "no_change"
        case .sameError: "same_error"
        case .oscillation: "oscillation"
        case .checksNotEvaluable: "checks_not_evaluable"
        }
    }
}

extension BlockCause {
    package var code: String {
        switch self {
        case .question: "question"
        case .permission: "permission"
        case .permissionAsked: "permission_asked"
        case .authentication: "authentication"
        case .billing: "billing"
        case .environment: "environment"
        case .workspaceBroken: "workspace_broken"
        case .protectedPaths: "protected_paths"
        case .mergeConflict: "merge_conflict"
        case .forge: "forge"
        }
    }
}

extension FailureCause {
    package var code: String {
        switch self {
        case .agentUnavailable: "agent_unavailable"
        case .sessionUnusable: "session_unusable"
        case .internalError: "internal_error"
        }
    }
}
