import Domain
import Tools

/// What passed between people, makima and the agent beside the prompt in one try.
struct Sayings: Sendable {
    /// The numbers of the messages in the prompt.
    var messages: [Int]
    var tools: ToolReport
}

extension IterationOutcome {
    mutating func note(_ sayings: Sayings) {
        messages = sayings.messages.isEmpty ? nil : sayings.messages
        notes = sayings.tools.notes.isEmpty ? nil : sayings.tools.notes
        question = sayings.tools.questions.last
    }
}

extension AgentOutcome {
    /// An agent that asked by its tool and came to its own end has asked a question, where somebody answers.
    mutating func take(_ questions: [AskedQuestion], asksPeople: Bool) {
        guard asksPeople, end == .ok, let last = questions.last else { return }
        end = .question(text: last.text)
    }
}
