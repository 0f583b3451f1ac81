import Domain
import Runner

/// Everything about a task, for `makima show`.
struct TaskPage {
    let dossier: TaskDossier
    let columns: Int
    /// Where a server has the task.
    var server: ServerFacts?

    private var task: TaskRecord { dossier.task }

    /// Nothing is cut but the table, whose iterations `makima why` and `makima logs` tell in full.
    var lines: [StyledLine] {
        var lines = (StyledLine("Task \(dossier.callName) ", .strong) + StyledLine(task.spec.name, .strong))
            .wrapped(to: columns, indentation: 2)
        lines += factLines
        lines += ["", StyledLine("Plan", .strong)]
        lines += plan.flatMap { $0.wrapped(to: columns) }
        if !task.spec.checks.isEmpty {
            lines += ["", StyledLine("Checks", .strong)] + checks.flatMap { $0.wrapped(to: columns) }
        }
        if !dossier.talk.questions.isEmpty {
            lines += ["", StyledLine("Questions", .strong)] + dossier.talk.questions.flatMap { question($0) }
        }
        if !dossier.talk.messages.isEmpty {
            lines += ["", StyledLine("Messages", .strong)] + dossier.talk.messages.flatMap { message($0) }
        }
        if !dossier.iterations.isEmpty {
            lines += ["", StyledLine("Iterations", .strong)]
            lines += IterationTable(iterations: dossier.iterations).lines(columns: columns)
        }
        return lines
    }

    private struct Fact {
        var name: String
        var value: StyledLine
    }

    private var factLines: [StyledLine] {
        let facts = facts
        let width = (facts.map(\.name.count).max() ?? 0) + 2
        return facts.flatMap { fact in
            (StyledLine("  " + DisplayWidth.pad(fact.name, to: width), .faint) + fact.value)
                .wrapped(to: columns, indentation: width + 2)
        }
    }

    private var facts: [Fact] {
        var facts: [Fact] = []
        func add(_ name: String, _ value: StyledLine?) {
            if let value { facts.append(Fact(name: name, value: value)) }
        }
        let spec = task.spec
        add("status", task.reason == nil ? server?.view.statusLine ?? task.statusLine : task.statusLine)
        add("check", dossier.runningCheck.map { StyledLine($0.words, .accent) })
        add("reason", task.reason.map { StyledLine($0.explanation(task: dossier.call).sentence) })
        add("wait", task.reason == nil ? task.wait.map { StyledLine($0.sentence) } : nil)
        for row in server?.rows ?? [] { add(row.name, row.value) }
        if dossier.isOrphaned { add("owner", StyledLine(Account.orphaned, .warning)) }
        add("proof", task.proof.map { StyledLine($0.words(checks: spec.checks.count)) })
        add(
            "iterations",
            StyledLine("\(spec.limits.words(used: task.iterations)), in \(task.runs.counted("run"))")
        )
        add("spent", StyledLine(task.usage.words(within: spec.budgets) ?? "cost not reported"))
        add("active", StyledLine(task.activeTime.formatted))
        add("agent", StyledLine(spec.agent.name + (spec.agent.model.map { ", model \($0)" } ?? "")))
        add("in place of", replaced)
        add("fall back to", spec.choices.map { StyledLine($0.dropFirst().map(\.name).listed(atMost: 10)) })
        add("on stall", onStall.map { StyledLine($0) })
        add("permissions", spec.permissions.map { StyledLine($0.rawValue) })
        add("sandbox", spec.sandbox.mode == .off ? StyledLine("OFF", .bad) : StyledLine(spec.sandbox.mode.rawValue))
        add("limits", spec.sandbox.limits.words.map { StyledLine($0) })
        add("at limits", hits)
        add("network", spec.sandbox.network == .full ? nil : StyledLine(spec.sandbox.network.rawValue))
        add("refused", refusals)
        add("repository", StyledLine(spec.repository.path))
        add(
            "base",
            spec.repository.base.map { StyledLine("\(spec.repository.baseBranch ?? "detached") at \($0.short)") }
        )
        add("branch", task.branch.map { StyledLine($0) })
        add("pull request", task.forge?.pullRequest.map { StyledLine($0.url) })
        let removal = dossier.removedUpTo.map { "removed; the repository has its files, up to checkpoint \($0)" }
        let directory = dossier.workspacePath.isEmpty ? server?.workspace : dossier.workspacePath
        add("workspace", (removal ?? directory).map { StyledLine($0) })
        add("restored", dossier.restoredWork.map { StyledLine($0.words, .warning) })
        add("protected", spec.protected.isEmpty ? nil : StyledLine(spec.protected.listed(atMost: 10)))
        add("checkpoints", StyledLine("\(dossier.checkpoints.count)"))
        add("created", StyledLine(task.createdAt.formattedUTC))
        add("updated", StyledLine(task.updatedAt.formattedUTC))
        return facts
    }

    /// What the network kept from the task's programs; a person may want to allow it.
    private var refusals: StyledLine? {
        let all = dossier.networkRefusals.map { entry in
            "\(entry.target.isEmpty ? "a request" : entry.target) (\(entry.refusal.rawValue), \(entry.count) times)"
        }
        return all.isEmpty ? nil : StyledLine(all.listed(atMost: 10), .warning)
    }

