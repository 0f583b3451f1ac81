import Domain
import Wire

/// Everything about a contract, for `makima contract show`.
struct ContractPage {
    let contract: ContractView
    let columns: Int

    var lines: [StyledLine] {
        var lines = (StyledLine("Contract \(contract.callName) ", .strong) + StyledLine(contract.name, .strong))
            .wrapped(to: columns, indentation: 2)
        lines += factLines
        lines += section("Goal", contract.goal.split(whereSeparator: \.isNewline).map { StyledLine("  \($0)") })
        lines += section("Phases", phases)
        lines += section("Checks of every merge", contract.checks.map { StyledLine("  \($0.command)") })
        if !contract.tasks.isEmpty { lines += ["", StyledLine("Tasks", .strong)] + table.lines(columns: columns) }
        lines += section("Work that waits to be merged", waitingWork)
        lines += section("Merge queues", queues)
        lines += section("Needs you", contract.needs)
        return lines
    }

    private func section(_ title: String, _ lines: [StyledLine]) -> [StyledLine] {
        lines.isEmpty ? [] : ["", StyledLine(title, .strong)] + lines.flatMap { $0.wrapped(to: columns) }
    }

    // MARK: - Facts

    private var factLines: [StyledLine] {
        let facts = facts
        let width = (facts.map(\.name.count).max() ?? 0) + 2
        return facts.flatMap { fact in
            (StyledLine("  " + DisplayWidth.pad(fact.name, to: width), .faint) + fact.value)
                .wrapped(to: columns, indentation: width + 2)
        }
    }

    private var facts: [(name: String, value: StyledLine)] {
        let limits = contract.limits
        var facts: [(name: String, value: StyledLine)] = [
            ("status", contract.statusLine), ("reason", StyledLine(contract.sentence)),
            ("led by", StyledLine(leader)), ("repository", StyledLine(contract.repository)),
            ("merges into", StyledLine(contract.targets.joined(separator: ", "))),
            ("spent", StyledLine(contract.usage.usage.words(within: contract.budgets) ?? "cost not reported")),
        ]
        if contract.activeMilliseconds > .zero || limits.maxDurationMilliseconds != nil {
            let most = limits.maxDurationMilliseconds.map { " of \($0.formatted)" } ?? ""
            facts.append(("active time", StyledLine(contract.activeMilliseconds.formatted + most)))
        }
        let count = "\(contract.work.count)\(contract.supervisorId == nil ? "" : " of \(limits.maxTasks ?? 0)")"
        let merged = "\(count) tasks, \(contract.mergedCount) merged; \(limits.maxAtOnce ?? 0) at once"
        facts.append(("tasks", StyledLine(merged)))
        if contract.supervisorId != nil {
            facts.append(("calls", StyledLine("\(contract.calls) of \(limits.maxCalls ?? 0)")))
        }
        return facts
    }

    private var leader: String {
        guard let id = contract.supervisorId else { return "the order of its tasks" }
        let name = contract.tasks.first { $0.taskId == id }?.name ?? ""
        return "\(name) (\(id.prefix(6)))"
    }

    private var phases: [StyledLine] {
        contract.phases.enumerated()
            .map { index, phase in
                let isOver = index < contract.phase
                let mark = isOver ? StyledLine("✓", .good) : StyledLine(index == contract.phase ? "▸" : "·", .accent)
                let checks = phase.checks.map(\.command).joined(separator: "; ")
                return "  " + mark + StyledLine(" \(phase.name)")
                    + StyledLine(checks.isEmpty ? "" : "  \(checks)", .faint)
            }
    }

    // MARK: - Tasks

    private var table: Table {
        var table = Table(header: ["TASK", "STATUS", "MERGE", "ITER", "COST", "NAME"], flexibleColumn: 5)
        table.dispensable = [4, 3]
        for task in contract.tasks {
            table.add([
                StyledLine(String(task.taskId.prefix(6)), .strong), status(of: task), StyledLine(mergeWords(of: task)),
                StyledLine(String(task.iterations)), StyledLine(task.usage.usage.costWords),
                StyledLine(String(repeating: "  ", count: task.depth) + task.name),
            ])
        }
        return table
    }

    private func status(of task: ContractTaskView) -> StyledLine {
        guard !task.heldBy.isEmpty else { return task.statusLine }
        return task.statusLine + StyledLine(": held back by \(names(task.heldBy))", .faint)
    }

    private func mergeWords(of task: ContractTaskView) -> String {
        switch task.merge {
        case "none": task.role == .supervisor ? "" : "–"
        case "merged": "merged" + (task.commit.map { " \($0.prefix(9))" } ?? "")
        case "queued":
            (task.mergeWaitsFor.map { "queued: \($0.spokenCode)" } ?? task.merge)
                + (task.returns > 0 ? ", \(task.returns.counted("return"))" : "")
        default: task.returns > 0 ? "\(task.merge), \(task.returns.counted("return"))" : task.merge
        }
    }

    /// What its queue says of all of it is said once, there.
    private var waitingWork: [StyledLine] {
        let queued = contract.tasks.filter { task in
            guard let code = task.mergeWaitsFor else { return false }
            let queue = contract.queues.first { $0.target == task.target }
            return code != queue?.halt && code != queue?.obstacle
        }
        return queued.map { task in StyledLine("  \(task.name): ", .strong) + StyledLine(task.mergeSentence ?? "") }
    }

    // MARK: - What is to be done

    private var queues: [StyledLine] {
        contract.queues.flatMap { queue in
            var words: [String] = []
            if !queue.batch.isEmpty { words.append("merging \(names(queue.batch))") }
            if queue.batchNumber != nil, queue.batch.isEmpty { words.append("being checked") }
            if !queue.waiting.isEmpty { words.append("waiting: \(names(queue.waiting))") }
            let line = StyledLine(
                "  \(queue.target): \(words.isEmpty ? "nothing waits" : words.joined(separator: "; "))"
            )
            guard let sentence = queue.sentence else {
                return [queue.halt.map { line + StyledLine("; stands still: \($0.spokenCode)", .warning) } ?? line]
            }
            let hint = queue.hint.map { [StyledLine("    Hint: ", .accent) + StyledLine($0)] } ?? []
            return [line, StyledLine("    \(sentence)", .warning)] + hint
        }
    }

    private func names(_ ids: [String]) -> String {
        let known = Dictionary(contract.tasks.map { ($0.taskId, $0.name) }) { first, _ in first }
        return ids.map { known[$0] ?? String($0.prefix(6)) }.listed(atMost: 5)
    }
}

extension ContractTaskView {
    fileprivate var statusLine: StyledLine {
        let code = reason.flatMap { $0.code == status.rawValue ? nil : $0.code.spokenCode }
        let line = status.mark + StyledLine(" \(status.words)")
        if forgotten { return line + StyledLine(", forgotten", .faint) }
        return code.map { line + StyledLine(": \($0)", .faint) } ?? line
    }
}
