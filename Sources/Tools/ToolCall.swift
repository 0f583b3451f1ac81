package import Domain

/// What an agent told makima by one of its tools.
package enum ToolCall: Hashable, Sendable {
    /// `report_completion_gate`: the gate as it would stand in the final message.
    case gate(GateReading)
    /// `ask_person`: a question that only a person can answer.
    case question(AskedQuestion)
    /// `note_progress`: a line for people and for the agent's own next conversation.
    case note(String)
}

/// The tools that makima gives to agents.
package enum AgentTool: String, Hashable, Sendable, CaseIterable {
    case reportCompletionGate = "report_completion_gate"
    case askPerson = "ask_person"
    case noteProgress = "note_progress"

    /// What the model is told about the tool.
    var description: String {
        switch self {
        case .reportCompletionGate:
            "State at the end of your work whether the whole task is finished. Counts as the completion gate: the last call "
                + "holds. With blockers you are not ready."
        case .askPerson:
            "Ask a person what you cannot decide yourself. The answer comes with your next prompt, so end your turn after "
                + "it."
        case .noteProgress:
            "Note in one line what is finished, for the people who look on and for your own next conversation."
        }
    }

    /// The JSON schema of the tool's arguments.
    var schema: JSONValue {
        switch self {
        case .reportCompletionGate:
            Self.object(
                [
                    ("ready", Self.of("boolean", "true if the whole task is finished")),
                    ("reason", Self.of("string", "why")),
                    ("progress", Self.of("string", "what is finished, of what")),
                    ("blockers", Self.list("what keeps you from going on; empty if nothing does")),
                ],
                required: ["ready"]
            )
        case .askPerson:
            Self.object(
                [
                    ("question", Self.of("string", "the question, with what a person needs to know to answer it")),
                    ("options", Self.list("the answers to choose from, if there are some")),
                    ("default", Self.of("string", "what you would do if nobody answers")),
                ],
                required: ["question"]
            )
        case .noteProgress:
            Self.object([("note", Self.of("string", "one line"))], required: ["note"])
        }
    }

    private static func of(_ type: String, _ description: String) -> JSONValue {
        .object(["type": .string(type), "description": .string(description)])
    }

    private static func list(_ description: String) -> JSONValue {
        .object([
            "type": .string("array"), "items": .object(["type": .string("string")]),
            "description": .string(description),
        ])
    }

    private static func object(_ properties: [(String, JSONValue)], required: [String]) -> JSONValue {
        .object([
            "type": .string("object"),
            "properties": .object(properties.map { JSONMember(key: $0.0, value: $0.1) }),
            "required": .array(required.map(JSONValue.string)), "additionalProperties": .bool(false),
        ])
    }
}
