import ArgumentParser
import Domain

/// What becomes of the agent's questions.
struct QuestionOptions: ParsableArguments {
    @Flag(
        inversion: .prefixedNo,
        help:
            "Let the agent ask people: a question stops the task until 'makima answer' (default: nobody answers, or as configured)"
    )
    var ask: Bool?

    @Option(
        help: ArgumentHelp(
            "How long an answer is waited for, as 30m; then the default holds. Means '--ask' too",
            valueName: "duration"
        ),
        transform: DurationArgument.parse
    )
    var answerWithin: DurationArgument?

    @Option(
        help: ArgumentHelp("What holds where nobody answers in time (default: what the agent names)", valueName: "text")
    )
    var defaultAnswer: String?

    /// Whether anything is said about questions.
    var isGiven: Bool { ask != nil || answerWithin != nil || defaultAnswer != nil }

    /// Returns what holds for a task; `nil` is that nobody answers.
    ///
    /// Where the agent is to ask about everything, somebody answers unless that is ruled out.
    func policy(_ defaults: TaskDefaults, asking: Bool) -> QuestionPolicy? {
        guard ask ?? (asking || answerWithin != nil || defaults.asks) else { return nil }
        var policy = defaults.questions
        if let answerWithin { policy.deadline = answerWithin.duration }
        if let defaultAnswer { policy.fallback = defaultAnswer }
        return policy
    }
}
