import Domain

/// What a process printed beside its records, and how it ended: what there is to judge it by where no record does.
struct LastWords {
    /// The last lines of standard output that are no records.
    var output: [String]
    /// Those of them that came after the last record.
    var outputAfterRecords: [String] = []
    /// The last lines of standard error.
    var errors: [String]
    /// Whether the last line of standard output begins like a record and is none: the output was cut off.
    var endsInBrokenRecord = false
    /// The failures that the agent itself tells of on standard output.
    var ownForms = FailureForms([])
    /// Whether the process took its time or changed files: then less of what it said is believed.
    var hasWorked = false
    let exit: AgentExit
    let zones: TimeZoneDirectory

    var text: FailureText { FailureText(reset: ResetTime(endedAt: exit.endedAt, zones: zones)) }

    /// How an iteration ended of which no final record tells.
    ///
    /// `hasBegun` says whether the program has printed any record, `known` what records say of a failure: it counts if
    /// the words say nothing.
    func end(hasBegun: Bool, known: IterationEnd? = nil) -> IterationEnd {
        guard let code = exit.cause.exitCode else { return exit.cause.endWithoutResult }
        guard code != 0 else { return .incomplete }
        if let told = toldFailure(hasBegun: hasBegun) ?? known { return told }
        let words = output + errors
        let message = words.isEmpty ? "It ended with exit status \(code)." : words.joined(separator: "\n")
        if code == 126 || code == 127 {
            let problem = FinalWords.launchProblem(message, exitCode: code)
            return hasWorked ? .agentError(message: problem) : .launchFailure(message: problem)
        }
        if case .killed(let signal) = exit.cause.endWithoutResult { return .killed(signal: signal) }
        guard hasBegun || hasWorked else { return .silentLaunchFailure(message: message) }
        return words.isEmpty ? .incomplete : .agentError(message: message)
    }

    private func toldFailure(hasBegun: Bool) -> IterationEnd? {
        text.told(onOutput: output, knowing: ownForms, hasWorked: hasWorked)
            ?? text.told(onErrors: errors, beside: output, hasWorked: hasWorked, hasBegun: hasBegun)
    }
}

extension AgentOutcome {
    /// Judges a process for both cases, that it has worked and that it has not: the reader cannot know.
    static func judged(_ judge: (_ hasWorked: Bool) -> AgentOutcome) -> AgentOutcome {
        var outcome = judge(false)
        let end = judge(true).end
        if end != outcome.end { outcome.endAfterWork = end }
        return outcome
    }
}

extension IterationEnd {
    /// Whether what the agent said last can be believed to be its final message.
    var leavesMessage: Bool {
        switch self {
        case .ok, .question, .permissionAsked, .permissionDenied: true
        case .incomplete, .agentError, .usageLimit, .rateLimited, .overloaded, .network, .authentication, .billing,
            .contextOverflow, .unusableSession, .launchFailure, .silentLaunchFailure, .timeout, .stall, .killed:
            false
        }
    }

    /// Whether a later process can go on with the conversation.
    var leavesSession: Bool {
        switch self {
        case .contextOverflow, .unusableSession, .launchFailure, .silentLaunchFailure: false
        case .ok, .incomplete, .agentError, .usageLimit, .rateLimited, .overloaded, .network, .authentication,
            .billing, .permissionDenied, .question, .permissionAsked, .timeout, .stall, .killed:
            true
        }
    }
}
