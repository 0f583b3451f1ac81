import Domain

/// The one table that reads the class of a failure out of words.
///
/// Asked last, after structured fields, and only about the final words of a process that did fail: a success that talks
/// about limits is a success. Each entry must stand at the beginning of a line, so that a quotation is none.
struct FailureText {
    let reset: ResetTime

    /// Returns the end for the first of `lines` that is known; what follows it may say more.
    func classify(_ lines: [String]) -> IterationEnd? {
        for (index, line) in lines.enumerated() {
            let rest = lines[index...].prefix(8).joined(separator: " ")
            if let known = classify(line, saying: rest) { return known }
        }
        return nil
    }

    /// The end for `line`, which is known to be an error.
    func cause(of line: String) -> IterationEnd {
        classify(line) ?? .agentError(message: line)
    }

    func classify(_ line: String) -> IterationEnd? {
        classify(line, saying: line)
    }

    private func classify(_ line: String, saying text: String) -> IterationEnd? {
        Self.failureClass(of: line, saying: text).map { end(of: $0, line: line, saying: text) }
    }

    /// The end for a failure whose class is known, with the times that are stated.
    func end(of failureClass: FailureClass, line: String, saying text: String? = nil) -> IterationEnd {
        failureClass.end(
            line,
            resetsAt: reset.stated(in: line),
            retryAfter: RetryDelay.stated(in: text ?? line)
        )
    }

    /// What `line` is about, as far as the table or a status at its beginning tells; `text` is it and what follows.
    static func failureClass(of line: String, saying text: String? = nil) -> FailureClass? {
        let text = text ?? line
        let found =
            libraryFailure(normalized(text)) ?? table.first { $0.matches(normalized(line)) }?.meaning
            ?? ServiceError.failureClass(of: normalized(line), body: text.lowercased())
        // Some services say of a limit for the minute, too, that it is a question of the plan.
        return found == .billing && RetryDelay.stated(in: text) != nil ? .rateLimited : found
    }

    private static func libraryFailure(_ text: String) -> FailureClass? {
        guard text.hasPrefix(library) else { return nil }
        let error = String(text.dropFirst(library.count))
        return litellm.first { $0.matches(error) }?.meaning
    }

    private struct Entry {
        let meaning: FailureClass
        let prefix: String
        var contained = ""

        init(_ meaning: FailureClass, _ prefix: String, containing contained: String = "") {
            self.meaning = meaning
            self.prefix = prefix
            self.contained = contained
        }

        func matches(_ text: String) -> Bool {
            text.hasPrefix(prefix) && (contained.isEmpty || text.contains(contained))
        }
    }

    private static let library = "litellm."

    /// In lower case.
    ///
    /// The first match counts, so a special case stands before the general one.
    private static let table = [
        Entry(.usageLimit, "you've hit your ", containing: "limit"),
        Entry(.usageLimit, "you've reached your ", containing: "limit"),
        Entry(.usageLimit, "you have exceeded your ", containing: "usage limit"),
        Entry(.usageLimit, "you have reached your specified api usage limits"),
        Entry(.usageLimit, "you're out of extra usage"),
        Entry(.usageLimit, "claude ai usage limit reached"),
        Entry(.usageLimit, "claude usage limit reached"),
        Entry(.usageLimit, "api error: request rejected (429)", containing: "usage limit"),
        Entry(.usageLimit, "api error: rate limit reached"),
        Entry(.billing, "quota exceeded", containing: "billing"),
        Entry(.usageLimit, "quota exceeded"),
        Entry(.billing, "you exceeded your current quota"),
        Entry(.rateLimited, "api error: request rejected (429)"),
        Entry(.rateLimited, "api error: 429"),
        Entry(.rateLimited, "too many requests"),
        Entry(.rateLimited, "rate limit exceeded"),
        Entry(.rateLimited, "rate limit reached for"),
        Entry(.overloaded, "api error: 5"),
        Entry(.overloaded, "api error (5"),
        Entry(.overloaded, "selected model is at capacity"),
        Entry(.overloaded, "we're currently experiencing high demand"),
        Entry(.overloaded, "overloaded"),
        Entry(.network, "api error: connection"),
        Entry(.network, "api error: unable to connect"),
        Entry(.network, "connection error"),
        Entry(.network, "connection failed: error sending request"),
        Entry(.network, "stream disconnected before completion"),
        Entry(.network, "all connection attempts failed"),
        Entry(.network, "peer closed connection without sending complete message body"),
        Entry(.network, "request timed out"),
        Entry(.authentication, "failed to authenticate"),
        Entry(.authentication, "api error: 401"),
        Entry(.authentication, "api error: 403"),
        Entry(.authentication, "invalid api key"),
        Entry(.authentication, "not logged in"),
        Entry(.authentication, "oauth token has expired"),
        Entry(.authentication, "please run /login"),
        Entry(.authentication, "your organization has disabled claude subscription access"),
        Entry(.authentication, "missing environment variable: `"),
        Entry(.authentication, "missing ", containing: "environment variable for"),
        Entry(.authentication, "llm not set"),
        Entry(.billing, "your credit balance is too low"),
        Entry(.billing, "credit balance is too low"),
        Entry(.contextOverflow, "prompt is too long"),
        Entry(.contextOverflow, "codex ran out of room in the model's context window"),
        Entry(.contextOverflow, "compaction summary and required continuation context cannot fit"),
        Entry(.unusableSession, "no conversation found with session id"),
        Entry(.unusableSession, "--resume requires a valid session"),
        Entry(.unusableSession, "thread/resume: ", containing: "no rollout found"),
        Entry(.unusableSession, "session not found: ", containing: "-"),
        Entry(.unusableSession, "session id ", containing: "is already in use"),
        Entry(.unusableSession, "an image in the conversation exceeds"),
        Entry(.unusableSession, "request too large"),
        Entry(.launchFailure, "--dangerously-skip-permissions cannot be used with root"),
        Entry(.launchFailure, "claude code cannot be launched inside another"),
        Entry(.launchFailure, "claude configuration file at ", containing: "is corrupted"),
        Entry(.launchFailure, "there's an issue with the selected model"),
        Entry(.launchFailure, "unknown option"),
        Entry(.launchFailure, "when using --print, --output-format=stream-json requires"),
    ]

    /// The errors of the library with which aider and mini-swe-agent speak to a service.
    private static let litellm = [
        Entry(.billing, "ratelimiterror", containing: "exceeded your current quota"),
        Entry(.rateLimited, "ratelimiterror"),
        Entry(.authentication, "authenticationerror"),
        Entry(.authentication, "permissiondeniederror"),
        Entry(.contextOverflow, "contextwindowexceedederror"),
        Entry(.contextOverflow, "badrequesterror: contextwindowexceedederror"),
        Entry(.network, "internalservererror", containing: "connection"),
        Entry(.network, "apiconnectionerror"),
        Entry(.network, "timeout"),
        Entry(.overloaded, "internalservererror"),
        Entry(.overloaded, "serviceunavailableerror"),
        Entry(.launchFailure, "notfounderror"),
    ]

    /// Lower case, straight apostrophes, without the word `error:` in front.
    private static func normalized(_ line: String) -> String {
        var text = String(line.drop(while: \.isWhitespace).prefix(2000)).lowercased()
        text = String(text.map { $0 == "’" ? "'" : $0 })
        let heading = "error: "
        return text.hasPrefix(heading) ? String(text.dropFirst(heading.count)) : text
    }
}
