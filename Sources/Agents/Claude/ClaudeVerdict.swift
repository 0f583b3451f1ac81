import Domain
import Processes

/// Judges a transcript whose process is gone.
///
/// Structured fields first, words last; a timer of makima's before words.
struct ClaudeVerdict {
    let transcript: ClaudeTranscript
    let lastWords: LastWords

    var outcome: AgentOutcome {
        let end = end
        var outcome = AgentOutcome(
            end: end,
            finalMessage: finalMessage(at: end),
            sessionID: sessionID(after: end),
            usage: transcript.spent.total
        )
        outcome.tokens = transcript.spent.tokens
        outcome.context = transcript.context.fill
        return outcome
    }

    private var end: IterationEnd {
        if case .launchFailed = lastWords.exit.cause { return lastWords.exit.cause.endWithoutResult }
        guard let result = transcript.result, !transcript.isTurnOpen else { return endWithoutResult }
        if result.isFailure || isRefused(result) { return failure(result) }
        // The model wanted to go on: it asked for a tool, and nothing came of it.
        if result.stopReason == "tool_use" && result.text.isEmpty { return .incomplete }
        if let question = result.question ?? transcript.question { return .question(text: question) }
        if let denial = result.denials.last { return .permissionDenied(what: denial) }
        return .ok
    }

    private var endWithoutResult: IterationEnd {
        let known = transcript.rejection.map { _ in IterationEnd.usageLimit(resetsAt: resetTime(nil)) }
        // An exit status of 0 proves nothing: what was refused last is refused still.
        if let known, lastWords.exit.cause.exitCode == 0 { return known }
        return lastWords.end(hasBegun: transcript.hasRecords, known: known)
    }

    /// Whether the request for the last message failed, or was refused in known words, though the result calls it none.
    private func isRefused(_ result: ClaudeResult) -> Bool {
        if transcript.failedWords != nil { return true }
        return transcript.rejection != nil && FailureText.failureClass(of: result.text) == .usageLimit
    }

    private func failure(_ result: ClaudeResult) -> IterationEnd {
        usageLimit(result) ?? byTerminalReason(result) ?? byRequestError(result) ?? text.classify(result.text)
            ?? text.classify(result.errors) ?? failedRequest ?? byStatus(result) ?? byVagueRequestError(result)
            ?? .agentError(message: result.hasWords ? result.message : transcript.failedWords ?? result.message)
    }

    /// What the program says of a request that failed last, where the result has no words.
    private var failedRequest: IterationEnd? { transcript.failedWords.flatMap { text.classify($0) } }

    private func usageLimit(_ result: ClaudeResult) -> IterationEnd? {
        let isLimited = result.apiErrorStatus == 429 || transcript.requestError == "rate_limit"
        let isRefused = isLimited && transcript.rejection != nil
        guard result.apiError == "usage_limit_reached" || result.subtype == ClaudeResult.refusal || isRefused else {
            return nil
        }
        return .usageLimit(resetsAt: resetTime(result))
    }

    /// The time of the event; else the time in the message.
    private func resetTime(_ result: ClaudeResult?) -> Timestamp? {
        let event = (transcript.rejection?.resetsAt ?? result?.rejectionResetsAt).flatMap { reset.future($0) }
        return event ?? result.flatMap { reset.stated(in: $0.text) }
    }

    private func byTerminalReason(_ result: ClaudeResult) -> IterationEnd? {
        switch result.terminalReason ?? result.subtype {
        case "prompt_too_long": .contextOverflow
        case "image_error": .unusableSession
        // Limits of its own that were asked for, and interruptions: the work is not finished, and nothing is wrong.
        case "max_turns", "error_max_turns", "budget_exhausted", "error_max_budget_usd", "aborted_tools",
            "aborted_streaming":
            .incomplete
        default: nil
        }
    }

    private func byRequestError(_ result: ClaudeResult) -> IterationEnd? {
        if result.apiError == "connection_failed" { return .network(message: result.message) }
        switch transcript.requestError {
        case "authentication_failed": return .authentication(message: result.message)
        case "billing_error": return .billing(message: result.message)
        case "model_not_found": return .launchFailure(message: result.message)
        case "overloaded": return .overloaded
        // Says too little: a limit of the account and too many requests are one word here.
        default: return nil
        }
    }

    /// What is known of a failed request where nothing else says more.
    private func byVagueRequestError(_ result: ClaudeResult) -> IterationEnd? {
        switch transcript.requestError {
        case "rate_limit": .rateLimited(retryAfter: RetryDelay.stated(in: result.text, at: reset.endedAt))
        case "server_error": .overloaded
        default: nil
        }
    }

    private func byStatus(_ result: ClaudeResult) -> IterationEnd? {
        result.apiErrorStatus.flatMap { ServiceSignal.failureClass(ofStatus: $0) }?
            .end(result.message, retryAfter: RetryDelay.stated(in: result.text, at: reset.endedAt))
    }

    private func finalMessage(at end: IterationEnd) -> String? {
        guard end.leavesMessage else { return nil }
        let stated = transcript.result?.text ?? ""
        let message = stated.isEmpty ? transcript.lastText : stated
        return message.isEmpty ? nil : message
    }

    private func sessionID(after end: IterationEnd) -> String? {
        // A request that the service calls malformed is part of the conversation from now on.
        if case .agentError = end, isMalformed { return nil }
        return end.leavesSession ? transcript.sessionID : nil
    }

    private var isMalformed: Bool {
        guard let result = transcript.result else { return false }
        return result.apiErrorStatus == 400 || result.text.hasPrefix("API Error: 400")
    }

    private var text: FailureText { lastWords.text }
    private var reset: ResetTime { text.reset }
}
