package import Domain

/// What the loop of one task has to keep to.
///
/// Does not change within a run.
package struct LoopRules: Hashable, Sendable, Codable {
    package var limits: LoopLimits
    package var budgets: Budgets
    package var context: ContextMode
    /// When a conversation that goes on is given up for a new one; `nil` is never.
    package var rotation: ContextRotation?
    /// Whether the loop waits by itself; if not, it ends where it would have waited.
    package var waits: Bool
    /// The configured name of the agent, for reasons.
    package var agent: String
    /// Makes a cost of tokens where the agent reports tokens only.
    package var pricePerMillionTokens: USD?
    /// Whether a process of the agent may have spent something where it tells nothing; `nil` is no.
    package var maySpendUntold: Bool?
    /// The names of the checks that have to pass.
    ///
    /// Empty: the agent's word stands alone.
    package var checks: Set<String>
    /// What follows when the breaker opens; `nil` is `stop`.
    package var onStall: StallStrategy?
    /// What becomes of questions; `nil` is that nobody answers.
    package var questions: QuestionPolicy?
    /// Who takes over where ``onStall`` says so.
    package var otherAgent: OtherAgent?
    /// Whether its agent leads other tasks: `nil` is no.
    ///
    /// Nobody believes it that it is done, and it ends its run to wait for its tasks.
    package var leads: Bool?
    /// Who do each other's work where one is at a limit, the present one among them, the best first; `nil` is nobody.
    package var choices: [OtherAgent]?

    /// What the loop has to know of an agent that may take over.
    package struct OtherAgent: Hashable, Sendable, Codable {
        package var name: String
        package var pricePerMillionTokens: USD?
        package var maySpendUntold: Bool?

        package init(name: String, pricePerMillionTokens: USD? = nil, maySpendUntold: Bool? = nil) {
            self.name = name
            self.pricePerMillionTokens = pricePerMillionTokens
            self.maySpendUntold = maySpendUntold
        }

        init(_ agent: AgentConfiguration) {
            self.init(
                name: agent.name,
                pricePerMillionTokens: agent.pricePerMillionTokens,
                maySpendUntold: agent.kind.maySpendUntold
            )
        }
    }

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

    /// Lets the two agents change places.
    mutating func changeAgents() {
        guard let other = otherAgent else { return }
        otherAgent = OtherAgent(
            name: agent,
            pricePerMillionTokens: pricePerMillionTokens,
            maySpendUntold: maySpendUntold
        )
        choices = choices.map { [other] + $0.filter { $0.name != other.name } }
        take(other)
    }

    mutating func take(_ other: OtherAgent) {
        agent = other.name
        pricePerMillionTokens = other.pricePerMillionTokens
        maySpendUntold = other.maySpendUntold
    }

    package init(_ spec: TaskSpec) {
        self.init(
            limits: spec.limits,
            budgets: spec.budgets,
            context: spec.context,
            agent: spec.agent.name,
            checks: Set(spec.checks.map(\.name))
        )
        rotation = spec.rotation
        waits = spec.waits
        pricePerMillionTokens = spec.agent.pricePerMillionTokens
        maySpendUntold = spec.agent.kind.maySpendUntold
        onStall = spec.onStall
        leads = spec.role == .supervisor ? true : nil
        questions = spec.questions
        otherAgent = spec.otherAgent.map(OtherAgent.init)
        choices = spec.choices?.map(OtherAgent.init)
    }
}
