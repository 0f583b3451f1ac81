import Domain

extension Reason {
    /// The wire form: `code`, the sentence and the hint for people, and the data of the reason as fields of its own.
    ///
    /// `hint` takes the place of the reason's own.
    func json(task: TaskCall, hint: String? = nil) -> JSONValue {
        let explanation = explanation(task: task)
        let head: [(String, JSONValue)] = [
            ("code", .text(code)), ("message", .text(explanation.sentence)), ("hint", .text(hint ?? explanation.hint)),
        ]
        return .fields(head + data)
    }

    private var data: [(String, JSONValue)] {
        switch self {
        case .completed(let proof): [("proof", .text(proof.rawValue))]
        case .iterationLimit(let used, let limit, let ceiling):
            [("used", .whole(used)), ("limit", .whole(limit)), ("ceiling", .whole(ceiling))]
        case .budget(let exhaustion): exhaustion.data
        case .stalled(let cause): cause.data
        case .blocked(let cause): cause.data
        case .waiting(_, let until): [("until", .time(until))]
        case .paused, .interrupted: []
        case .failed(let cause): cause.data
        }
    }
}

extension BudgetExhaustion {
    fileprivate var data: [(String, JSONValue)] {
        switch self {
        case .cost(let spent, let limit): [("spentUSD", .dollars(spent)), ("limitUSD", .dollars(limit))]
        case .costEstimate(let known, let estimate, let limit):
            [("knownUSD", .dollars(known)), ("estimateUSD", .dollars(estimate)), ("limitUSD", .dollars(limit))]
        case .costUnknown(let known, let limit): [("knownUSD", .dollars(known)), ("limitUSD", .dollars(limit))]
        case .tokensUnknown(let known, let limit): [("knownTokens", .whole(known)), ("limitTokens", .whole(limit))]
        case .tokens(let spent, let limit): [("spentTokens", .whole(spent)), ("limitTokens", .whole(limit))]
        case .time(let spent, let limit): [("spentSeconds", .seconds(spent)), ("limitSeconds", .seconds(limit))]
        }
    }
}

extension StallCause {
    fileprivate var data: [(String, JSONValue)] {
        switch self {
        case .noChange(let iterations, let blockers):
            [("iterations", .whole(iterations)), ("blockers", .texts(blockers ?? []))]
        case .sameError(let signature, let iterations, let blockers):
            [("signature", .text(signature)), ("iterations", .whole(iterations)), ("blockers", .texts(blockers ?? []))]
        case .oscillation(let period): [("period", .whole(period))]
        case .checksNotEvaluable(let check, let cause, let times):
            [
                ("check", .text(check.name)), ("command", .text(check.command)), ("cause", .text(cause.code)),
                ("detail", .text(cause.sentence)), ("times", .whole(times)),
            ]
        }
    }
}

extension BlockCause {
    fileprivate var data: [(String, JSONValue)] {
        switch self {
        case .question(let text): [("question", .text(text))]
        case .permission(let what): [("permission", .text(what))]
        case .permissionAsked(let question, let what):
            [("permission", .text(what)), ("questionNumber", .whole(question))]
        case .authentication(let agent, let message), .billing(let agent, let message):
            [("agent", .text(agent)), ("detail", .text(message))]
        case .environment(let problem): problem.data
        case .workspaceBroken(let detail): [("detail", .text(detail))]
        case .protectedPaths(let paths): [("paths", .texts(paths))]
        case .mergeConflict(let branch, let obstacle):
            [
                ("branch", .text(branch)), ("cause", .text(obstacle.code)), ("paths", .texts(obstacle.paths)),
                ("receipts", .list(obstacle.receipts.map(\.json))),
            ]
        case .forge(let obstacle):
            [
                ("cause", .text(obstacle.kind.rawValue)), ("remote", .text(obstacle.remote)),
                ("branch", .text(obstacle.branch)), ("detail", .text(obstacle.detail)),
            ]
        }
    }
}

extension EnvironmentProblem {
    fileprivate var data: [(String, JSONValue)] {
        switch self {
        case .sandboxUnavailable(let detail):
            [("problem", .text("sandbox_unavailable")), ("detail", .text(detail))]
        case .limitsUnavailable(let detail):
            [("problem", .text("limits_unavailable")), ("detail", .text(detail))]
        case .setupCommandFailed(let command, let exitCode, let outputTail, let hits):
            [
                ("problem", .text("setup_command_failed")), ("command", .text(command)),
                ("exitCode", .whole(Int(exitCode))), ("outputTail", .text(outputTail)),
                ("limitHits", hits?.json ?? .null),
            ]
        case .diskFull(let path):
            [("problem", .text("disk_full")), ("path", .text(path))]
        case .diskLow(let path, .space(let free, let reserve)):
            [
                ("problem", .text("disk_low")), ("path", .text(path)), ("freeMiB", .whole(free)),
                ("reserveMiB", .whole(reserve)),
            ]
        case .diskLow(let path, .inodes(let free, let reserve)):
            [
                ("problem", .text("inodes_low")), ("path", .text(path)), ("freeInodes", .whole(free)),
                ("reserveInodes", .whole(reserve)),
            ]
        case .repositoryUnusable(let path, let detail):
            [("problem", .text("repository_unusable")), ("path", .text(path)), ("detail", .text(detail))]
        case .diskLimit(let used, let limit):
            [("problem", .text("disk_limit")), ("usedMiB", .whole(used)), ("limitMiB", .whole(limit))]
        case .agentLaunch(let agent, let message, let attempts):
            [
                ("problem", .text("agent_launch")), ("agent", .text(agent)), ("detail", .text(message)),
                ("attempts", .whole(attempts)),
            ]
        case .objectsMissing(let count, let command):
            [("problem", .text("objects_missing")), ("count", .whole(count)), ("command", .text(command))]
        case .gitFailed(let operation, let detail):
            [("problem", .text("git_failed")), ("operation", .text(operation)), ("detail", .text(detail))]
        case .repositoryLocked(let path): [("problem", .text("repository_locked")), ("path", .text(path))]
        case .variablesMissing(let variables):
            [
                ("problem", .text("variables_missing")),
                (
                    "variables",
                    .list(variables.map { .fields([("agent", .text($0.agent)), ("name", .text($0.name))]) })
                ),
            ]
        }
    }
}

extension FailureCause {
    fileprivate var data: [(String, JSONValue)] {
        switch self {
        case .agentUnavailable(let cause, let attempts):
            [("cause", .text(cause.rawValue)), ("attempts", .whole(attempts))]
        case .sessionUnusable(let attempts): [("attempts", .whole(attempts))]
        case .internalError(let message): [("detail", .text(message))]
        }
    }
}

extension NotEvaluatedCause {
    /// The stable word for it.
    var code: String {
        switch self {
        case .commandNotFound: "command_not_found"
        case .programHidden: "program_hidden"
        case .notExecutable: "not_executable"
        case .timedOut: "timed_out"
        case .killed: "killed"
        case .notStarted: "not_started"
        case .stopped: "stopped"
        }
    }
}
