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
        if let told = toldFailure ?? known { return told }
        let words = output + errors
        let message = words.isEmpty ? "It ended with exit status \(code)." : words.joined(separator: "\n")
        if code == 126 || code == 127 {
            return .launchFailure(message: FinalWords.launchProblem(message, exitCode: code))
        }
        if case .killed(let signal) = exit.cause.endWithoutResult { return .killed(signal: signal) }
        guard hasBegun else {
            return words.isEmpty ? .silentLaunchFailure(message: message) : .launchFailure(message: message)
        }
        return words.isEmpty ? .incomplete : .agentError(message: message)
    }

    private var toldFailure: IterationEnd? {
        text.classify(output: output, knowing: ownForms)
            ?? text.classify(FinalWords.expanded(errors), by: .standardError)
    }
}

extension IterationEnd {
    /// Whether what the agent said last can be believed to be its final message.
    var leavesMessage: Bool {
        switch self {
        case .ok, .question, .permissionDenied: true
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
            .billing, .permissionDenied, .question, .timeout, .stall, .killed:
            true
        }
    }
}
