extension IterationEnd {
    /// The rule by which makima goes on after such an end; one sentence.
    package var rule: String {
        switch self {
        case .ok: "The agent came to its own end: its gate is believed, and where that is ready the checks decide."
        case .incomplete: "Without its final record its work counts and its claims do not."
        case .agentError: "The agent's own error counts, and the next iteration begins a new conversation."
        case .usageLimit:
            "A used-up allowance uses up no iteration: the same iteration and conversation go on after the stated time."
        case .rateLimited, .overloaded, .network:
            "A service that does not serve uses up no iteration: the same one is tried again after a growing wait."
        case .authentication: "A refused login is tried once more, then a person is needed."
        case .billing: "Missing credit does not come back by waiting: a person is needed."
        case .contextOverflow, .unusableSession:
            "A conversation that cannot go on uses up no iteration: the same one is tried again in a new conversation."
        case .launchFailure: "A program that cannot be started uses up no iteration; a person is needed."
        case .silentLaunchFailure:
            "A program that ends at once and says nothing that makima knows is tried three times."
        case .permissionDenied:
            "Nobody can allow it, so the agent is told; twice in a row without progress a person is needed."
        case .question:
            "The agent called its tool for questions. Where people answer, the task stops or waits for them; else the agent is "
                + "told that nobody does, and three times in a row without progress a person is needed. A question in its text "
                + "is an ordinary end."
        case .permissionAsked:
            "The agent waited for a permission longer than 'questions.patience', and was ended. The task stops or waits for the answer, "
                + "which holds when it goes on."
        case .timeout: "What was ended for its time counts, with the work it left and without its claims."
        case .stall: "What shows no sign of life is ended and counts, with the work it left and without its claims."
        case .killed:
            "What was killed counts, with the work it left and without its claims. The same signal with the same last words on "
                + "standard error is the same error, whoever sent it."
        }
    }
}
