package import Domain

/// A program that makima knows by name, and the version that it was written against.
package enum KnownProgram: Hashable, Sendable, CaseIterable {
    case claude
    case codex
    case gemini
    case goose
    case kimi
    case vibe

    /// The program of `agent`; `nil` for one that nothing is known about, which is never called only to be asked.
    package init?(of agent: AgentConfiguration) {
        switch agent.kind {
        case .claude: self = .claude
        case .codex: self = .codex
        case .acp:
            switch agent.command.first.flatMap(ACPProgram.init(called:)) {
            case .gemini: self = .gemini
            case .goose: self = .goose
            case .kimi: self = .kimi
            case .vibe: self = .vibe
            case nil: return nil
            }
        case .command, .script: return nil
        }
    }

    /// What its recordings are of; `nil` where only its protocol is known.
    package var recorded: ProgramVersion? {
        switch self {
        case .claude: ProgramVersion(word: "2.1.330")
        case .codex: ProgramVersion(word: "0.163.0")
        case .kimi: ProgramVersion(word: "1.51.0")
        case .vibe: ProgramVersion(word: "3.0.3")
        case .gemini, .goose: nil
        }
    }

    /// Judges an installed version.
    package func judge(_ version: ProgramVersion) -> VersionJudgement {
        // The last release of kimi-cli only says that it is no longer maintained.
        if self == .kimi, version == ProgramVersion(word: "1.52.0") {
            return .unusable(hint: "Install an earlier one, with 'pip install kimi-cli==1.51.0'.")
        }
        guard let recorded else { return .untried }
        if version < recorded { return .older(than: recorded) }
        return version > recorded ? .newer(than: recorded) : .recorded
    }
}

/// What a version means for makima.
package enum VersionJudgement: Hashable, Sendable {
    /// The one that makima was written against.
    case recorded
    case older(than: ProgramVersion)
    case newer(than: ProgramVersion)
    /// None was tried.
    case untried
    case unusable(hint: String)

    /// A clause, `nil` where there is nothing to say.
    package var words: String? {
        switch self {
        case .recorded: nil
        case .older(let recorded): "older than \(recorded), which makima was written against"
        case .newer(let recorded): "newer than \(recorded), which makima was written against"
        case .untried: "of which makima knows the protocol only"
        case .unusable: "which does nothing but say that it is no longer maintained"
        }
    }

    package var hint: String? {
        switch self {
        case .recorded, .newer, .untried: nil
        case .older(let recorded): "Bring it up to \(recorded) or later, where something does not work."
        case .unusable(let hint): hint
        }
    }
}
