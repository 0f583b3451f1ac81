/// Why a configuration cannot be used.
package enum ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Everything that is wrong with it, in the order of the sources; never empty.
    case invalid([ConfigurationProblem])
    /// An agent that is nowhere configured was chosen.
    case unknownAgent(name: String, suggestion: String?, known: [String])
    /// An agent without a program was chosen.
    case programMissing(agent: String)

    package var description: String {
        switch self {
        case .invalid(let problems):
            problems.count == 1
                ? "The configuration has a problem: \(problems[0])"
                : "The configuration has \(problems.count) problems:\n" + Self.lines(of: problems)
        case .unknownAgent(let name, let suggestion, let known):
            "There is no agent \(Shown.text(name))" + (suggestion.map { ", did you mean '\($0)'?" } ?? ".")
                + " Known are \(known.joined(separator: ", "))."
        case .programMissing(let agent):
            "The agent '\(agent)' has no program. \(AgentKeys.programAdvice(agent))"
        }
    }

    /// A file of a hundred thousand mistakes is one mistake to a person.
    static let mostShown = 50

    private static func lines(of problems: [ConfigurationProblem]) -> String {
        let shown = problems.prefix(mostShown).map { "  - \($0)" }
        let hidden = problems.count - shown.count
        return (shown + (hidden > 0 ? ["  - and \(hidden) more"] : [])).joined(separator: "\n")
    }
}

/// One thing that is wrong, with all a person needs to mend it.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// As in a file: `autonomous_loop.hard_limit`; `nil` when the source as a whole is wrong.
    package var key: String?
    /// The offending value as written, cut when long; `nil` when there is none, or when it may be a secret.
    package var value: String?
    package var origin: ConfigurationOrigin
    /// What is wrong and what to do: full sentences.
    package var explanation: String

    package init(key: String?, value: String? = nil, origin: ConfigurationOrigin, explanation: String) {
        self.key = key
        self.value = value
        self.origin = origin
        self.explanation = explanation
    }

    package var description: String {
        let subject = [key.map { "'\($0)'" }, value.map { "is \($0)" }].compactMap { $0 }.joined(separator: " ")
        return subject.isEmpty ? "\(origin): \(explanation)" : "\(origin): \(subject): \(explanation)"
    }
}
