import Domain
import Runner
import Wire

/// How a run ended, in a few lines.
struct RunSummary {
    let dossier: TaskDossier
    let reason: Reason
    /// Where a server has the task.
    var server: ServerFacts?

    private var task: TaskRecord { dossier.task }

    /// What happened, how it is proven, what it cost, where the work is.
    var answer: [StyledLine] {
        let status = reason.status
        var lines = [
            status.mark + StyledLine(" Task \(dossier.callName) \(status.predicate) after ", .strong)
                + StyledLine("\(iterations).", .strong),
            StyledLine("  " + reason.explanation(task: dossier.call).sentence),
            proofLine + StyledLine(spending, .faint),
        ]
        if let trouble = dossier.lastTrouble { lines.insert(StyledLine("  \(trouble)"), at: 2) }
        if let unheard = dossier.unheard { lines.append(StyledLine("  \(unheard)", .warning)) }
        if let whereabouts { lines.append(StyledLine("  \(whereabouts)")) }
        return lines
    }

    private var iterations: String {
        let limits = task.spec.limits
        guard limits.isUnlimited else { return "\(task.iterations) of \(limits.maxIterations.counted("iteration"))" }
        return task.iterations.counted("iteration")
    }

    /// What to do next.
    var hints: [StyledLine] {
        let hint = reason.explanation(task: dossier.call).hint ?? nextStep
        return hint.map { [StyledLine("Hint: ", .accent) + StyledLine($0)] } ?? []
    }

    private var proofLine: StyledLine {
        guard let proof = task.proof else { return StyledLine("  not proven", .warning) + " · " }
        let style: Style = proof == .verified ? .good : .warning
        return StyledLine("  \(proof.words(checks: task.spec.checks.count))", style) + " · "
    }

    private var spending: String {
        let usage = task.usage.words(within: task.spec.budgets) ?? "cost not reported"
        return "\(usage) · \(task.activeTime.formatted) of work"
    }

    private var whereabouts: String? {
        if let pullRequest = task.forge?.pullRequest { return "The work is in review: \(pullRequest.url)" }
        if let branch = task.branch {
            return "The work is on branch '\(branch)' of \(task.spec.repository.path)\(elsewhere ?? "")."
        }
        let base = dossier.checkpoints.last { $0.cause == .base }
        guard let last = dossier.checkpoints.max(by: { $0.number < $1.number }), last.tree != base?.tree else {
            return nil
        }
        let checkpoint = "The work is in checkpoint \(last.number) (\(last.commit.short))"
        // What is wrong with the workspace was said before.
        if case .blocked(.workspaceBroken) = reason { return "\(checkpoint)." }
        return elsewhere.map { "\(checkpoint)\($0)." } ?? "\(checkpoint) and in \(dossier.workspacePath)."
    }

    /// Who has the files, where that is not this machine; `nil` where it is.
    private var elsewhere: String? {
        guard let server, !server.isHere else { return nil }
        return ", \(server.workspace ?? "at no daemon now")"
    }

    /// Who began at no branch has to name one.
    private var into: String {
        let repository = task.spec.repository
        return repository.targetBranch == nil && repository.baseBranch == nil ? " --into BRANCH" : ""
    }

    private var nextStep: String? {
        switch reason {
        case .completed where server?.view.contractId != nil:
            "Its contract merges it: 'makima contract show \(server?.view.contractId ?? "")'."
        case .completed where elsewhere != nil:
            "Look at it where its files are\(elsewhere ?? ""), with 'makima diff \(dossier.callName)'; 'makima show "
                + "\(dossier.callName)' tells what the server knows."
        case .completed where task.branch != nil && task.spec.completion == .merge, .completed where task.forge != nil:
            "Look at it with 'makima diff \(dossier.callName)'."
        case .completed:
            "Look at it with 'makima diff \(dossier.callName)'; take it over with 'makima merge \(dossier.callName)\(into)'."
        case .iterationLimit, .budget, .stalled, .blocked, .waiting, .paused, .interrupted, .failed: nil
        }
    }
}

extension TaskStatus {
    /// As in "task x …".
    var predicate: String {
        switch self {
        case .pending: "is pending"
        case .initializing: "is being initialized"
        case .starting: "is starting"
        case .running: "is running"
        case .waiting: "stopped instead of waiting"
        case .blocked: "is blocked"
        case .paused: "is paused"
        case .stalled: "stalled"
        case .iterationLimitReached: "reached its iteration limit"
        case .budgetReached: "reached its budget"
        case .interrupted: "was interrupted"
        case .failed: "failed"
        case .done: "is done"
        }
    }

    var mark: StyledLine {
        switch self {
        case .done: StyledLine("✓", .good)
        case .failed: StyledLine("✗", .bad)
        case .pending, .initializing, .starting, .running: StyledLine("▸", .accent)
        case .waiting, .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted:
            StyledLine("■", .warning)
        }
    }
}
