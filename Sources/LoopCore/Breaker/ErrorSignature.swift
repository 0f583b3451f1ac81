import Domain

/// Recognises an error that comes again.
package enum ErrorSignature {
    /// The signature of the error an iteration ended with: of the failing checks, else of the agent's own error, else
    /// of the first blocker it named.
    ///
    /// `nil` where it ended without one.
    package static func of(_ report: IterationReport, checks: ChecksReport? = nil) -> String? {
        if let checks, let signature = of(checks) { return signature }
        switch report.end {
        case .agentError(let message):
            return normalise(message)
        case .ok, .question, .permissionDenied:
            return firstBlocker(in: report.gate).map(normalise)
        case .incomplete, .usageLimit, .rateLimited, .overloaded, .network, .authentication, .billing,
            .contextOverflow, .unusableSession, .launchFailure, .timeout, .stall, .killed:
            return nil
        }
    }

    private static func of(_ checks: ChecksReport) -> String? {
        let failed = checks.receipts.filter { receipt in
            guard case .failed = receipt.verdict else { return false }
            return true
        }
        guard !failed.isEmpty else { return nil }
        return failed.map { "\($0.check.name): \(normalise($0.outputTail))" }.joined(separator: "\n")
    }

    private static func firstBlocker(in gate: GateReading) -> String? {
        guard case .stated(let gate) = gate else { return nil }
        return gate.blockers.first
    }

    /// Returns the text without its volatile parts.
    package static func normalise(_ text: String) -> String {
        text
    }
}
