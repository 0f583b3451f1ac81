/// What follows when the circuit breaker opens.
///
/// All but `stop` leave it half open, once: one iteration more, in another way, that has to bring progress.
package enum StallStrategy: String, Hashable, Sendable, Codable, CaseIterable {
    /// The task is stalled.
    case stop
    /// The same agent begins a new conversation.
    case freshSession = "fresh_session"
    /// Another agent takes over.
    case otherAgent = "other_agent"
}

/// Another strategy that was tried when the circuit breaker opened.
package struct StrategyChange: Hashable, Sendable, Codable {
    package var strategy: StallStrategy
    /// Why the breaker opened.
    package var cause: StallCause
    /// The iteration it opened after.
    package var iteration: Int
    /// The name of the agent that goes on.
    package var agent: String

    package init(_ strategy: StallStrategy, after iteration: Int, because cause: StallCause, agent: String) {
        self.strategy = strategy
        self.cause = cause
        self.iteration = iteration
        self.agent = agent
    }
}

extension StrategyChange {
    /// For people: what happened, and what is done about it.
    package var sentence: String {
        let next =
            switch strategy {
            case .stop: "The task stops."
            case .freshSession: "One more iteration is tried, in a new conversation."
            case .otherAgent: "One more iteration is tried, with the agent '\(agent)'."
            }
        return "\(cause.sentence) \(next)"
    }
}
