package import Domain

/// What the loop of one task has to keep to.
///
/// Does not change within a run.
package struct LoopRules: Hashable, Sendable, Codable {
    package var limits: LoopLimits
    package var budgets: Budgets
    package var context: ContextMode
    /// Whether the loop waits by itself; if not, it ends where it would have waited.
    package var waits: Bool
    /// The configured name of the agent, for reasons.
    package var agent: String
    /// Makes a cost of tokens where the agent reports tokens only.
    package var pricePerMillionTokens: USD?
    /// The names of the checks that have to pass.
    ///
    /// Empty: the agent's word stands alone.
    package var checks: Set<String>

    package init(
        limits: LoopLimits = LoopLimits(),
        budgets: Budgets = Budgets(),
        context: ContextMode = .continue,
        agent: String,
        checks: Set<String> = []
    ) {
        self.limits = limits
        self.budgets = budgets
        self.context = context
        self.waits = true
        self.agent = agent
        self.pricePerMillionTokens = nil
        self.checks = checks
    }

    package init(_ spec: TaskSpec) {
        self.init(
            limits: spec.limits,
            budgets: spec.budgets,
            context: spec.context,
            agent: spec.agent.name,
            checks: Set(spec.checks.map(\.name))
        )
        waits = spec.waits
        pricePerMillionTokens = spec.agent.pricePerMillionTokens
    }
}