    /// What the kernel did in the last iteration that it did something in.
    private var hits: StyledLine? {
        dossier.iterations.last { $0.outcome?.limitHits != nil }
            .flatMap { record in
                record.outcome?.limitHits.map { StyledLine("iteration \(record.number): \($0.clause)", .warning) }
            }
    }

    /// Which agent does not work now that should, and why.
    private var replaced: StyledLine? {
        let first = task.spec.firstChoice
        guard first != task.spec.agent.name else { return nil }
        let wait = task.standings?[first]?.wait ?? (task.agentChange?.from == first ? task.agentChange?.wait : nil)
        return StyledLine(wait.map { "\(first): \($0.standing(of: first))" } ?? first)
    }

    private var onStall: String? {
        switch task.spec.onStall {
        case .stop, nil: nil
        case .freshSession: "one iteration in a new conversation"
        case .otherAgent: "one iteration by the other agent" + (task.spec.otherAgent.map { ", \($0.name)" } ?? "")
        }
    }

    /// A long plan is a file of its own; a page shows how it begins.
    private static let planLines = 20

    private var plan: [StyledLine] {
        let all = task.spec.plan.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let shown = all.prefix(Self.planLines).map { StyledLine("  \($0)") }
        guard all.count > Self.planLines else { return shown }
        return shown + [StyledLine("  … \((all.count - Self.planLines).counted("more line"))", .faint)]
    }

    private func question(_ question: TaskQuestion) -> [StyledLine] {
        let answer = question.answer.map { "answered: \($0.text.firstLine(upTo: 160))" } ?? "open"
        let state = StyledLine(question.isWithdrawn ? "withdrawn by the agent" : answer)
        if let request = question.permission {
            let line = StyledLine("  \(question.number)  May the agent use \(request.tool)? ") + state
            return [line]
                + (question.answer == nil ? request.shownLines : [StyledLine("     \(request.words)", .faint)])
        }
        let options = question.asked.options.isEmpty ? "" : " [\(question.asked.options.listed(atMost: 10))]"
        let line = StyledLine("  \(question.number)  \(question.asked.text.firstLine(upTo: 300))\(options)  ") + state
        return line.wrapped(to: columns, indentation: 5)
    }

    private func message(_ message: TaskMessage) -> [StyledLine] {
        let isHandedOver = dossier.talk.handedOver.contains(message.number)
        let words = isHandedOver ? "told to its daemon" : message.stateWords
        let state = StyledLine(words, message.receipt == nil && !isHandedOver ? .warning : .faint)
        return (StyledLine("  \(message.number)  \(message.text.firstLine(upTo: 160))  ") + state)
            .wrapped(to: columns, indentation: 5)
    }

    private var checks: [StyledLine] {
        task.spec.checks.map { check in
            let last = dossier.receipts.last { $0.check == check }
            let verdict = last.map { $0.verdict.mark + StyledLine(" \($0.words)", .faint) }
            let network = check.network.map { "network \($0.rawValue)  " } ?? ""
            let running = dossier.runningCheck.flatMap { $0.check == check ? StyledLine("▸ running", .accent) : nil }
            return StyledLine("  \(check.fullTitle)  \(network)")
                + (running ?? verdict ?? StyledLine("not run yet", .faint))
        }
    }
}

/// The iterations of a task as a table.
struct IterationTable {
    let iterations: [IterationRecord]

    func lines(columns: Int) -> [StyledLine] {
        let header = ["  #", "END", "GATE", "CHECKS", "CHANGE", "COST", "TIME"]
        // Who worked is told where not all was done by one.
        let agents = Set(iterations.compactMap(\.outcome?.performer?.name))
        var table = Table(header: header + (agents.count > 1 ? ["AGENT"] : []), flexibleColumn: 1)
        table.dispensable = [5, 6, 4]
        for record in iterations {
            let agent = StyledLine(record.outcome?.performer?.name ?? "–")
            table.add(row(of: record) + (agents.count > 1 ? [agent] : []))
        }
        return table.lines(columns: columns)
    }

    private func row(of record: IterationRecord) -> [StyledLine] {
        let again = record.attempt > 1 ? ".\(record.attempt)" : ""
        let time = record.endedAt.map { ($0 - record.startedAt).formatted } ?? "–"
        guard let outcome = record.outcome else {
            return [StyledLine("  \(record.number)\(again)"), "running", "–", "–", "–", "–", StyledLine(time)]
        }
        var end = outcome.ownerDied ? "makima died" : outcome.agent.end.code.spokenCode
        if !outcome.counted { end += " (does not count)" }
        return [
            StyledLine("  \(record.number)\(again)"), StyledLine(end, outcome.agent.end == .ok ? .plain : .warning),
            StyledLine(outcome.gate.label), verdicts(of: outcome.receipts),
            StyledLine(outcome.checkpoint?.change.words ?? "not kept"),
            StyledLine(outcome.agent.usage.costWords), StyledLine(time),
        ]
    }

    private func verdicts(of receipts: [CheckReceipt]) -> StyledLine {
        guard !receipts.isEmpty else { return StyledLine("not run", .faint) }
        return receipts.reduce(StyledLine("")) { $0 + $1.verdict.mark }
    }
}
