import Domain

extension LoopMachine {
    /// Begins the next try: of a new iteration, or of the one that was cut short by an end that does not count.
    mutating func beginNext() -> [Effect] {
        if let reason = reasonNotToStart { return stop(reason) }
        let number = memory.iterationsUsed + 1
        memory.attempts += 1
        memory.owedVerdict = nil
        state = .iterating(number: number)
        return [.beginIteration(number: number, attempt: memory.attempts, session: memory.session)]
    }

    /// Whether another iteration may be started.
    package var mayBegin: Bool { reasonNotToStart == nil }

    /// Why nothing more may be started, if so.
    var reasonNotToStart: Reason? {
        let limits = rules.limits
        guard memory.iterationsUsed < limits.maxIterations else {
            return .iterationLimit(used: memory.iterationsUsed, limit: limits.maxIterations, ceiling: limits.ceiling)
        }
        let history = memory.spending ?? SpendingHistory()
        return BudgetCheck.exhausted(usage: usage, history: history, activeTime: activeTime, budgets: rules.budgets)
            .map(Reason.budget)
    }

    /// Hands over what is done, unless people have said what the agent has not heard and may still be told.
    ///
    /// What the breaker thinks does not matter: something new was said.
    mutating func complete(_ proof: Proof, unheard: Bool) -> [Effect] {
        guard unheard, reasonNotToStart == nil else { return stop(.completed(proof)) }
        return [.hearPeople] + beginNext()
    }

    mutating func stop(_ reason: Reason) -> [Effect] {
        state = .stopped(reason)
        return [.finish(reason)]
    }

    /// Every process is paid for, whether its end counts or not.
    mutating func account(for report: IterationReport) {
        let usage = report.usage.priced(perMillionTokens: rules.pricePerMillionTokens)
        memory.note(usage, mayHide: rules.maySpendUntold == true && report.end.countsAsIteration)
        memory.activeTime += report.activeTime
        noteSession(of: report)
    }

    mutating func account(for checks: ChecksReport) {
        memory.activeTime += checks.activeTime
    }

    /// Uses up the iteration and feeds the breaker; returns why it opened, if it did.
    @discardableResult
    mutating func count(_ report: IterationReport, evidence: CircuitBreaker.Evidence) -> StallCause? {
        memory.iterationsUsed = report.number
        memory.attempts = 0
        memory.retries = RetryCounts()
        if let renewal = renewal(after: report) { renewSession(because: renewal) }
        return memory.breaker.record(evidence, limits: rules.limits)
    }

    func evidence(of report: IterationReport, judgedBy checks: ChecksReport? = nil) -> CircuitBreaker.Evidence {
        var evidence = CircuitBreaker.Evidence(
            tree: report.tree,
            headTree: report.agentHeadTree,
            checks: checks,
            signature: ErrorSignature.of(report, checks: checks),
            lacksPerson: checks == nil ? report.end.lacksPerson : nil
        )
        evidence.hasLed = (report.calls?.effects ?? 0) > 0 || report.calls?.parks == true
        if report.end.endedByItself, case .stated(let gate) = report.gate { evidence.blockers = gate.blockers }
        return evidence
    }
}

extension IterationEnd {
    /// Whether the agent ended because nobody answered or allowed what it asked for.
    fileprivate var lacksPerson: CircuitBreaker.MissingPerson? {
        switch self {
        case .question: .question
        case .permissionDenied, .permissionAsked: .permission
        case .ok, .incomplete, .agentError, .usageLimit, .rateLimited, .overloaded, .network, .authentication,
            .billing, .contextOverflow, .unusableSession, .launchFailure, .silentLaunchFailure, .timeout, .stall,
            .killed:
            nil
        }
    }
}
