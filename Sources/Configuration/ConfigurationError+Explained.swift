package import Domain

extension ConfigurationError: ExplainedError {
    package var errorCode: ErrorCode {
        switch self {
        case .invalid: .environment
        case .unknownAgent: .notFound
        case .programMissing: .environment
        }
    }

    package var hint: String {
        switch self {
        case .invalid(let problems):
            "Mend \(problems.count == 1 ? "it" : "them") where each is said to stand; docs/CONFIGURATION.md lists all settings."
        case .unknownAgent: "'makima agents' lists them; configure more under [agents.NAME] in config.toml."
        case .programMissing: "'makima agents' shows which agents have a program."
        }
    }
}
