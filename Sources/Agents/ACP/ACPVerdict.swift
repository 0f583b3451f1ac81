import Domain

extension ACPTranscript {
    func outcome(_ rest: LastWords) -> AgentOutcome {
        let end = end(rest)
        // Whoever cannot load a conversation cannot go on with it either.
        let isKept = end.leavesSession && dialogue.canLoad
        var outcome = AgentOutcome(
            end: end,
            finalMessage: end.leavesMessage ? message.final : nil,
            sessionID: isKept ? dialogue.sessionID?.asSessionID : nil,
            usage: spent.usage
        )
        outcome.tokens = spent.tokens
        outcome.context = spent.context
        return outcome
    }

    /// The answer to the prompt decides, whatever became of the process after it.
    private func end(_ rest: LastWords) -> IterationEnd {
        if case .launchFailed = rest.exit.cause { return rest.exit.cause.endWithoutResult }
        if case .unanswered(let limit) = rest.exit.cause { return .silentLaunchFailure(message: unanswered(limit)) }
        if let end = endOfTurn({ $0.end(rest.text) }) {
            guard end == .agentError(message: Self.silence) else { return end }
            return rest.text.classify(FinalWords.expanded(rest.errors), by: .standardError) ?? end
        }
        if !hasBegun, rest.exit.cause.exitCode == 0 {
            let words = (rest.output + rest.errors).joined(separator: "\n")
            return words.isEmpty
                ? .silentLaunchFailure(message: "It ended at once and did not speak the Agent Client Protocol.")
                : .launchFailure(message: words)
        }
        return rest.end(hasBegun: dialogue.hasPrompted)
    }

    private func unanswered(_ limit: Duration) -> String {
        let words = better?.command.joined(separator: " ") ?? ""
        let hint = better.map { ": \($0.productName) speaks it as '\(words)'" } ?? ""
        let time = EnvironmentProblem.withinHandshake(limit)
        return "It did not answer 'initialize' of the Agent Client Protocol \(time); name the program "
            + "that speaks it as 'command'\(hint)."
    }
}
