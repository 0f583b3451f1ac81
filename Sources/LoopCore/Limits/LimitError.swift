/// Why a limit or budget is refused.
package enum LimitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Limits begin at 1, budgets at 0.
    ///
    /// `setting` is the name of the key or option.
    case tooSmall(setting: String, value: Int, minimum: Int)
    /// A resume continues the count, so its limit has to be above what was used.
    case alreadyUsed(value: Int, used: Int)
    /// A resume names a budget that is used up already; `setting` is its key, the amounts are for people.
    case budgetSpent(setting: String, value: String, spent: String)
    /// A resume names more than this machine allows.
    case aboveCeiling(value: Int, ceiling: Int)
    /// A cost budget for an agent whose cost nobody can tell.
    case costUnknown(agent: String, reportsTokens: Bool)
    /// A token budget for an agent that reports no tokens.
    case tokensUnknown(agent: String)

    package var description: String {
        switch self {
        case .tooSmall(let setting, let value, let minimum):
            "'\(setting)' is \(value), and must be \(minimum) or more."
        case .alreadyUsed(let value, let used):
            "'max_iterations' is \(value), but \(used) \(used == 1 ? "iteration is" : "iterations are") used already and a resume continues the count: "
                + "name \(used + 1) or more."
        case .budgetSpent(let setting, let value, let spent):
            "'\(setting)' is \(value), but \(spent) is used already and a resume continues the count: name more than that."
        case .aboveCeiling(let value, let ceiling):
            "'max_iterations' is \(value), above this machine's ceiling of \(ceiling): raise 'hard_limit' under "
                + "[autonomous_loop] in makima's config.toml."
        case .costUnknown(let agent, let reportsTokens):
            reportsTokens
                ? "The agent '\(agent)' reports tokens at most and no cost, so 'max_cost_usd' needs 'price_per_million_tokens' "
                    + "under [agents.\(agent)], or its 'model' prices under [prices]."
                : "The agent '\(agent)' reports neither cost nor tokens, so 'max_cost_usd' cannot be held."
        case .tokensUnknown(let agent):
            "The agent '\(agent)' reports no tokens, so 'max_tokens' cannot be held."
        }
    }
}
