import Domain

/// Looks, before anything is started, whether the agents of a task can ask the people who are to answer.
struct QuestionPreview {
    let agents: [AgentConfiguration]
    /// Whether people answer.
    let asks: Bool
    /// Who said so.
    let source: Source

    enum Source {
        case option
        case permissions
        case configuration

        init(_ options: QuestionOptions, _ spec: TaskSpec) {
            self = options.isGiven ? .option : spec.permissions == .ask ? .permissions : .configuration
        }

        var words: String {
            switch self {
            case .option: "'--ask'"
            case .permissions: "the permission mode 'ask'"
            case .configuration: "'questions.ask' of the configuration"
            }
        }
    }

    /// Returns what a person should know.
    func warnings(on machine: any Machine) async -> [String] {
        guard asks else { return [] }
        var warnings: [String] = []
        for agent in agents where await !machine.report(on: agent).takesTools {
            warnings.append(
                "The agent '\(agent.name)' has no tool to ask with, so \(source.words) changes nothing for it: a question in its text "
                    + "is an ordinary end, and the loop goes on. 'makima steer' tells it something."
            )
        }
        return warnings
    }
}
