import Domain
import Wire

/// Puts events of a task into lines for people; what it does not know is passed over.
enum EventNarrator {
    static func lines(for event: EventView) -> [StyledLine] {
        let body = event.body
        guard let line = line(event.kind, body) else { return [] }
        let first = StyledLine("\(event.at.formattedUTC)  ", .faint) + line
        guard body["event"]?.string == "text" else { return [first] }
        let rest = (body["text"]?.string ?? "").split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
        return [first] + rest.dropFirst().map { StyledLine("    \($0)") }
    }

    private static func line(_ kind: String, _ body: JSONValue) -> StyledLine? {
        switch kind {
        case "status": (body["status"]?.string).map { StyledLine($0.spokenCode, .strong) }
        case "agent", "check", "note": told(body)
        case "iteration": (body["iteration"]?.int).map { StyledLine("Iteration \($0) ended.") }
        case "checkpoint":
            (body["checkpoint"]?["number"]?.int).map { StyledLine("Checkpoint \($0) was taken.", .faint) }
        case "question": question(body)
        case "person": StyledLine("You: ", .accent) + StyledLine(words(body))
        default: nil
        }
    }

    private static func told(_ body: JSONValue) -> StyledLine? {
        switch body["event"]?.string {
        case "iteration_began": StyledLine("Iteration \(body["iteration"]?.int ?? 0) begins.", .strong)
        case "text": StyledLine(words(body))
        case "tool_began": StyledLine("→ \(body["tool"]?.string ?? "") ", .accent) + StyledLine(words(body))
        case "check_began": StyledLine("Check '\(body["check"]?.string ?? "")' runs.")
        case "check_ended": checkEnded(body)
        case "notice", "preparing", "waiting", "retrying", "error_text": StyledLine(words(body), .warning)
        default: nil
        }
    }

    private static func checkEnded(_ body: JSONValue) -> StyledLine {
        let verdict = body["receipt"]?["verdict"]?["verdict"]?.string ?? body["receipt"]?["verdict"]?.string ?? "ended"
        return StyledLine("Check '\(body["check"]?.string ?? "")': \(verdict.spokenCode).")
    }

    private static func question(_ body: JSONValue) -> StyledLine? {
        guard body["answeredBy"] == nil else { return nil }
        let number = body["question"]?.int ?? 0
        return StyledLine("Question \(number): ", .warning)
            + StyledLine((body["text"]?.string ?? "").firstLine(upTo: 400))
    }

    private static func words(_ body: JSONValue) -> String {
        (body["text"]?.string ?? body["code"]?.string.map(\.spokenCode) ?? "").firstLine(upTo: 400)
    }

    /// How a task stands that has stopped.
    static func summary(of task: TaskView) -> [StyledLine] {
        let name = String(task.taskId.prefix(6))
        let head =
            "Task \(name) is \(task.status.words) after \(task.iterations.counted("iteration"))."
        var lines = [
            StyledLine(task.status == .done ? "✓ " : "✗ ", task.status == .done ? .good : .bad) + StyledLine(head)
        ]
        if let reason = task.reason?.reason(of: task.status) {
            let explanation = reason.explanation(task: TaskCall(name))
            lines.append(StyledLine("  \(explanation.sentence)"))
            if let hint = explanation.hint { lines.append(StyledLine("Hint: ", .accent) + StyledLine(hint)) }
        }
        if let branch = task.branch { lines.append(StyledLine("  The work is on branch '\(branch)'.")) }
        return lines
    }
}
