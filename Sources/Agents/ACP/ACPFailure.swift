import Domain

/// What an agent of the Agent Client Protocol answers instead of a result, or why makima does not go on with it.
struct ACPFailure: Hashable, Sendable {
    /// For people: one line.
    let message: String
    let stage: Stage
    private let code: Int?
    /// What it says beside the message, which may be as little as "Internal error".
    private let detail: String?

    /// What was being done.
    enum Stage: Hashable, Sendable {
        case start
        /// An earlier conversation was to be gone on with.
        case load
        case model
        case prompt
    }

    init(_ error: JSONValue, at stage: Stage) {
        let data = error["data"]
        let text = Self.line(error["message"]?.string ?? error.string ?? "")
        let detail = ["details", "message", "error"].lazy.compactMap { data?[$0]?.string }.first ?? data?.string
        code = error["code"]?.int
        self.detail = detail.map { Self.line($0) }
        self.stage = stage
        let said = [text, self.detail ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
        message = said.isEmpty ? "It answered with an error and did not say which." : said
    }

    init(_ message: String, at stage: Stage) {
        self.message = message
        self.stage = stage
        code = nil
        detail = nil
    }

    /// The end of an iteration with it, with the times that are stated.
    func end(_ text: FailureText) -> IterationEnd {
        failureClass.map { text.end(of: $0, line: message) } ?? .agentError(message: message)
    }

    /// The same before the process is gone, without times.
    var sofar: IterationEnd { failureClass?.end(message) ?? .agentError(message: message) }

    /// The login before all else: a conversation cannot be blamed for it.
    private var failureClass: FailureClass? {
        let known = classOfWords ?? code.flatMap { Self.failureClass(ofCode: $0) }
        switch stage {
        case .load: return known == .authentication ? known : .unusableSession
        case .start, .model: return known ?? .launchFailure
        case .prompt: return known
        }
    }

    private var classOfWords: FailureClass? {
        [message, detail].lazy.compactMap(\.self).compactMap { FailureText.failureClass(of: $0, by: .acp) }.first
    }

    /// The protocol's own code, those of Vibe, and an HTTP status where a program hands on that.
    ///
    /// Words say more, where they are known: too many requests and no credit left are one status.
    private static func failureClass(ofCode code: Int) -> FailureClass? {
        switch code {
        case -32000: .authentication
        case -31001: .rateLimited
        case -31002: .launchFailure
        case -31004, -31006: .contextOverflow
        case 400...599: ServiceSignal.failureClass(ofStatus: code)
        default: nil
        }
    }

    /// Words that go over several lines belong together.
    private static func line(_ text: String) -> String {
        text.prefix(2000).split(whereSeparator: \.isNewline).joined(separator: " ").withoutControls
    }
}

extension FailureForms {
    /// What agents of the Agent Client Protocol say in an error.
    static let acp =
        vibe + kimi + codex
        + FailureForms([
            FailureForm(.authentication, "authentication required%"),
            FailureForm(.rateLimited, "rate limits exceeded%"),
            FailureForm(.contextOverflow, "context too long%"),
        ]) + stated
}
