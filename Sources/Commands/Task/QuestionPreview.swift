import Domain

/// Looks, before anything is started, whether the agents of a task can ask the people who are to answer.
struct QuestionPreview {
    let agents: [AgentConfiguration]
    /// Whether people answer.
    let asks: Bool

    /// Returns what a person should know.
    func warnings(on machine: any Machine) async -> [String] {
        guard asks else { return [] }
        var warnings: [String] = []
        for agent in agents where await !machine.report(on: agent).takesTools {
            warnings.append(
                "The agent '\(agent.name)' has no tool to ask with, so '--ask' changes nothing for it: a question in its text "
                    + "is an ordinary end, and the loop goes on. 'makima steer' tells it something."
            )
        }
        return warnings
    }
}
