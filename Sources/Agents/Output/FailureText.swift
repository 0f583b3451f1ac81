import Domain

/// Reads the class of a failure out of words.
///
/// Asked last, after structured fields, and only about the final words of a process that did fail: a success that talks
/// about limits is a success. Who speaks decides which forms are looked for: see ``FailureForms``.
struct FailureText {
    let reset: ResetTime

    /// Returns the end for the first of `lines` that is known; what follows it may say more.
    func classify(_ lines: [String], by forms: FailureForms = .stated) -> IterationEnd? {
        for (index, line) in lines.enumerated() {
            let rest = lines[index...].prefix(8).joined(separator: " ")
            if let known = classify(line, saying: rest, by: forms) { return known }
        }
        return nil
    }

    /// The end for the first of `lines` that is known, which are the last ones of standard output and no records.
    func classify(output lines: [String], knowing own: FailureForms = FailureForms([])) -> IterationEnd? {
        let forms = own + .standardOutput
        return classify(lines, by: lines.count == 1 ? forms + .onlyOutput : forms)
    }

    /// The failure that standard output ends with; where the process has worked, in its last line only: before that the
    /// agent's own words may stand.
    func told(onOutput lines: [String], knowing own: FailureForms, hasWorked: Bool) -> IterationEnd? {
        guard hasWorked, lines.count > 1 else { return classify(output: lines, knowing: own) }
        return classify(lines.suffix(1), by: own + .standardOutput)
    }

    /// The failure that standard error ends with, beside `output`.
    ///
    /// Tools write there, too. So the words that they may use are believed where the process has not worked, or where
    /// they are the last that it said at all; and those that any program uses where they are all that it said and did.
    func told(onErrors lines: [String], beside output: [String], hasWorked: Bool, hasBegun: Bool) -> IterationEnd? {
        guard !hasWorked else {
            let last = FinalWords.expanded(lines.suffix(1))
            return classify(last, by: output.isEmpty ? .standardError : .strictStandardError)
        }
        if let known = classify(FinalWords.expanded(lines), by: .standardError) { return known }
        guard output.isEmpty else { return lines.isEmpty && output.count == 1 ? classify(output, by: .onlyWords) : nil }
        return classify(hasBegun ? lines.suffix(1) : lines, by: .onlyWords)
    }

    func classify(_ line: String, by forms: FailureForms = .stated) -> IterationEnd? {
        classify(line, saying: line, by: forms)
    }

    private func classify(_ line: String, saying text: String, by forms: FailureForms) -> IterationEnd? {
        Self.failureClass(of: line, saying: text, by: forms).map { end(of: $0, line: line, saying: text) }
    }

    /// The end for a failure whose class is known, with the times that are stated.
    func end(of failureClass: FailureClass, line: String, saying text: String? = nil) -> IterationEnd {
        failureClass.end(
            line,
            resetsAt: reset.stated(in: line) ?? text.flatMap { reset.stated(in: $0) },
            retryAfter: RetryDelay.stated(in: text ?? line, at: reset.endedAt)
        )
    }

    /// What `line` is about, as far as `forms` tell; `text` is it and what follows.
    static func failureClass(
        of line: String,
        saying text: String? = nil,
        by forms: FailureForms = .stated
    ) -> FailureClass? {
        let text = text ?? line
        let found = LibraryError.failureClass(of: withoutHeading(normalized(text))) ?? formal(line, body: text, forms)
        // Some services say of a limit for the minute, too, that it is a question of the plan.
        return found == .billing && RetryDelay.isStated(in: text) ? .rateLimited : found
    }

    private static func formal(_ line: String, body: String, _ forms: FailureForms) -> FailureClass? {
        let whole = normalized(line)
        let spellings = [whole, withoutHeading(whole)].map { Array($0.utf8) }
        for form in forms.forms where spellings.contains(where: { form.matches($0) }) {
            switch form.meaning {
            case .of(let failureClass):
                return failureClass
            case .status:
                let known = ServiceSignal.failureClass(ofStatusIn: whole, body: body.lowercased())
                if let known { return known }
            }
        }
        return nil
    }

    /// Lower case, straight apostrophes, without blanks around.
    private static func normalized(_ line: String) -> String {
        let start = line.drop(while: \.isWhitespace).prefix(2000)
        let text = start.reversed().drop(while: \.isWhitespace).reversed()
        return String(text.map { $0 == "’" ? "'" : $0 }).lowercased()
    }

    private static func withoutHeading(_ line: String) -> String {
        let heading = "error: "
        return line.hasPrefix(heading) ? String(line.dropFirst(heading.count)) : line
    }
}

/// The errors of litellm, with which aider and mini-swe-agent speak to a service.
private enum LibraryError {
    /// What `text` is about: the line with the error, and what follows it, in lower case.
    static func failureClass(of text: String) -> FailureClass? {
        let heading = "litellm."
        guard text.hasPrefix(heading) else { return nil }
        // Whose error it is stands in all of them, over the ends of lines too: `OpenAIException - `.
        let compact = text.filter { !$0.isWhitespace }
        guard ["exception-", "timeouterror-", "timedout"].contains(where: { compact.contains($0) }) else { return nil }
        let error = text.dropFirst(heading.count)
        return kinds.first { kind in
            error.hasPrefix(kind.name + ":") && kind.detail.map { error.contains($0) } ?? true
        }?
        .failureClass
    }

    private static let kinds: [(failureClass: FailureClass, name: String, detail: String?)] = [
        (.billing, "ratelimiterror", "exceeded your current quota"),
        (.rateLimited, "ratelimiterror", nil),
        (.authentication, "authenticationerror", nil),
        (.authentication, "permissiondeniederror", nil),
        (.contextOverflow, "contextwindowexceedederror", nil),
        (.contextOverflow, "badrequesterror", "contextwindowexceedederror"),
        (.network, "internalservererror", "connection"),
        (.network, "apiconnectionerror", nil),
        (.network, "timeout", nil),
        (.overloaded, "internalservererror", nil),
        (.overloaded, "serviceunavailableerror", nil),
        (.launchFailure, "notfounderror", nil),
    ]
}
