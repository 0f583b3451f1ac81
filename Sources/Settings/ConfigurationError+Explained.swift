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
            (problems.count == 1 ? "Mend it where it is said to stand" : "Mend them where each is said to stand")
                + "; 'makima config --all' lists all settings."
        case .unknownAgent: "'makima agents' lists them; configure more under [agents.NAME] in config.toml."
        case .programMissing: "'makima agents' shows which agents have a program."
        }
    }
}
