import Domain

extension PromptNotes {
    /// What a new conversation has to know of those before it; empty where there were none.
    static func about(handOver facts: PromptFacts) -> String {
        guard facts.previous != nil else { return "" }
        return [renewal(facts.renewal), gate(facts), checks(facts.handOver.receipts)].paragraphs
    }

    /// What an agent has to know that comes back to its conversation.
    static func about(meanwhile iterations: [Int]) -> String {
        guard let first = iterations.first, let last = iterations.last else { return "" }
        let which = first == last ? "iteration \(first)" : "iterations \(first) to \(last)"
        return
            "While you could not work, another agent did \(which). The files are as it left them, and what is said of "
            + "the last iteration is about its work: look before you go on."
    }

    private static func renewal(_ renewal: SessionRenewal?) -> String {
        guard let renewal else { return "" }
        return "This is a new conversation. \(renewal.sentence)"
    }

    /// The last believed gate, unless the note on the last iteration tells it anyway.
    private static func gate(_ facts: PromptFacts) -> String {
        guard let gate = facts.handOver.gate, !isTold(gate, facts.previous) else { return "" }
        return [
            "The gate of iteration \(facts.handOver.gateIteration), the last that was believed, said "
                + (gate.ready ? "ready." : "not ready."),
            gate.reason.map { "Reason: \($0.firstLine(upTo: 300))" } ?? "",
            gate.progress.map { "Progress: \($0.firstLine(upTo: 300))" } ?? "",
            gate.blockers.isEmpty ? "" : "Blockers: \(quoted(gate.blockers))",
        ]
        .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func isTold(_ gate: CompletionGate, _ previous: PromptFacts.PreviousTurn?) -> Bool {
        guard let previous, previous.isBelieved else { return false }
        return previous.gate == .stated(gate) && previous.receipts.allSatisfy(\.verdict.isPassed)
    }

    private static func checks(_ receipts: [CheckReceipt]) -> String {
        guard let iteration = receipts.first?.iteration else { return "" }
        let results = receipts.prefix(mostChecks).map { "'\($0.check.name)' \(result($0.verdict))" }
        let rest = receipts.count - mostChecks
        return "The checks last ran after iteration \(iteration): " + results.joined(separator: ", ")
            + (rest > 0 ? ", and \(rest) more." : ".")
    }

    private static let mostChecks = 20

    private static func result(_ verdict: CheckVerdict) -> String {
        switch verdict {
        case .passed: "passed"
        case .failed(let exitCode): "failed with exit status \(exitCode)"
        case .notEvaluated: "could not be evaluated"
        }
    }
}
