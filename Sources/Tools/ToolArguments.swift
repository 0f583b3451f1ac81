package import Domain

extension AgentTool {
    /// Why a call of a tool is refused: the model reads it.
    package struct Refusal: Error, Hashable, Sendable {
        package var message: String

        package init(message: String) {
            self.message = message
        }
    }

    /// Understands the arguments of a call.
    package func call(_ arguments: JSONValue?) throws(Refusal) -> ToolCall {
        let reader = ArgumentReader(arguments)
        switch self {
        case .reportCompletionGate:
            let ready = try reader.truth("ready")
            return .gate(
                .stated(
                    CompletionGate(
                        ready: ready,
                        reason: try reader.text("reason"),
                        progress: try reader.text("progress"),
                        blockers: try reader.texts("blockers")
                    )
                )
            )
        case .askPerson:
            guard let text = try reader.text("question") else {
                throw Refusal(message: "'question' must be a text that is not empty.")
            }
            return .question(
                AskedQuestion(text: text, options: try reader.texts("options"), fallback: try reader.text("default"))
            )
        case .noteProgress:
            guard let note = try reader.text("note") else {
                throw Refusal(message: "'note' must be a text that is not empty.")
            }
            return .note(note)
        }
    }
}
