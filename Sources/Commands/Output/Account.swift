import Domain
import Runner

/// The facts behind the state of a task, for `makima why`.
struct Account {
    let dossier: TaskDossier
    /// Where a server has the task.
    var server: ServerFacts?

    private var task: TaskRecord { dossier.task }

    func lines(columns: Int) -> [StyledLine] {
        var lines = [StyledLine("Task \(dossier.callName) is ", .strong) + status + "."]
        lines.append(StyledLine("  " + sentence))
        if let missing = dossier.missingGate { lines.append(StyledLine("  " + missing)) }
        if let unheard = dossier.unheard { lines.append(StyledLine("  " + unheard, .warning)) }
        if let change = task.agentChange {
            lines.append(StyledLine("  Iteration \(change.iteration): \(change.sentence)"))
        }
        lines += detail.map { StyledLine("  \($0)") }
        if let server { lines += server.rows.map { StyledLine("  \($0.name): ", .faint) + $0.value } }
        if let open { lines += [StyledLine("  " + open.asked.text.firstLine(upTo: 300), .warning)] }
        lines += ruling
        lines += ["", StyledLine("Limits", .strong)] + limits.map { StyledLine("  \($0)") }
        lines = lines.flatMap { $0.wrapped(to: columns) }
        if !dossier.iterations.isEmpty {
            lines += ["", StyledLine("Iterations", .strong)]
            lines += IterationTable(iterations: dossier.iterations).lines(columns: columns)
        }
        lines += (lastWords + failingChecks).flatMap { $0.wrapped(to: columns) }
        if let hint { lines += [""] + (StyledLine("What to do: ", .accent) + StyledLine(hint)).wrapped(to: columns) }
        return lines
    }

    private var status: StyledLine { task.reason == nil ? server?.view.statusLine ?? task.statusLine : task.statusLine }

    var json: JSONValue {
        .fields(members + (server.map { [("server", $0.json)] } ?? []))
    }

    private var members: [(String, JSONValue)] {
        [
            ("id", .text(task.id.rawValue)), ("name", .text(task.spec.name)), ("status", .text(task.status.rawValue)),
            ("reason", task.reason?.json(task: dossier.call, hint: removalHint) ?? .null),
            ("wait", task.wait?.json ?? .null),
            ("runningCheck", dossier.runningCheck?.json ?? .null),
            ("agentChange", .text(task.agentChange?.sentence)), ("message", .text(sentence)),
            ("rule", .text(task.reason?.ruling.rule)), ("change", .text(task.reason?.ruling.change)),
            ("hint", .text(hint)), ("proof", .text(task.proof?.rawValue)), ("iterations", .whole(task.iterations)),
            ("maxIterations", .whole(task.spec.limits.maxIterations)), ("ceiling", .whole(task.spec.limits.ceiling)),
            ("noChangeThreshold", .whole(task.spec.limits.noChangeThreshold)),
            ("sameErrorThreshold", .whole(task.spec.limits.sameErrorThreshold)),
            ("iterationRecords", .list(dossier.iterations.map(\.json))),
            ("events", .list(dossier.events.map { $0.json(task: TaskCall(dossier.callName)) })),
        ]
    }

    /// How it stands, or why it stopped.
    var sentence: String {
        if dossier.isOrphaned { return Self.orphaned }
        if let reason = task.reason { return reason.explanation(task: dossier.call).sentence }
        if let server, task.status == .pending { return server.standing }
        return task.wait?.sentence ?? dossier.runningCheck.map { "The check \($0.words)." } ?? task.status.standing
    }

    /// What the agent waits for a person to decide.
    private var open: TaskQuestion? { task.status.isActive ? dossier.talk.questions.first { $0.answer == nil } : nil }

    private var removalHint: String? { dossier.removedUpTo.map(task.wayOn(afterRemoval:)) }

    /// What to do.
    var hint: String? {
        if let removalHint { return removalHint }
        if let open {
            return "Answer it with 'makima answer \(dossier.callName) --question \(open.number) "
                + "\(open.permission == nil ? "TEXT" : "yes")'; 'makima show \(dossier.callName)' tells all of it."
        }
        if dossier.isOrphaned {
            return
                "Go on with it by 'makima resume \(dossier.callName)', or end it by 'makima stop \(dossier.callName)'."
        }
        if let reason = task.reason { return reason.explanation(task: dossier.call).hint }
        if server != nil {
            return
                "Follow it with 'makima attach \(dossier.callName)', or stop it with 'makima stop \(dossier.callName)'."
        }
        return task.status.isActive
            ? "Read on with 'makima logs -f \(dossier.callName)', or stop it with 'makima stop \(dossier.callName)'."
            : "Begin with 'makima resume \(dossier.callName)'."
    }

