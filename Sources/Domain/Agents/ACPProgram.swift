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

    /// The known program that is meant by `command`, which does not have it speak the protocol; `nil` where nothing speaks
    /// against the command.
    package init?(meantBy command: [String]) {
        guard let name = command.first?.split(separator: "/").last.map(String.init) else { return nil }
        let known = Self.allCases.first { $0.rawValue == name || $0.command.first == name }
        guard let known else { return nil }
        // Named alone, it is given what it needs.
        let isComplete = command.count == 1 || known.command.dropFirst().allSatisfy(command.contains)
        guard known.command.first != name || !isComplete else { return nil }
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
