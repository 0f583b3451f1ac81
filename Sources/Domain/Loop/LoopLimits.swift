/// The limits on one task's loop, after the task's wish, the default and the machine's ceiling were weighed.
package struct LoopLimits: Hashable, Sendable, Codable {
    /// How many iterations the task may use over its whole life.
    ///
    /// 1 or more.
    package var maxIterations: Int
    /// The machine's `hard_limit`, which no task exceeds.
    ///
    /// Kept to explain a refusal.
    package var ceiling: Int
    /// How many counted iterations in a row may bring no progress.
    package var noChangeThreshold: Int
    /// How many counted iterations in a row may end with the same error signature.
    package var sameErrorThreshold: Int

    package init(
        maxIterations: Int = 10,
        ceiling: Int = 50,
        noChangeThreshold: Int = 3,
        sameErrorThreshold: Int = 5
    ) {
        self.maxIterations = maxIterations
        self.ceiling = ceiling
        self.noChangeThreshold = noChangeThreshold
        self.sameErrorThreshold = sameErrorThreshold
    }
}

extension LoopLimits {
    /// So many iterations stand for as many as it likes, where something else holds a task: a supervisor is held by the budgets
    /// of its contract.
    package static let unlimited = 1_000_000

    package var isUnlimited: Bool { maxIterations >= Self.unlimited }
}

/// What a task may spend over its whole life.
///
/// `nil` means no such budget; zero means nothing may be spent.
package struct Budgets: Hashable, Sendable, Codable {
    package var maxCost: USD?
    package var maxTokens: Int?
    /// Of active time: agents and checks running, not waiting.
    package var maxDuration: Duration?

    package init(maxCost: USD? = nil, maxTokens: Int? = nil, maxDuration: Duration? = nil) {
        self.maxCost = maxCost
        self.maxTokens = maxTokens
        self.maxDuration = maxDuration
    }
}

/// The time limits within one iteration.
package struct Timeouts: Hashable, Sendable, Codable {
    /// The whole agent process.
    ///
    /// Default 60 minutes.
    package var iteration: Duration
    /// Time without a sign of life (output, CPU, file writes) while no tool call is open.
    ///
    /// Default 15 minutes.
    package var stall: Duration
    /// Time until the first byte of output.
    ///
    /// Default 5 minutes.
    package var firstOutput: Duration
    /// How long one tool call may stay open.
    ///
    /// Default 30 minutes.
    package var toolCall: Duration
    /// One execution of one check.
    ///
    /// Default 15 minutes.
    package var check: Duration
    /// How long the agent works on when makima itself is gone, so that another makima can take it over.
    ///
    /// Not at all by default.
    package var orphan: Duration?
    /// Time until a program that is talked with answers what opens the talk; `nil` for a task of a makima that set none.
    ///
    /// Default 60 seconds.
    package var handshake: Duration? = .seconds(60)

    package init(
        iteration: Duration = .seconds(3600),
        stall: Duration = .seconds(900),
        firstOutput: Duration = .seconds(300),
        toolCall: Duration = .seconds(1800),
        check: Duration = .seconds(900),
        orphan: Duration? = nil
    ) {
        self.orphan = orphan
        self.iteration = iteration
        self.stall = stall
        self.firstOutput = firstOutput
        self.toolCall = toolCall
        self.check = check
    }
}