    static let orphaned =
        "The makima that ran it is gone; its agent works on for a while, so that another makima can go on with it."

    /// Data of the reason that one sentence has no room for.
    private var detail: [String] {
        switch task.reason {
        case .stalled(.sameError(let signature, _, _)):
            ["Signature:"] + signature.split(whereSeparator: \.isNewline).prefix(20).map { "  \($0)" }
        case .stalled(.checksNotEvaluable(let check, _, _)): ["Command: \(check.command)"]
        case .blocked(.protectedPaths(let paths)): paths.map { "  \($0)" }
        case .blocked(.mergeConflict(_, let obstacle)):
            obstacle.paths.map { "  \($0)" }
                + obstacle.receipts.map { "  \($0.check.title): \($0.words); its output: \($0.logPath)" }
        case .blocked(.environment(.setupCommandFailed(_, _, let outputTail, _))):
            outputTail.split(whereSeparator: \.isNewline).suffix(20).map { "  \($0)" }
        case .completed, .iterationLimit, .budget, .stalled, .blocked, .waiting, .paused, .interrupted, .failed, nil:
            []
        }
    }

    private var ruling: [StyledLine] {
        guard let ruling = task.reason?.ruling else { return [] }
        var lines = ["", StyledLine("The rule", .strong), StyledLine("  \(ruling.rule)")]
        lines += [StyledLine("What would change it", .strong), StyledLine("  \(ruling.change)")]
        if let change = task.strategyChange {
            lines += [
                StyledLine("Tried before", .strong),
                StyledLine("  after iteration \(change.iteration): \(change.sentence)"),
            ]
        }
        return lines
    }

    private var limits: [String] {
        let spec = task.spec
        var limits = [
            spec.limits.isUnlimited
                ? "iterations: \(task.iterations) used, of as many as it likes"
                : "iterations: \(task.iterations) of \(spec.limits.maxIterations) used; the machine's ceiling is "
                    + "\(spec.limits.ceiling)"
        ]
        if let spent = task.usage.words(within: spec.budgets) { limits.append("spent: \(spent)") }
        let time = spec.budgets.maxDuration.map { " of \($0.formatted)" } ?? ""
        limits.append("active time: \(task.activeTime.formatted)\(time)")
        limits.append(
            "circuit breaker: opens after \(spec.limits.noChangeThreshold) iterations without progress, "
                + "\(spec.limits.sameErrorThreshold) with the same error"
        )
        return limits
    }

    private var lastWords: [StyledLine] {
        guard let last = dossier.iterations.last, let outcome = last.outcome else { return [] }
        var lines = ["", StyledLine("The last iteration", .strong)]
        lines.append(StyledLine("  the agent: \(outcome.endWords)"))
        lines.append(StyledLine("  its gate: \(outcome.gateWords)"))
        if let hits = outcome.limitHits { lines.append(StyledLine("  its limits: \(hits.clause)", .warning)) }
        return lines
    }

    /// The latest receipts of checks that did not pass, with the end of their output.
    private var failingChecks: [StyledLine] {
        var lines: [StyledLine] = []
        for check in task.spec.checks {
            guard let receipt = dossier.receipts.last(where: { $0.check == check }),
                !receipt.verdict.isPassed
            else { continue }
            lines += [
                "",
                receipt.verdict.mark + StyledLine(" \(check.fullTitle) ", .strong) + StyledLine(receipt.words),
            ]
            lines += receipt.outputTail.split(whereSeparator: \.isNewline).suffix(20).map { StyledLine("    \($0)") }
            lines.append(StyledLine("    all of it: \(receipt.logPath)", .faint))
        }
        return lines
    }
}

extension TaskRecord {
    /// What can be done where the workspace was removed, after checkpoint `last`.
    func wayOn(afterRemoval last: Int) -> String {
        let ref = "refs/makima/checkpoints/\(id)/\(last)"
        let work = branch.map { "its work is on branch '\($0)', which 'git merge' takes over" }
        return "Its workspace was removed; \(work ?? "'git branch NAME \(ref)' makes a branch of its files"). "
            + "'makima run PLAN --base \(ref)' goes on from them in a new task."
    }
}

extension TaskStatus {
    /// A sentence for a status without a reason.
    fileprivate var standing: String {
        switch self {
        case .pending: "It has not begun."
        case .initializing: "Its workspace is being made."
        case .starting: "Its agent is being started."
        case .running: "An iteration or a check is in progress."
        case .waiting: "It goes on by itself."
        case .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted, .failed, .done:
            "The journal holds no reason for it."
        }
    }
}
