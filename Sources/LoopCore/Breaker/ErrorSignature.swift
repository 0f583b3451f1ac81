import Domain

/// Recognises an error that comes again.
package enum ErrorSignature {
    /// How many bytes at the end of a text are looked at, and how many lines at its end make the signature.
    private static let (longest, lineCount) = (16 << 10, 20)

    /// The signature of the error an iteration ended with; `nil` where it ended without one.
    ///
    /// It is that of all failing checks, else of the agent's own error, else of the first blocker it named. All checks
    /// together, because a check that passes now is progress even if another one fails as before.
    ///
    /// Of an agent that crashed, or was killed by somebody else, it is the signal with what was said last: who kills is not
    /// told, and where the machine does it each time nothing is won by going on. What makima itself ended has none.
    static func of(_ report: IterationReport, checks: ChecksReport? = nil) -> String? {
        if let checks, let signature = of(checks) { return signature }
        switch report.end {
        case .agentError(let message):
            return normalise(message)
        case .ok, .question, .permissionDenied:
            return firstBlocker(in: report.gate).map(normalise)
        case .killed(let signal):
            return crash(by: signal, saying: report.lastErrors ?? "")
        case .permissionAsked, .incomplete, .usageLimit, .rateLimited, .overloaded, .network, .authentication, .billing,
            .contextOverflow, .unusableSession, .launchFailure, .silentLaunchFailure, .timeout, .stall:
            return nil
        }
    }

    private static func crash(by signal: Int32, saying words: String) -> String {
        let last = normalise(words)
        return "ended by signal \(signal)" + (last.isEmpty ? "" : ": \(last)")
    }

    private static func of(_ checks: ChecksReport) -> String? {
        let signatures = checks.receipts.compactMap { receipt -> String? in
            guard case .failed(let code) = receipt.verdict else { return nil }
            let output = normalise(receipt.outputTail)
            return "\(receipt.check.name): " + (output.isEmpty ? "exit status \(code)" : output)
        }
        return signatures.isEmpty ? nil : signatures.joined(separator: "\n")
    }

    private static func firstBlocker(in gate: GateReading) -> String? {
        guard case .stated(let gate) = gate else { return nil }
        return gate.blockers.first
    }

    /// Returns the last lines of `text` that say something, without their volatile parts.
    ///
    /// Taken out are times, dates, durations, addresses, line and column numbers, temporary paths, ids, process ids,
    /// ports and terminal escapes. All other numbers stay: `expected 3, got 4` is another error than
    /// `expected 3, got 5`, and a count of failing tests that goes down is no error that repeats.
    package static func normalise(_ text: String) -> String {
        let lines = text.utf8.suffix(longest).split { $0 == 0x0A || $0 == 0x0D }
        let normalised = lines.map { SignatureLine.normalise(Array($0)) }
        return normalised.filter(saysSomething).suffix(lineCount).joined(separator: "\n")
    }

    /// Rules, arrows and carets say nothing.
    private static func saysSomething(_ line: String) -> Bool {
        line.utf8.contains { $0.isWordCharacter || $0 >= 0x80 }
    }
}
