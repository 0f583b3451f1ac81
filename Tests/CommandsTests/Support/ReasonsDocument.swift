import Domain
import LoopCore

@testable import Commands

/// Writes `docs/REASONS.md` from what the loop does.
enum ReasonsDocument {
    static var markdown: String {
        """
        # Reasons: how iterations end, and what follows

        Written by a test from what the loop machine does (`Tests/CommandsTests/ReasonsDocumentTests.swift`); do not edit.

        ## How an agent's process ends

        Each class is met again and again, by an agent that changes nothing and does not say that it is ready. *Counts*: it
        uses up an iteration. *Gate*: a gate that says ready is believed. *Breaker*: it is evidence for the circuit breaker.
        *Then* is what follows each time, *at last* where it leads when nothing changes.

        | Class | Counts | Gate | Breaker | Then | At last |
        |---|---|---|---|---|---|
        \(ends.map(row).joined(separator: "\n"))

        ## Why

        | Class | The rule |
        |---|---|
        \(ends.map { "| `\($0.code)` | \(cell($0.rule)) |" }.uniqued().joined(separator: "\n"))

        ## Why a task stopped

        With example data. *Exit* is the exit code of `makima run` and `makima resume`.

        \(Sample.reasons.map(section).joined(separator: "\n\n"))

        """
    }

    private static let ends: [IterationEnd] = [
        .ok, .question(text: "?"), .permissionAsked(question: 4, what: "Bash"), .permissionDenied(what: "Bash"),
        .incomplete,
        .agentError(message: "broken"),
        .timeout(.iteration), .timeout(.firstOutput), .timeout(.toolCall), .timeout(.timeBudget), .stall,
        .killed(signal: 9),
        .usageLimit(resetsAt: Timestamp(millisecondsSince1970: 0)), .usageLimit(resetsAt: nil),
        .rateLimited(retryAfter: nil), .rateLimited(retryAfter: .seconds(90)), .overloaded,
        .network(message: "unreachable"), .authentication(message: "log in"), .billing(message: "no credit"),
        .contextOverflow, .unusableSession, .launchFailure(message: "missing"), .silentLaunchFailure(message: "silent"),
    ]

    private static func row(_ end: IterationEnd) -> String {
        let trial = EndTrial(end)
        func mark(_ flag: Bool) -> String { flag ? "yes" : "–" }
        let reason = trial.reason.map { "`\($0.status.rawValue)` (`\($0.code)`)" } ?? "goes on"
        return "| \(name(end)) | \(mark(trial.counts)) | \(mark(trial.believesGate)) | \(mark(trial.feedsBreaker)) "
            + "| \(words(trial.steps)) | \(reason) |"
    }

    private static func name(_ end: IterationEnd) -> String {
        switch end {
        case .usageLimit(let resetsAt): "`\(end.code)`, reset \(resetsAt == nil ? "unknown" : "stated")"
        case .rateLimited(let wait?): "`\(end.code)`, \(wait.formatted) asked for"
        case .silentLaunchFailure: "`\(end.code)`, nothing known said"
        default: "`\(end.code)`"
        }
    }

    private static func words(_ steps: [EndTrial.Step]) -> String {
        guard !steps.isEmpty else { return "–" }
        var groups: [(text: String, count: Int)] = []
        let hasWaits = steps.contains { if case .wait = $0 { true } else { false } }
        for step in steps {
            if hasWaits, case .again = step { continue }
            let text = words(step)
            if groups.last?.text == text { groups[groups.count - 1].count += 1 } else { groups.append((text, 1)) }
        }
        return groups.map { $0.count > 1 ? "\($0.text) (\($0.count) times)" : $0.text }.joined(separator: "; ")
    }

    private static func words(_ step: EndTrial.Step) -> String {
        switch step {
        case .next(.continue): "next iteration"
        case .next(.fresh): "next iteration, new conversation"
        case .again(.continue): "again at once"
        case .again(.fresh): "again at once, new conversation"
        case .wait(.backoff(let time)): "again after \(time.formatted)"
        case .wait(let delay) where delay.until != nil: "again at the stated time\(least(delay))"
        case .wait: "again later"
        }
    }

    private static func least(_ delay: WaitDelay) -> String {
        guard case .until(_, let least) = delay else { return "" }
        return ", \(least.formatted) at least"
    }

    private static func section(_ reason: Reason) -> String {
        let explanation = reason.explanation(task: "k7")
        let ruling = reason.ruling
        let hint = explanation.hint.map { "\n- What to do: \(cell($0))" } ?? ""
        return """
            ### `\(reason.status.rawValue)`: `\(reason.code)` (exit \(ExitStatus(reason).rawValue))

            > \(cell(explanation.sentence))

            - The rule: \(ruling.rule)
            - What would change it: \(ruling.change)\(hint)
            """
    }

    private static func cell(_ text: String) -> String {
        text.replacing("|", with: "\\|").replacing("\n", with: " ")
    }
}

extension [String] {
    fileprivate func uniqued() -> [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
