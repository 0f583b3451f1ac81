/// The agent's own statement at the end of an iteration: a request to be judged, never a verdict.
package struct CompletionGate: Hashable, Sendable, Codable {
    package var ready: Bool
    package var reason: String?
    package var progress: String?
    package var blockers: [String]

    package init(ready: Bool, reason: String? = nil, progress: String? = nil, blockers: [String] = []) {
        self.ready = ready
        self.reason = reason
        self.progress = progress
        self.blockers = blockers
    }
}

/// What was found when the agent's final message was read for a gate.
package enum GateReading: Hashable, Sendable, Codable {
    /// The final message holds no gate.
    case missing
    /// There is a gate, but it cannot be understood; it counts as not ready, and the next prompt says why.
    case malformed(GateProblem)
    /// A gate that can be understood. It may still contradict itself: ``isReady`` decides.
    case stated(CompletionGate)

    /// Whether the checks may be asked.
    ///
    /// A gate that is ready *and* names blockers is a contradiction, hence not ready.
    package var isReady: Bool {
        switch self {
        case .missing, .malformed: false
        case .stated(let gate): gate.ready && gate.blockers.isEmpty
        }
    }
}

/// Why a gate could not be understood.
package enum GateProblem: Hashable, Sendable, Codable {
    /// The opening tag has no closing tag.
    case unterminated
    /// No `ready` key.
    case readyMissing
    /// `ready` is neither true nor false; carries the text found.
    case readyUnclear(String)
    /// `ready` is given more than once with different values.
    case readyContradictory
    /// The body begins like JSON but is not.
    case invalidJSON
}
