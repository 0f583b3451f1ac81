import Domain

/// What Codex says of a failure, in a record: words, or the body of the service's answer as it is.
struct CodexFailure {
    /// For people.
    let message: String
    private let code: String?

    init(_ text: String) {
        // Words that are no JSON are taken as they are.
        let error = text.hasPrefix("{") ? (try? JSONParser.parse(Array(text.utf8)))?["error"] : nil
        code = error?["code"]?.string ?? error?["type"]?.string
        message = String((error?["message"]?.string ?? text).withoutNUL.prefix(2000))
    }

    /// What the last record of a turn that failed says, where `lines` of text hold one.
    init?(endOf lines: [String]) {
        // What is no JSON is no record.
        let records = lines.filter { $0.hasPrefix("{") }.compactMap { try? JSONParser.parse(Array($0.utf8)) }
        let last = records.last { $0["type"]?.string == "turn.failed" }
        guard let text = last?["error"]?["message"]?.string else { return nil }
        self.init(text)
    }

    var failureClass: FailureClass? {
        code.flatMap { ServiceSignal.failureClass(ofCode: $0) }
            ?? FailureText.failureClass(of: message, by: .codex + .stated)
    }

    /// The end of an iteration with it, with the times that are stated.
    func end(_ text: FailureText) -> IterationEnd {
        failureClass.map { text.end(of: $0, line: message) } ?? .agentError(message: message)
    }
}

extension CodexTranscript {
    func outcome(_ rest: LastWords) -> AgentOutcome {
        let end = end(rest)
        var final: String?
        if case .completed(let message) = turn, end.leavesMessage { final = message?.isEmpty == true ? nil : message }
        var outcome = AgentOutcome(
            end: end,
            finalMessage: final,
            sessionID: end.leavesSession ? threadID : nil,
            usage: spent.usage
        )
        outcome.tokens = spent.tokens
        if spent.tokens != nil { outcome.tellsWholeConversation = true }
        return outcome
    }

    private func end(_ rest: LastWords) -> IterationEnd {
        if case .launchFailed = rest.exit.cause { return rest.exit.cause.endWithoutResult }
        switch turn {
        case .failed(let message):
            return CodexFailure(message).end(rest.text)
        case .completed where !rest.exit.cause.isOwnFailure && !rest.endsInBrokenRecord:
            return (refusal ?? Self.refusedPatch(in: rest.errors)).map { .permissionDenied(what: $0) } ?? .ok
        case .completed, .open, .none:
            var words = rest
            words.errors.removeAll { Self.isLog($0) }
            return words.end(hasBegun: hasBegun, known: lastError.map { CodexFailure($0).end(rest.text) })
        }
    }

    /// A patch that the sandbox refused leaves no record, only a line in the log.
    private static func refusedPatch(in log: [String]) -> String? {
        let sign = " ERROR codex_core::tools::router: error=patch rejected: "
        return log.lazy.filter { isLog($0) }
            .compactMap { line in
                line.firstRange(of: sign).map { "apply_patch: " + line[$0.upperBound...] }
            }
            .first
    }

    /// Whether the program prints `line` on standard error also when all is well.
    private static func isLog(_ line: String) -> Bool {
        if line.hasPrefix("Reading additional input from stdin") { return true }
        let stamp = line.prefix { $0 != " " }
        return stamp.hasSuffix("Z") && stamp.contains("T") && stamp.first?.isNumber == true
    }
}
