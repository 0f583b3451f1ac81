import Domain
import Runner

/// What is known of the selected task, the most urgent first.
struct TopDetailPane {
    let row: ListRow
    /// `nil` before it is read.
    let detail: TopDetail?

    /// More of them are not looked at in a pane.
    private static let latestIterations = 20

    func lines(columns: Int) -> [StyledLine] {
        let title = StyledLine("\(row.callName) ", .strong) + StyledLine(row.name.firstLine(upTo: 200), .strong)
        guard let detail, let dossier = detail.dossier else {
            let trouble = detail?.trouble.map { StyledLine("It cannot be read: \($0)", .warning) }
            return [title, standing] + (trouble.map { $0.wrapped(to: columns) } ?? [])
        }
        let account = Account(dossier: dossier, server: detail.server)
        var lines = [StyledLine(account.sentence)]
        if let missing = dossier.missingGate { lines.append(StyledLine(missing)) }
        let hint = detail.openQuestions.isEmpty ? account.hint : "Press 'a' to answer."
        if let hint { lines.append(StyledLine("What to do: ", .accent) + StyledLine(hint)) }
        lines += (detail.server?.rows ?? []).map { StyledLine("\($0.name): ", .faint) + $0.value }
        let queued = dossier.talk.messages.count { $0.receipt == nil }
        if queued > 0, dossier.task.status != .done, detail.server == nil {
            lines.append(StyledLine("\(queued.counted("message")) queued for the agent", .faint))
        }
        let table = dossier.iterations.suffix(Self.latestIterations).reversed()
        let questions = detail.openQuestions.map(question)
        return [title] + questions + [standing + facts(dossier)] + lines.flatMap { $0.wrapped(to: columns) }
            + (table.isEmpty ? [] : IterationTable(iterations: Array(table)).lines(columns: columns))
    }

    private var standing: StyledLine { row.statusLine + row.remark }

    private func facts(_ dossier: TaskDossier) -> StyledLine {
        let task = dossier.task
        var facts = ["iteration \(task.spec.limits.words(used: task.iterations))"]
        if let proof = task.proof { facts.append(proof.words(checks: task.spec.checks.count)) }
        if let spent = task.usage.words(within: task.spec.budgets) { facts.append(spent) }
        facts.append(task.activeTime.formatted)
        return StyledLine(" · " + facts.joined(separator: " · "), .faint)
    }

    /// Its beginning; all of it is shown where it is answered.
    private func question(_ question: TaskQuestion) -> StyledLine {
        let request = question.permission.map { "May the agent use \($0.words)?" }
        return StyledLine("? ", .warning) + StyledLine(request ?? question.asked.text.firstLine(upTo: 300), .strong)
    }
}
