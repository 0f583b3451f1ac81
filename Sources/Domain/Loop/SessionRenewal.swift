/// When an agent's conversation is given up for a new one, before it becomes unusable.
package struct ContextRotation: Hashable, Sendable, Codable {
    /// The share of the model's window in percent from which the next iteration begins a new conversation; 0 is never.
    package var fill: Int
    /// How often one conversation is continued; 0 is not at all.
    package var resumes: Int

    package init(fill: Int = 80, resumes: Int = 20) {
        self.fill = fill
        self.resumes = resumes
    }
}

/// Why an iteration begins a new conversation although there was one before.
package enum SessionRenewal: Hashable, Sendable, Codable {
    /// `context = "fresh"`.
    case everyIteration
    /// It had filled so much of what the model can take.
    case contextFull(percent: Int)
    /// It had been continued so often.
    case resumes(Int)
    /// It no longer fitted the model, or could not be continued.
    case unusable
    /// The agent ended with an error, which the conversation may hold the cause of.
    case agentError
    /// The circuit breaker opened, and another way is tried.
    case standstill
    /// It belongs to another agent.
    case otherAgent
    /// The agent keeps nothing of it any more.
    case lost

    /// For logs and programs.
    package var code: String {
        switch self {
        case .everyIteration: "every_iteration"
        case .contextFull: "context_full"
        case .resumes: "resumes"
        case .unusable: "unusable"
        case .agentError: "agent_error"
        case .standstill: "standstill"
        case .otherAgent: "other_agent"
        case .lost: "lost"
        }
    }

    /// Why the conversation before is not continued.
    package var sentence: String {
        switch self {
        case .everyIteration: "Every iteration has a conversation of its own."
        case .contextFull(let percent): "The conversation before had filled \(percent) % of what the model can take."
        case .resumes(let count): "The conversation before had been continued \(count.times)."
        case .unusable: "The conversation before could not be continued."
        case .agentError: "The conversation before ended with an error of the agent's program."
        case .standstill: "The work had come to a standstill in the conversation before."
        case .otherAgent: "The conversation before was that of another agent."
        case .lost: "The conversation before is not there any more."
        }
    }

    /// Whether it is makima's own choice or finding, which nothing else tells.
    package var isNews: Bool {
        switch self {
        case .contextFull, .resumes, .otherAgent, .lost: true
        case .everyIteration, .unusable, .agentError, .standstill: false
        }
    }
}

extension Int {
    fileprivate var times: String { self == 1 ? "once" : "\(self) times" }
}
