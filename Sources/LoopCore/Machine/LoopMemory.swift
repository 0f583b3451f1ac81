package import Domain

/// What the loop of a task remembers from one run to the next; journaled with every decision.
package struct LoopMemory: Hashable, Sendable, Codable {
    /// Iterations used over the life of the task; never goes down.
    package internal(set) var iterationsUsed = 0
    package internal(set) var usage = Usage()
    package internal(set) var activeTime = Duration.zero
    /// `nil` before the first process, and where an older makima wrote this.
    package internal(set) var spending: SpendingHistory?
    /// Tries made of the iteration after the last counted one.
    package internal(set) var attempts = 0
    /// The conversation of the next try.
    package internal(set) var session = LoopMachine.SessionChoice.fresh
    /// How many counted iterations the conversation has lasted that the next try continues; `nil` is none.
    package internal(set) var conversation: Int?
    /// Why the next try begins a new conversation; `nil` where it does not, or where there was none before.
    package internal(set) var renewal: SessionRenewal?
    package internal(set) var retries = RetryCounts()
    package internal(set) var breaker = CircuitBreaker()
    /// The iteration whose checks a person stopped: its verdict comes before anything else.
    package internal(set) var owedVerdict: IterationReport?

    /// The strategy that is tried since the breaker opened; `nil` while it is closed.
    package internal(set) var halfOpen: StallStrategy?
    /// Agents that do not work now, though they did before or were to, by name; `nil` is none.
    package internal(set) var benched: [String: Bench]?
    /// Agents that took over and could not work, by name; `nil` is none.
    ///
    /// A person has to look at them first.
    package internal(set) var unusable: Set<String>?

    package init() {}

    /// Takes note of the files as they are before a run begins: what they are already is nobody's progress.
    package mutating func noteStart(tree: TreeID?, headTree: TreeID?) {
        breaker.noteSeen(tree: tree, headTree: headTree)
    }

    /// Counts an iteration whose owner died in it; does nothing when it was counted before.
    ///
    /// It was not the agent's fault, so the breaker learns only of the files. Where it may have spent something and told
    /// nothing, `usage` says so.
    package mutating func noteLost(
        iteration number: Int,
        usage: Usage,
        activeTime: Duration,
        tree: TreeID?,
        headTree: TreeID? = nil
    ) {
        guard number == iterationsUsed + 1 else { return }
        use(up: number)
        note(usage)
        self.activeTime += activeTime
        breaker.noteSeen(tree: tree, headTree: headTree)
    }

    /// Counts an iteration that ended and that nothing will judge: what a person says to the agent comes before the checks.
    ///
    /// Does nothing when it was counted before. The breaker learns only of the files.
    package mutating func noteUnjudged(_ report: IterationReport) {
        guard report.number == iterationsUsed + 1 else { return }
        use(up: report.number)
        breaker.noteSeen(tree: report.tree, headTree: report.agentHeadTree)
    }

    private mutating func use(up number: Int) {
        iterationsUsed = number
        if session == .continue { conversation = (conversation ?? 0) + 1 }
        attempts = 0
        retries = RetryCounts()
    }

    /// Takes note that the conversation of a lost iteration is known: the next one goes on with it.
    package mutating func noteLostSession() {
        guard session == .fresh else { return }
        session = .continue
        conversation = 1
        renewal = nil
    }

    /// Counts the time of checks whose owner died before it could.
    package mutating func noteLost(activeTime: Duration) {
        self.activeTime += activeTime
    }

    /// Returns what the next run begins with.
    ///
    /// The count of iterations, what was spent and which files were seen always stay.
    package func restored(for resumption: Resumption) -> LoopMemory {
        var memory = self
        switch resumption {
        case .crash:
            break
        case .review:
            memory.startAnew()
        case .person:
            memory.startAnew()
            memory.unusable = nil
            // A person knows what is not known of the spending, and wants it to go on.
            memory.spending = spending ?? SpendingHistory()
            memory.spending?.accepted = usage
        }
        return memory
    }

    /// Lets the breaker and the tries start anew.
    private mutating func startAnew() {
        retries = RetryCounts()
        for name in (benched ?? [:]).keys { benched?[name]?.retries = RetryCounts() }
        breaker.close()
        halfOpen = nil
    }
}

/// Why a task goes on.
package enum Resumption: Hashable, Sendable {
    /// The makima process that ran it died: all counts go on.
    case crash
    /// A person wants it, and has changed something or knows better: the breaker and the tries start anew.
    case person
    /// Something came back of its review: the breaker and the tries start anew, all else goes on.
    case review
}

/// How often in a row each kind of trouble came that uses up no iteration.
package struct RetryCounts: Hashable, Sendable, Codable {
    package internal(set) var rateLimited = 0
    package internal(set) var overloaded = 0
    package internal(set) var network = 0
    package internal(set) var usageLimit = 0
    package internal(set) var authentication = 0
    package internal(set) var session = 0
    package internal(set) var launch = 0

    package init() {}

    /// Counts one more failure and returns how many there were.
    mutating func note(_ cause: WaitCause) -> Int {
        switch cause {
        case .rateLimited: increment(\.rateLimited)
        case .overloaded: increment(\.overloaded)
        case .network: increment(\.network)
        case .usageLimit: increment(\.usageLimit)
        case .dependency, .capacity, .answer, .permission, .acceptance, .review: 0
        }
    }

    private mutating func increment(_ count: WritableKeyPath<RetryCounts, Int>) -> Int {
        self[keyPath: count] += 1
        return self[keyPath: count]
    }
}
