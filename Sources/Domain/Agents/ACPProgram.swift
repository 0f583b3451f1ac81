/// A program that speaks the Agent Client Protocol and that makima knows: an agent of its name exists without any
/// configuration.
package enum ACPProgram: String, Hashable, Sendable, CaseIterable {
    case gemini
    case goose
    case kimi
    case vibe

    /// The program called `path`, whatever directory it is in; `nil` for any other.
    package init?(called path: String) {
        let name = path.split(separator: "/").last.map(String.init)
        guard let known = Self.allCases.first(where: { $0.command.first == name }) else { return nil }
        self = known
    }

    /// The name of the built-in agent.
    package var agentName: String { rawValue }

    /// The program, and what makes it speak the protocol.
    package var command: [String] {
        switch self {
        case .gemini: ["gemini", "--experimental-acp"]
        case .goose: ["goose", "acp"]
        case .kimi: ["kimi", "acp"]
        case .vibe: ["vibe-acp"]
        }
    }

    /// As people call it.
    package var productName: String {
        switch self {
        case .gemini: "Gemini CLI"
        case .goose: "goose"
        case .kimi: "Kimi CLI"
        case .vibe: "Mistral Vibe"
        }
    }
}
