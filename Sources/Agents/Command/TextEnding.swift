import Domain

/// The end of a run that its program does not tell by its exit status, but at the end of its output, in a form of its
/// own: some programs leave with 0 whatever happens.
///
/// What a model said stands before these forms and is followed by others, so that talk about failures is none.
struct TextEnding {
    private let lines: [String]
    private let isAider: Bool
    private let text: String

    init(_ text: String) {
        self.text = text
        lines = FinalWords.lines(of: text, count: 24)
        isAider = text.split(maxSplits: 24, whereSeparator: \.isNewline).prefix(24).contains { Self.isBanner($0) }
    }

    /// `nil` where nothing of the kind is told.
    func failure(_ table: FailureText) -> IterationEnd? {
        lonelyError.map { table.classify($0, by: .apiErrors) ?? .agentError(message: $0) } ?? miniLimit
            ?? (isAider ? aiderFailure(table) : nil)
    }

    /// The error of the model's service that is all a program printed.
    ///
    /// Claude Code prints it in place of an answer, and whoever wraps it in a script may lose its exit status. An answer
    /// that tells of such an error says more than that one line.
    private var lonelyError: String? {
        guard lines.count == 1, lines[0].hasPrefix("API Error: ") else { return nil }
        return lines[0]
    }

    /// mini-swe-agent's limit on steps or cost, which was asked for.
    private var miniLimit: IterationEnd? {
        guard lines.last?.hasPrefix("Saved trajectory to '") == true else { return nil }
        return lines.suffix(3).starts(with: ["Exit:", "LimitsExceeded"]) ? .incomplete : nil
    }

    // MARK: - aider

    /// Whether `line` is `Aider v0.86.2`, which comes after a few warnings at most.
    private static func isBanner(_ line: Substring) -> Bool {
        let version = line.dropFirst("Aider v".count)
        return line.hasPrefix("Aider v") && version.first?.isNumber == true && !version.contains(" ")
    }

    /// The model's edits did not fit the files.
    private static let givenUp = "Only 3 reflections allowed, stopping."

    private func aiderFailure(_ table: FailureText) -> IterationEnd? {
        if lines.last == "^C again to exit" { return .incomplete }
        if let last = lines.last, last == Self.givenUp { return .agentError(message: last) }
        guard let (line, known) = aiderServiceError(table) ?? aiderTokenLimit else { return nil }
        // The model has answered: something was done, and it counts.
        return hasAnswer ? .agentError(message: line) : known
    }

    /// The last error of the service, if nothing came after it but what is said about it.
    private func aiderServiceError(_ table: FailureText) -> (line: String, IterationEnd)? {
        guard let start = lines.lastIndex(where: { $0.hasPrefix("litellm.") }) else { return nil }
        let rest = Array(lines[start...])
        guard rest.count <= 8, !rest.contains(where: { Self.tokens($0) != nil }) else { return nil }
        return table.classify(rest).map { (lines[start], $0) }
    }

    private var aiderTokenLimit: (line: String, IterationEnd)? {
        guard lines.last == "https://aider.chat/docs/troubleshooting/token-limits.html" else { return nil }
        let start = lines.lastIndex { $0.hasPrefix("Model ") && $0.hasSuffix(" has hit a token limit!") }
        return start.map { (lines[$0], .contextOverflow) }
    }

    private var hasAnswer: Bool {
        text.split(whereSeparator: \.isNewline)
            .contains { line in
                Self.tokens(line).map { $0 != "0" } ?? false
            }
    }

    /// What was received, of a line `Tokens: 2.7k sent, 22 received.`, which follows each answer.
    private static func tokens(_ line: some StringProtocol) -> String? {
        guard line.hasPrefix("Tokens: "), let comma = line.firstRange(of: " sent, ") else { return nil }
        return String(line[comma.upperBound...].prefix { $0 != " " })
    }
}
