package import Domain

extension AgentTool {
    /// Why a call of a tool is refused: the model reads it.
    package struct Refusal: Error, Hashable, Sendable {
        package var message: String
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

/// Reads arguments as strictly as a model can be expected to keep to.
private struct ArgumentReader {
    /// Of one text; what is longer is cut.
    static let longestText = 16 << 10
    static let mostTexts = 20

    private let arguments: JSONValue?

    init(_ arguments: JSONValue?) {
        self.arguments = arguments
    }

    /// Models write truth values as texts now and then; anything else would be a guess.
    func truth(_ key: String) throws(AgentTool.Refusal) -> Bool {
        switch arguments?[key] {
        case .bool(let value): return value
        case .string("true"): return true
        case .string("false"): return false
        default: throw AgentTool.Refusal(message: "'\(key)' must be true or false.")
        }
    }

    /// `nil` where the text is missing or blank.
    func text(_ key: String) throws(AgentTool.Refusal) -> String? {
        switch arguments?[key] {
        case nil, .null: return nil
        case .string(let text): return Self.cleaned(text)
        default: throw AgentTool.Refusal(message: "'\(key)' must be a text.")
        }
    }

    func texts(_ key: String) throws(AgentTool.Refusal) -> [String] {
        switch arguments?[key] {
        case nil, .null: return []
        case .string(let text): return Self.cleaned(text).map { [$0] } ?? []
        case .array(let elements):
            let texts = elements.compactMap(\.string)
            guard texts.count == elements.count else {
                throw AgentTool.Refusal(message: "'\(key)' must be a list of texts.")
            }
            return texts.prefix(Self.mostTexts).compactMap(Self.cleaned)
        default: throw AgentTool.Refusal(message: "'\(key)' must be a list of texts.")
        }
    }

    private static func cleaned(_ text: String) -> String? {
        let cut = String(decoding: text.utf8.filter { $0 != 0 }.prefix(longestText), as: UTF8.self)
        return cut.allSatisfy(\.isWhitespace) ? nil : cut
    }
}
