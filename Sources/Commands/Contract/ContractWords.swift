import Domain
import Wire

extension ContractStatus {
    var words: String { rawValue.spokenCode }

    /// As that of a task.
    var mark: StyledLine {
        switch self {
        case .done: StyledLine("✓", .good)
        case .working: StyledLine("▸", .accent)
        case .blocked, .stopped, .budgetReached: StyledLine("■", .warning)
        }
    }

}

extension ExitStatus {
    /// The exit code of following a contract to where it stands.
    init(_ status: ContractStatus) {
        self =
            switch status {
            case .done: .success
            case .budgetReached: .limit
            case .blocked: .blocked
            case .stopped: .interrupted
            // Somebody has let it go on since.
            case .working: .failure
            }
    }
}

extension ContractView {
    /// The status with the word for its reason, where that says more.
    var statusLine: StyledLine {
        let line = status.mark + StyledLine(" \(status.words)")
        return code.map { line + StyledLine(": \($0.spokenCode)", .faint) } ?? line
    }

    /// All tasks but who leads them all.
    var work: [ContractTaskView] { tasks.filter { $0.taskId != supervisorId } }

    var mergedCount: Int { work.count { $0.merge == "merged" } }

    var budgets: Budgets { Budgets(maxCost: limits.maxCostMicrodollars, maxTokens: limits.maxTokens) }

    /// What happened, how far it is, what it cost.
    var summary: [StyledLine] {
        let spent = usage.usage.words(within: budgets) ?? "cost not reported"
        return [
            status.mark + StyledLine(" Contract \(callName) is \(status.words): ", .strong) + StyledLine(sentence),
            StyledLine("  \(mergedCount) of \(work.count.counted("task")) merged · \(spent)", .faint),
        ]
    }

    /// Whether nothing of it goes on by itself: what needs a person may leave others at work.
    var isAtRest: Bool { status != .working && !(status == .blocked && goesOn) }

    /// All that needs a person, each with what to do.
    var needs: [StyledLine] {
        var lines: [StyledLine] = []
        func add(_ sentence: String, _ hint: String?) {
            lines.append(StyledLine("  \(sentence)"))
            if let hint { lines.append(StyledLine("    Hint: ", .accent) + StyledLine(hint)) }
        }
        for obstacle in obstacles { add(obstacle.sentence, obstacle.hint) }
        if obstacles.isEmpty, status != .working, status != .done { add(sentence, hint) }
        // What ended with the contract goes on with it.
        for task in stopped where !task.endedWithContract {
            let why = task.reason?.message ?? "It is \(task.status.words)."
            add("\(task.name) (\(task.taskId.prefix(6))): \(why)", task.reason?.hint)
        }
        return lines
    }

    /// What to do next.
    var hints: [StyledLine] { hint.map { [StyledLine("Hint: ", .accent) + StyledLine($0)] } ?? [] }

    /// Tasks that do not go on by themselves.
    var stopped: [ContractTaskView] { tasks.filter { $0.status.isAtRest && $0.status != .done && !$0.forgotten } }
}

/// Puts what happened in a contract into lines for people, with the times at which it did.
struct TimelineNarrator {
    /// So many lines of what checks or paths say are shown of one entry.
    var detailLines = 10
    private var date = ""

    init() {}

    mutating func tell(_ entry: TimelineEntryView) -> [StyledLine] {
        // As 2026-03-01T14:05:09Z.
        let parts = entry.at.iso8601.split(separator: "T")
        let day = String(parts[0])
        let head = day == date ? [] : [StyledLine("── \(day), times in UTC", .faint)]
        date = day
        return head + [StyledLine("\(parts[1].prefix(8))  ", .faint) + StyledLine(entry.sentence)] + detail(of: entry)
    }

    private func detail(of entry: TimelineEntryView) -> [StyledLine] {
        // Of a refusal it is the code of the sentence.
        guard let detail = entry.detail, entry.event != "refused" else { return [] }
        let lines = detail.split(whereSeparator: \.isNewline)
        // The end of what a check printed says what failed.
        let shown = lines.suffix(detailLines).map { StyledLine("          \($0)", .faint) }
        let hidden = lines.count - shown.count
        return (hidden > 0 ? [StyledLine("          (\(hidden.counted("line")) before are left out)", .faint)] : [])
            + shown
    }
}
