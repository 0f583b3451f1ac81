package import Domain

/// What the prompt of one iteration is made of.
package struct PromptFacts: Hashable, Sendable {
    package var task: String
    package var plan: String
    package var checks: [CheckDefinition] = []
    package var protected: [String] = []
    package var iteration: Int
    package var maxIterations: Int
    package var budgets = Budgets()
    /// What ``usage`` and ``activeTime`` were spent in.
    package var iterationsUsed = 0
    package var usage = Usage()
    package var activeTime = Duration.zero
    package var session = LoopMachine.SessionChoice.continue
    /// The last iteration that counted; `nil` before the first has ended.
    package var previous: PreviousTurn?
    /// What cut this iteration off when it was tried before; `nil` where nothing did.
    package var cutOff: IterationEnd?
    /// What people want the agent to know, oldest first; told once.
    package var messages: [String] = []
    /// Whether the agent has makima's tools.
    package var hasTools = false
    /// Whether people answer its questions.
    package var asksPeople = false
    /// What it may do unasked.
    package var permissions = PermissionMode.full
    /// Whether ``messages`` hold the answer to what it asked.
    package var isAnswered = false
    /// Protected paths that the agent has changed and no person has allowed.
    package var changedProtectedPaths: [String] = []
    /// Why this iteration begins a new conversation although there was one before.
    package var renewal: SessionRenewal?
    /// What a new conversation is told of all those before it.
    package var handOver = HandOver()
    /// The iterations that other agents did since this one did its last; told where it goes on with its conversation.
    package var meanwhile: [Int] = []
    /// Why the circuit breaker opened before this iteration, which is to show whether another way helps.
    package var stall: StallCause?
    /// What came back of the work's review, as others wrote it.
    package var feedback: [ReviewItem] = []

    /// How an iteration ended.
    package struct PreviousTurn: Hashable, Sendable {
        package var end: IterationEnd
        package var gate: GateReading
        package var receipts: [CheckReceipt]
        /// What cut it off from outside, if anything did.
        package var interruption: InterruptCause?
        /// What the kernel did at its limits; `nil` is nothing.
        package var limitHits: LimitHits?

        package init(
            end: IterationEnd,
            gate: GateReading,
            receipts: [CheckReceipt] = [],
            interruption: InterruptCause? = nil
        ) {
            self.end = end
            self.gate = gate
            self.receipts = receipts
            self.interruption = interruption
        }

        /// Whether what it stated is to be believed.
        var isBelieved: Bool { interruption == nil && end.endedByItself }

        package init(_ outcome: IterationOutcome) {
            self.init(
                end: outcome.agent.end,
                gate: outcome.gate,
                receipts: outcome.receipts,
                interruption: outcome.ownerDied ? .ownerDied : outcome.wasStopped == true ? .person : nil
            )
            limitHits = outcome.limitHits
        }
    }

    init(task: String, plan: String, iteration: Int, maxIterations: Int) {
        self.task = task
        self.plan = plan
        self.iteration = iteration
        self.maxIterations = maxIterations
    }

    package init(
        _ spec: TaskSpec,
        iteration: Int,
        session: LoopMachine.SessionChoice,
        memory: LoopMemory = LoopMemory(),
        previous: PreviousTurn? = nil
    ) {
        self.init(
            task: spec.name,
            plan: spec.plan,
            iteration: iteration,
            maxIterations: spec.limits.maxIterations
        )
        checks = spec.checks
        protected = spec.protected
        budgets = spec.budgets
        asksPeople = spec.questions != nil
        permissions = spec.permissionMode
        iterationsUsed = memory.iterationsUsed
        usage = memory.usage
        activeTime = memory.activeTime
        self.session = session
        self.previous = previous
    }

    /// Whether what came back of the review is all there is to say of the iteration before: it was accepted.
    var isInReview: Bool { !feedback.isEmpty && previous?.isBelieved == true && previous?.gate.isReady == true }

    /// The same for a conversation that is really gone on with, or not.
    package func beginning(_ session: LoopMachine.SessionChoice, because renewal: SessionRenewal?) -> PromptFacts {
        var facts = self
        facts.session = session
        facts.renewal = session == .fresh ? renewal : nil
        return facts
    }
}

/// What lasts of all conversations of a task when a new one begins.
package struct HandOver: Hashable, Sendable {
    /// The last gate that was understood and believed.
    package private(set) var gate: CompletionGate?
    /// The iteration that stated ``gate``.
    package private(set) var gateIteration = 0
    /// What the checks said when they last ran.
    package var receipts: [CheckReceipt] = []

    package init() {}

    /// Takes note of what an iteration stated, if it is to be believed.
    package mutating func note(_ outcome: IterationOutcome, of iteration: Int) {
        guard case .stated(let stated) = outcome.gate, outcome.agent.end.endedByItself, !outcome.ownerDied else {
            return
        }
        gate = stated
        gateIteration = iteration
    }
}
