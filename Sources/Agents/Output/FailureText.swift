import Domain

/// The one table that reads the class of a failure out of words.
///
/// Asked last, after structured fields, and only about the final words of a process that did fail: a success that talks
/// about limits is a success. Each entry must stand at the beginning of a line, so that a quotation is none.
struct FailureText {
    let reset: ResetTime

    /// Returns the class of the first of `lines` that the table knows.
    func classify(_ lines: [String]) -> IterationEnd? {
        lines.lazy.compactMap { classify($0) }.first
    }

    /// The class of `line`, which is known to be an error.
    func cause(of line: String) -> IterationEnd {
        classify(line) ?? .agentError(message: line)
    }

    func classify(_ line: String) -> IterationEnd? {
        let text = Self.normalized(line)
        guard let entry = Self.table.first(where: { $0.matches(text) }) else { return nil }
        switch entry.meaning {
        case .usageLimit: return .usageLimit(resetsAt: reset.stated(in: line))
        case .rateLimited: return .rateLimited(retryAfter: nil)
        case .overloaded: return .overloaded
        case .network: return .network(message: line)
        case .authentication: return .authentication(message: line)
        case .billing: return .billing(message: line)
        case .contextOverflow: return .contextOverflow
        case .unusableSession: return .unusableSession
        case .launchFailure: return .launchFailure(message: line)
        }
    }

    private enum Meaning {
        case usageLimit
        case rateLimited
        case overloaded
        case network
        case authentication
        case billing
        case contextOverflow
        case unusableSession
        case launchFailure
    }

    private struct Entry {
        let meaning: Meaning
        let prefix: String
        var contained = ""

        init(_ meaning: Meaning, _ prefix: String, containing contained: String = "") {
            self.meaning = meaning
            self.prefix = prefix
            self.contained = contained
        }

        func matches(_ text: String) -> Bool {
            text.hasPrefix(prefix) && (contained.isEmpty || text.contains(contained))
        }
    }

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
        Entry(.usageLimit, "quota exceeded"),
        Entry(.rateLimited, "api error: request rejected (429)"),
        Entry(.rateLimited, "api error: 429"),
        Entry(.rateLimited, "too many requests"),
        Entry(.rateLimited, "rate limit exceeded"),
        Entry(.rateLimited, "exceeded retry limit", containing: "429"),
        Entry(.overloaded, "api error: 5"),
        Entry(.overloaded, "api error (5"),
        Entry(.overloaded, "selected model is at capacity"),
        Entry(.overloaded, "overloaded"),
        Entry(.network, "api error: connection"),
        Entry(.network, "api error: unable to connect"),
        Entry(.network, "connection error"),
        Entry(.network, "request timed out"),
        Entry(.authentication, "failed to authenticate"),
        Entry(.authentication, "api error: 401"),
        Entry(.authentication, "api error: 403"),
        Entry(.authentication, "invalid api key"),
        Entry(.authentication, "not logged in"),
        Entry(.authentication, "oauth token has expired"),
        Entry(.authentication, "please run /login"),
        Entry(.authentication, "your organization has disabled claude subscription access"),
        Entry(.billing, "your credit balance is too low"),
        Entry(.billing, "credit balance is too low"),
        Entry(.contextOverflow, "prompt is too long"),
        Entry(.unusableSession, "no conversation found with session id"),
        Entry(.unusableSession, "--resume requires a valid session"),
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

    /// Lower case, straight apostrophes, without the word `error:` in front.
    private static func normalized(_ line: String) -> String {
        var text = String(line.drop(while: \.isWhitespace).prefix(2000)).lowercased()
        text = String(text.map { $0 == "’" ? "'" : $0 })
        let heading = "error: "
        return text.hasPrefix(heading) ? String(text.dropFirst(heading.count)) : text
    }
}
