import Domain

/// Output that is plain text: all of it is the agent's final message.
struct TextOutput: Sendable {
    /// The end is kept, where the gate is.
    private static let limit = 1 << 20
    /// The longest piece shown at once while the agent runs.
    private static let shownLimit = 4 << 10

    private var kept: [UInt8] = []
    private let echoes: [String]

    /// - Parameter echoes: what the agent was told. Programs repeat it, and none of it is their own statement.
    init(echoes: [String]) {
        // Short ones are as likely the agent's own words; a gate is never that short.
        self.echoes = echoes.filter { $0.utf8.count >= 32 }
    }

    mutating func append(_ bytes: some Collection<UInt8>) -> [AgentEvent] {
        kept.append(contentsOf: bytes.suffix(Self.limit))
        if kept.count > 2 * Self.limit { kept.removeFirst(kept.count - Self.limit) }
        let shown = String(lossy: bytes.suffix(Self.shownLimit))
        // Also a piece of nothing but blanks: where a program's output is cut is chance, and a line end alone ends a line.
        return shown.isEmpty ? [] : [.text(shown)]
    }

    func outcome(of exit: AgentExit, zones: TimeZoneDirectory) -> AgentOutcome {
        let text = String(lossy: kept.suffix(Self.limit))
        let table = FailureText(reset: ResetTime(endedAt: exit.endedAt, zones: zones))
        let outcome = AgentOutcome.judged { AgentOutcome(end: end(of: exit, text: text, table, hasWorked: $0)) }
        guard outcome.end == .ok else { return outcome }
        return AgentOutcome(end: .ok, finalMessage: withoutEchoes(text))
    }

    private func end(of exit: AgentExit, text: String, _ table: FailureText, hasWorked: Bool) -> IterationEnd {
        guard let code = exit.cause.exitCode else { return exit.cause.endWithoutResult }
        guard code != 0 else { return TextEnding(text).failure(table) ?? .ok }
        let errors = FinalWords.lines(of: String(lossy: exit.errorTail))
        let output = FinalWords.lines(of: text)
        let isKimi = KimiNotes.session(in: output + errors) != nil
        let own = isKimi ? FailureForms.kimi : FailureForms([])
        if let known = table.told(onOutput: output, knowing: own, hasWorked: hasWorked) { return known }
        let records = hasWorked ? output.suffix(1) : output
        if let told = CodexFailure(endOf: records), told.failureClass != nil { return told.end(table) }
        let known = table.told(onErrors: errors, beside: output, hasWorked: hasWorked, hasBegun: true)
        if let known { return known }
        // How Python programs end on SIGINT.
        if errors.last == "Aborted." { return .incomplete }
        if isKimi, let known = KimiNotes.end(ofExit: exit.cause) { return known }
        if case .killed(let signal) = exit.cause.endWithoutResult { return .killed(signal: signal) }
        let words = output + errors
        if words.isEmpty {
            let message = "It ended with exit status \(code) and printed nothing."
            return hasWorked ? .agentError(message: message) : .silentLaunchFailure(message: message)
        }
        let message = words.joined(separator: "\n")
        return (code == 126 || code == 127) && !hasWorked
            ? .launchFailure(message: FinalWords.launchProblem(message, exitCode: code)) : .agentError(message: message)
    }

    private func withoutEchoes(_ text: String) -> String {
        echoes.reduce(text) { $0.removing($1) }
    }
}

extension String {
    /// Without any occurrence of `part`, compared byte by byte, and with carriage returns passed over.
    fileprivate func removing(_ part: String) -> String {
        let needle = part.utf8.filter { $0 != 0x0D }
        guard utf8.count >= needle.count, let first = needle.first else { return self }
        let bytes = utf8.filter { $0 != 0x0D }
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == first, bytes[position...].starts(with: needle) {
                position += needle.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return result.count == bytes.count ? self : String(decoding: result, as: UTF8.self)
    }
}
