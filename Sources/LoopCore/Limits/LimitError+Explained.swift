package import Domain

extension LimitError: ExplainedError {
    /// A limit that is refused was named on the command line, or should have been.
    package var errorCode: ErrorCode { .usage }

    package var hint: String {
        switch self {
        case .tooSmall(let setting, _, let minimum): "Give '\(setting)' a value of \(minimum) or more."
        case .alreadyUsed(_, let used): "Name '--max-iterations \(used + 1)' or more."
        case .budgetSpent(let setting, _, let spent):
            "Name '--\(setting.map { $0 == "_" ? "-" : String($0) }.joined())' with more than \(spent)."
        case .aboveCeiling(_, let ceiling):
            "Name '--max-iterations \(ceiling)' or less; 'makima config --all' says where the ceiling comes from."
        case .costUnknown(_, let reportsTokens):
            reportsTokens
                ? "Set the price, or leave the budget out." : "Leave the budget out, or limit '--max-duration' instead."
        case .tokensUnknown: "Leave the budget out, or limit '--max-duration' instead."
        }
    }
}
