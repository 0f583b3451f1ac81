import Domain

extension TaskRecord {
    /// The task object of every answer.
    ///
    /// `workspace` is the directory with the agent's files; `removedUpTo` its last checkpoint, where it was removed.
    func json(workspace: String?, callName: String, removedUpTo: Int? = nil) -> JSONValue {
        .fields(members(workspace: workspace, callName: callName, removedUpTo: removedUpTo))
    }

    /// The members of the task object, in the order in which they are printed.
    func members(workspace: String?, callName: String, removedUpTo: Int? = nil) -> [(String, JSONValue)] {
        [
            ("id", .text(id.rawValue)),
            ("name", .text(spec.name)),
            ("status", .text(status.rawValue)),
            ("reason", reason?.json(task: call(callName), hint: removedUpTo.map(wayOn(afterRemoval:))) ?? .null),
            ("wait", wait?.json ?? .null),
            ("proof", .text(proof?.rawValue)),
            ("iterations", .whole(iterations)),
            ("runs", .whole(runs)),
            ("maxIterations", .whole(spec.limits.maxIterations)),
            ("ceiling", .whole(spec.limits.ceiling)),
            ("costUSD", .dollars(usage.cost)), ("costIsComplete", .flag(usage.isCostComplete)),
            ("tokens", .whole(usage.tokens)),
            ("activeSeconds", .seconds(activeTime)),
            ("maxCostUSD", .dollars(spec.budgets.maxCost)),
            ("maxTokens", .whole(spec.budgets.maxTokens)),
            ("maxDurationSeconds", .seconds(spec.budgets.maxDuration)),
            ("branch", .text(branch)),
            ("pullRequest", .text(forge?.pullRequest?.url)),
            ("workspace", .text(removedUpTo == nil ? workspace : nil)),
            ("agent", .text(spec.agent.name)),
            ("model", .text(spec.agent.model)),
            ("permissions", .text(spec.permissionMode.rawValue)),
            ("agentChoices", .texts((spec.choices ?? []).map(\.name))),
            ("sandbox", .text(spec.sandbox.mode.rawValue)),
            ("completion", .text(spec.completion.rawValue)),
            ("context", .text(spec.context.rawValue)),
            ("repository", .text(spec.repository.path)),
            ("baseBranch", .text(spec.repository.baseBranch)),
            ("baseCommit", .text(spec.repository.base?.rawValue)),
            ("targetBranch", .text(spec.repository.targetBranch ?? spec.repository.baseBranch)),
            ("checks", .list(spec.checks.map(\.json))),
            ("protected", .texts(spec.protected)),
            ("createdAt", .time(createdAt)),
            ("updatedAt", .time(updatedAt)),
        ]
    }
}

extension CheckDefinition {
    var json: JSONValue {
        .fields([
            ("name", .text(name)), ("command", .text(command)), ("timeoutSeconds", .seconds(timeout)),
            ("clean", .flag(clean)), ("network", .text(network?.rawValue)),
        ])
    }
}

extension CheckVerdict {
    /// The stable word for it.
    var code: String {
        switch self {
        case .passed: "passed"
        case .failed: "failed"
        case .notEvaluated: "not_evaluated"
        }
    }

    var exitCode: Int? {
        switch self {
        case .passed: 0
        case .failed(let code): Int(code)
        case .notEvaluated: nil
        }
    }

    var cause: NotEvaluatedCause? {
        guard case .notEvaluated(let cause) = self else { return nil }
        return cause
    }
}

extension CheckReceipt {
    var json: JSONValue {
        .fields([
            ("check", .text(check.name)), ("command", .text(check.command)), ("verdict", .text(verdict.code)),
            ("exitCode", .whole(verdict.exitCode)), ("cause", .text(verdict.cause?.code)),
            ("iteration", .whole(iteration)), ("durationSeconds", .seconds(duration)), ("tree", .text(tree.rawValue)),
            ("base", .text(base.rawValue)), ("outputTail", .text(outputTail)), ("log", .text(logPath)),
            ("limitHits", limitHits?.json ?? .null),
        ])
    }
}

extension ChangeSize {
    var json: JSONValue {
        .fields([("files", .whole(files)), ("insertions", .whole(insertions)), ("deletions", .whole(deletions))])
    }
}

extension Checkpoint {
    var json: JSONValue {
        .fields([
            ("number", .whole(number)), ("commit", .text(commit.rawValue)), ("tree", .text(tree.rawValue)),
            ("cause", .text(cause.rawValue)), ("iteration", .whole(iteration)),
            ("agentHead", .text(agentHead?.rawValue)), ("takenAt", .time(takenAt)), ("change", change.json),
        ])
    }
}
