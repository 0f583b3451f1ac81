import Domain

/// Why an iteration is likely to be the last one.
enum WrapUp: Hashable, Sendable {
    case lastIteration
    /// By the average of the iterations so far, what is left of the budget will not carry another one after this.
    case budget(Kind)

    enum Kind: String, Hashable, Sendable {
        case cost
        case token
        case time
    }

    /// `nil` where more iterations are to be expected.
    init?(_ facts: PromptFacts) {
        if facts.iteration >= facts.maxIterations {
            self = .lastIteration
        } else if let kind = Self.scarceBudget(facts) {
            self = .budget(kind)
        } else {
            return nil
        }
    }

    var sentence: String {
        let cause =
            switch self {
            case .lastIteration: "This is the last iteration that is allowed."
            case .budget(let kind):
                "By the average of the iterations so far, what is left of the \(kind.rawValue) budget will not carry "
                    + "another iteration after this one."
            }
        return cause + " Finish what can be finished, leave the files in a good state, and state the gate truthfully: "
            + "what is not finished can be gone on with by whoever comes next."
    }

    private static func scarceBudget(_ facts: PromptFacts) -> Kind? {
        let isScarce = { (spent: Int64, limit: Int64) in
            isUsedUpByTwo(spent: spent, limit: limit, iterations: Int64(facts.iterationsUsed))
        }
        let budgets = facts.budgets
        if let limit = budgets.maxCost, isScarce(facts.usage.cost?.microdollars ?? 0, limit.microdollars) {
            return .cost
        }
        if let limit = budgets.maxTokens, isScarce(Int64(facts.usage.tokens ?? 0), Int64(limit)) { return .token }
        if let limit = budgets.maxDuration, isScarce(facts.activeTime.milliseconds, limit.milliseconds) { return .time }
        return nil
    }

    /// Whether two more average iterations need more than is left.
    private static func isUsedUpByTwo(spent: Int64, limit: Int64, iterations: Int64) -> Bool {
        guard iterations > 0, spent > 0 else { return false }
        let average = (spent - 1) / iterations + 1
        return max(0, limit - spent) - average < average
    }
}
