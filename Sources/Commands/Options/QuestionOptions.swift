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

    /// Returns what holds for a task; `nil` is that nobody answers.
    func policy(_ configured: QuestionPolicy?) -> QuestionPolicy? {
        guard ask ?? (answerWithin != nil || configured != nil) else { return nil }
        var policy = configured ?? QuestionPolicy()
        if let answerWithin { policy.deadline = answerWithin.duration }
        if let defaultAnswer { policy.fallback = defaultAnswer }
        return policy
    }
}
