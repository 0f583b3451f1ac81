import Domain
import LoopCore
import Tools

/// What passed between people, makima and the agent beside the prompt in one try.
struct Sayings: Sendable {
    /// The numbers of the messages in the prompt.
    var messages: [Int]
    var tools: ToolReport
    /// What an agent that leads others called for; `nil` for one that does not.
    var calls: LeaderCalls?
    /// What nobody allowed or refused.
    var unanswered: PermissionRequest?
}

extension IterationOutcome {
    mutating func note(_ sayings: Sayings) {
        messages = sayings.messages.isEmpty ? nil : sayings.messages
        notes = sayings.tools.notes.isEmpty ? nil : sayings.tools.notes
        question = sayings.tools.questions.last
        unanswered = sayings.unanswered
    }
}

extension AgentOutcome {
    /// An agent that asked by its tool and came to its own end has asked a question, where somebody answers.
    mutating func take(_ questions: [AskedQuestion], asksPeople: Bool) {
        guard asksPeople, end == .ok, let last = questions.last else { return }
        end = .question(text: last.text)
    }

    /// An agent that was ended because it waited too long for a permission waits for an answer; where that has come while it
    /// ended, it goes on.
    mutating func park(_ wish: PermissionRequest, question: Int, isDecided: Bool) {
        switch end {
        case .ok, .incomplete, .permissionDenied, .question, .permissionAsked, .killed:
            end = isDecided ? .incomplete : .permissionAsked(question: question, what: wish.words)
        case .agentError, .usageLimit, .rateLimited, .overloaded, .network, .authentication, .billing,
            .contextOverflow, .unusableSession, .launchFailure, .silentLaunchFailure, .timeout, .stall:
            break
        }
    }
}
