package import Domain

/// What a pull request says of the work.
///
/// The plan and the names of checks are quoted as code, so that nobody is mentioned and no issue is closed by them.
package enum PullRequestText {
    /// What was done, as far as it is told.
    package struct Facts: Hashable, Sendable {
        package var name: String
        package var plan: String
        package var proof: Proof
        package var receipts: [CheckReceipt]
        package var iterations: Int
        package var usage: Usage
        package var rounds: Int

        package init(_ task: TaskRecord, proof: Proof, receipts: [CheckReceipt]) {
            name = task.spec.name
            plan = task.spec.plan
            self.proof = proof
            self.receipts = receipts
            iterations = task.iterations
            usage = task.usage
            rounds = task.forge?.rounds ?? 0
        }
    }

    private static let longestTitle = 200
    private static let mostLines = 20
    private static let longestPlan = 2000

    package static func title(_ facts: Facts) -> String {
        let line = harmless(facts.name.firstLine(upTo: longestTitle))
        return line.isEmpty ? "Work of makima" : line
    }

    package static func body(_ facts: Facts) -> String {
        [
            "What was asked for:", plan(facts.plan), "### Checks", checks(facts), "### Spent", spent(facts),
            "Made by makima, which ran an agent until the work was done.",
        ]
        .joined(separator: "\n\n") + "\n"
    }

    private static func plan(_ plan: String) -> String {
        let lines = plan.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var text = lines.prefix(mostLines).joined(separator: "\n")
        let isCut = lines.count > mostLines || text.count > longestPlan
        text = String(text.prefix(longestPlan)) + (isCut ? "\n…" : "")
        let fence = String(repeating: "`", count: max(3, text.longestRun(of: "`") + 1))
        return "\(fence)text\n\(text)\n\(fence)"
    }

    private static func checks(_ facts: Facts) -> String {
        guard facts.proof == .verified, !facts.receipts.isEmpty else {
            return "None were configured: nothing but the agent's word stands for the work."
        }
        return facts.receipts.map { "- \(code($0.check.name.firstLine(upTo: 80))): \(word($0.verdict))" }
            .joined(separator: "\n")
    }

    private static func word(_ verdict: CheckVerdict) -> String {
        switch verdict {
        case .passed: "passed"
        case .failed(let exitCode): "failed with exit status \(exitCode)"
        case .notEvaluated: "could not be evaluated"
        }
    }

    private static func spent(_ facts: Facts) -> String {
        var parts = [facts.iterations == 1 ? "1 iteration" : "\(facts.iterations) iterations"]
        if facts.rounds > 0 {
            parts.append(facts.rounds == 1 ? "1 round of review" : "\(facts.rounds) rounds of review")
        }
        if let cost = facts.usage.cost {
            parts.append((facts.usage.isCostComplete ? "" : "at least ") + cost.formatted)
        }
        if let tokens = facts.usage.tokens { parts.append("\(tokens) tokens") }
        return parts.joined(separator: ", ") + "."
    }

    /// A code span, also of a text with backticks in it.
    private static func code(_ text: String) -> String {
        let mark = String(repeating: "`", count: text.longestRun(of: "`") + 1)
        let space = text.hasPrefix("`") || text.hasSuffix("`") ? " " : ""
        return mark + space + text + space + mark
    }

    /// A title has no code: a mark of no width keeps its words from being a mention.
    private static func harmless(_ text: String) -> String {
        String(text.flatMap { $0 == "@" ? ["@", "\u{2060}"] : [$0] })
    }
}
