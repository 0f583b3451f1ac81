import Domain
import Processes

/// Judges a transcript whose process is gone.
///
/// Structured fields first, words last; a timer of makima's before words.
struct ClaudeVerdict {
    let transcript: ClaudeTranscript
    /// What the process printed beside its records: the last lines of standard output and of standard error.
    let words: [String]
    let exit: AgentExit
    let zones: TimeZoneDirectory

    var outcome: AgentOutcome {
        let end = end
        return AgentOutcome(
            end: end,
            finalMessage: finalMessage(at: end),
            sessionID: sessionID(after: end),
            usage: transcript.spent.total
        )
    }

    private var end: IterationEnd {
        if case .launchFailed = exit.cause { return exit.cause.endWithoutResult }
        guard let result = transcript.result, !transcript.isTurnOpen else { return endWithoutResult }
        if result.isFailure { return failure(result) }
        // The model wanted to go on: it asked for a tool, and nothing came of it.
        if result.stopReason == "tool_use" && result.text.isEmpty { return .incomplete }
        if let question = result.question ?? transcript.question { return .question(text: question) }
        if let denial = result.denials.last { return .permissionDenied(what: denial) }
        return .ok
    }

    private var endWithoutResult: IterationEnd {
        guard let code = exit.cause.exitCode else { return exit.cause.endWithoutResult }
        guard code != 0 else { return .incomplete }
        if let known = text.classify(FinalWords.expanded(words)) { return known }
        if transcript.rejection != nil { return .usageLimit(resetsAt: resetTime(nil)) }
        let message = words.isEmpty ? "It ended with exit status \(code)." : words.joined(separator: "\n")
        if code == 126 || code == 127 {
            return .launchFailure(message: FinalWords.launchProblem(message, exitCode: code))
        }
        if case .killed(let signal) = exit.cause.endWithoutResult { return .killed(signal: signal) }
        guard transcript.hasRecords else {
            return words.isEmpty ? .silentLaunchFailure(message: message) : .launchFailure(message: message)
        }
        return words.isEmpty ? .incomplete : .agentError(message: message)
    }

    private func failure(_ result: ClaudeResult) -> IterationEnd {
        usageLimit(result) ?? byTerminalReason(result) ?? byRequestError(result) ?? text.classify(result.text)
            ?? text.classify(result.errors) ?? byStatus(result) ?? .agentError(message: result.message)
    }

    private func usageLimit(_ result: ClaudeResult) -> IterationEnd? {
        let isRefused = result.apiErrorStatus == 429 && transcript.rejection != nil
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

    private func byStatus(_ result: ClaudeResult) -> IterationEnd? {
        switch result.apiErrorStatus {
        case .some(401), .some(403): .authentication(message: result.message)
        case .some(402): .billing(message: result.message)
        case .some(404): .launchFailure(message: result.message)
        case .some(408): .network(message: result.message)
        case .some(413): .unusableSession
        case .some(429): .rateLimited(retryAfter: nil)
        case .some(500...599): .overloaded
        case .some, nil: nil
        }
    }

    private func finalMessage(at end: IterationEnd) -> String? {
        switch end {
        case .ok, .question, .permissionDenied: break
        case .incomplete, .agentError, .usageLimit, .rateLimited, .overloaded, .network, .authentication, .billing,
            .contextOverflow, .unusableSession, .launchFailure, .silentLaunchFailure, .timeout, .stall, .killed:
            return nil
        }
        let stated = transcript.result?.text ?? ""
        let message = stated.isEmpty ? transcript.lastText : stated
        return message.isEmpty ? nil : message
    }

    private func sessionID(after end: IterationEnd) -> String? {
        switch end {
        case .contextOverflow, .unusableSession, .launchFailure, .silentLaunchFailure: nil
        // A request that the service calls malformed is part of the conversation from now on.
        case .agentError where isMalformed: nil
        case .ok, .incomplete, .agentError, .usageLimit, .rateLimited, .overloaded, .network, .authentication,
            .billing, .permissionDenied, .question, .timeout, .stall, .killed:
            transcript.sessionID
        }
    }

    private var isMalformed: Bool {
        guard let result = transcript.result else { return false }
        return result.apiErrorStatus == 400 || result.text.hasPrefix("API Error: 400")
    }

    private var reset: ResetTime { ResetTime(endedAt: exit.endedAt, zones: zones) }
    private var text: FailureText { FailureText(reset: reset) }
}
