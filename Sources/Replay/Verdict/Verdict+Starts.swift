import Domain
import Runner

/// What the agent was given at its starts, and what the journal says about each of them.
extension Verdict {
    mutating func compareStarts(_ played: Played, _ expectation: Expectation) {
        for (index, start) in played.starts.enumerated() {
            for problem in start.problems { note("start \(index + 1)", "nothing wrong", "'\(problem)'") }
        }
        let second = played.starts.dropFirst().first?.session
        compareSession("session of the second start", expectation.secondResume, second)
        compareSession("session of the task", expectation.session, played.task?.sessionID)
        compareGiven(played, expectation)
        if let words = expectation.nextPromptMentions {
            let isMentioned = played.starts.dropFirst().first?.prompt.contains(words) ?? false
            if !isMentioned { note("second prompt", "'\(words)' in it", "none") }
        }
        if let name = expectation.firstStartEnded {
            let end = played.outcomes.first?.agent.end
            if end.flatMap(Self.name) != name { note("end of the first start", name, end.map { "\($0)" } ?? "none") }
        }
        for flag in expectation.flags where !Self.isRaised(flag, played) {
            note("flag", flag, "ends \(played.outcomes.map { "\($0.agent.end)" }.joined(separator: "; "))")
        }
    }

    private mutating func compareSession(_ subject: String, _ expected: Expectation.Session, _ session: String?) {
        switch expected {
        case .any: return
        case .none: if let session { note(subject, "a new one", session) }
        case .named(let id): compare(subject, id, session)
        }
    }

    private mutating func compareGiven(_ played: Played, _ expectation: Expectation) {
        for (index, start) in played.starts.enumerated() {
            for name in expectation.absentVariables where start.environment.contains(name) {
                note("environment of start \(index + 1)", "no \(name)", "it")
            }
            for argument in expectation.absentArguments where start.arguments.contains(argument) {
                note("arguments of start \(index + 1)", "no \(argument)", "it")
            }
            guard let sources = expectation.settingSources else { continue }
            // "user only" names the one source there may be.
            let wanted = sources.split(separator: " ").first.map(String.init)
            let flag = start.arguments.firstIndex(of: "--setting-sources")
            let given = flag.flatMap { start.arguments.indices.contains($0 + 1) ? start.arguments[$0 + 1] : nil }
            compare("setting sources of start \(index + 1)", wanted, given)
        }
    }

    /// The corpus's name for an end that makima brought about.
    private static func name(of end: IterationEnd) -> String? {
        switch end {
        case .timeout(.iteration): "harness_timeout"
        case .stall: "idle"
        default: nil
        }
    }

    /// Whether makima knows what the corpus calls `flag`: by the recorded end, or by what it tells the agent next.
    private static func isRaised(_ flag: String, _ played: Played) -> Bool {
        switch flag {
        case "missing_result_event":
            played.outcomes.contains { $0.agent.end == .incomplete }
        case "timed_out_productive":
            played.outcomes.contains { $0.agent.end == .timeout(.iteration) && ($0.checkpoint?.change.files ?? 0) > 0 }
        case "background_work_lost":
            played.starts.dropFirst().contains { $0.prompt.contains("in the background") }
        case "unanswered_question":
            played.starts.dropFirst().contains { $0.prompt.contains("Nobody answered") }
        default:
            false
        }
    }
}

extension Played {
    var outcomes: [IterationOutcome] { dossier?.iterations.compactMap(\.outcome) ?? [] }
}
