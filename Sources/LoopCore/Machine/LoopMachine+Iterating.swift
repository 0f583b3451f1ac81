import Domain

// What follows from the end of an agent's process. "Counts": it uses up an iteration and feeds the breaker.
//
// end                counts  gate      then
// ok                 yes     believed  ready: checks; else the breaker, the limits, the next iteration. Of an agent that leads
//                                      others: the run ends as waiting, for its tasks (dependency) or, ready, for acceptance
// question           yes     believed  as ok; the 3rd in a row without progress: blocked(question). Where people answer:
//                                      blocked(question) at once, or wait for the answer until the deadline
// permissionDenied   yes     believed  as ok; the 2nd in a row without progress: blocked(permission)
// permissionAsked    yes     believed  blocked(permissionAsked), or wait for the answer until the deadline
// incomplete         yes     ignored   the breaker, the limits, the next iteration
// timeout, stall     yes     ignored   as incomplete
// killed             yes     ignored   as incomplete
// agentError         yes     ignored   as incomplete, in a fresh session: what broke one breaks it again
// rateLimited        no      ignored   wait with back-off, at least what was asked for; 10 tries
// overloaded         no      ignored   wait with back-off; 10 tries
// network            no      ignored   wait with back-off; 10 tries
// usageLimit         no      ignored   wait until the reset, or with long back-off; 5 tries. A reset more than 8 days
//                                      ahead is shown and not believed: the service is asked once in 24 hours
//                                      These four let another agent take over where the task has one that can work
//                                      (`AgentChoice.swift`); then the tries used up stop the task for all of them only
// authentication     no      ignored   one more try at once, then blocked(authentication)
// billing            no      ignored   blocked(billing)
// contextOverflow    no      ignored   again at once in a fresh session; 3 tries
// unusableSession    no      ignored   as contextOverflow
// launchFailure      no      ignored   blocked(environment)
// … said nothing     no      ignored   again at once; 3 tries, then blocked(environment)
//
// authentication, billing and launchFailure of an agent that took over at a limit block nothing: it is not tried again, and
// the first choice goes on, or waits.
//
// An agent that asked or was refused something has ended by itself with a final message, so its gate is believed. A
// question or refusal without progress is held against nobody: it neither moves the no-change count nor resets it.

extension LoopMachine {
    mutating func handleIterating(_ event: Event, number: Int) -> [Effect] {
        switch event {
        case .iterationEnded(let report):
            guard report.number == number else { return [] }
            return iterationEnded(report)
        case .stopRequested:
            state = .stopping(.interrupted(.person), .iteration(number: number))
            return [.interruptAgent]
        case .pauseRequested:
            state = .stopping(.paused, .iteration(number: number))
            return [.interruptAgent]
        case .heldBack(let hold):
            memory.attempts -= 1
            return wait(for: hold)
        case .agentChosen(let name, let obstacle):
            guard canTakeOver(name) else { return [] }
            memory.attempts -= 1
            return changeAgent(to: name, obstacle: obstacle)
        case .blocked(let cause):
            return stop(.blocked(cause))
        case .failed(let cause):
            return stop(.failed(cause))
        case .start, .checksEnded, .waitElapsed:
            return []
        }
    }

    private mutating func iterationEnded(_ report: IterationReport) -> [Effect] {
        account(for: report)
        if let trouble = report.trouble {
            if report.end.countsAsIteration { count(report, evidence: evidence(of: report)) }
            return stop(trouble)
        }
        switch report.end {
        case .ok where rules.leads == true:
            return leadingEffects(report) ?? goOn(after: report)
        case .ok:
            return readyEffects(report) ?? goOn(after: report)
        case .question(let text):
            return readyEffects(report) ?? goOn(asking: text, after: report)
        case .permissionAsked(let question, let what):
            let cause = BlockCause.permissionAsked(question: question, what: what)
            return readyEffects(report) ?? waitForPerson(.permission, orBlock: cause, after: report)
        case .permissionDenied(let what):
            return readyEffects(report) ?? goOn(after: report, missing: .permission, orBlock: .permission(what: what))
        case .incomplete, .timeout, .stall, .killed, .agentError:
            return goOn(after: report)
        case .rateLimited(let retryAfter):
            return waitForService(.rateLimited, atLeast: retryAfter)
        case .overloaded:
            return waitForService(.overloaded, atLeast: nil)
        case .network:
            return waitForService(.network, atLeast: nil)
        case .usageLimit(let resetsAt):
            return waitForUsage(resetsAt: resetsAt)
        case .authentication(let message):
            return stepBack() ?? retryLogin(message: message)
        case .billing(let message):
            return stepBack() ?? stop(.blocked(.billing(agent: rules.agent, message: message)))
        case .contextOverflow, .unusableSession:
            return retryInFreshSession()
        case .launchFailure(let message):
            return stepBack() ?? stop(launchProblem(message, attempts: memory.retries.launch + 1))
        case .silentLaunchFailure(let message):
            return stepBack() ?? retryLaunch(message: message)
        }
    }

    /// What follows from a gate that is ready; `nil` where it is not.
    ///
    /// Without a kept tree there is nothing that could be judged or handed over.
    private mutating func readyEffects(_ report: IterationReport) -> [Effect]? {
        guard report.gate.isReady, report.tree != nil else { return nil }
        guard report.changedProtectedPaths.isEmpty else {
            count(report, evidence: evidence(of: report))
            return stop(.blocked(.protectedPaths(report.changedProtectedPaths)))
        }
        guard rules.checks.isEmpty else {
            state = .checking(report)
            return [.runChecks(number: report.number)]
        }
        count(report, evidence: evidence(of: report))
        return complete(report.differsFromBase ? .unverified : .empty, unheard: report.hasUnheard == true)
    }

    /// What follows for an agent that leads others, and waits for them or says that they are done; `nil` where it does neither.
    ///
    /// The run ends: who waits holds no place, and whether the goal is reached the server says.
    private mutating func leadingEffects(_ report: IterationReport) -> [Effect]? {
        let cause: WaitCause
        if report.calls?.parks == true {
            cause = .dependency
        } else if report.gate.isReady {
            cause = .acceptance
        } else {
            return nil
        }
        count(report, evidence: evidence(of: report))
        return stop(.waiting(cause, until: nil))
    }

    private mutating func goOn(after report: IterationReport) -> [Effect] {
        goOn(unless: count(report, evidence: evidence(of: report)))
    }

    private mutating func goOn(asking text: String, after report: IterationReport) -> [Effect] {
        guard rules.questions != nil else {
            return goOn(after: report, missing: .question, orBlock: .question(text: text))
        }
        return waitForPerson(.answer, orBlock: .question(text: text), after: report)
    }

    private mutating func waitForPerson(
        _ wait: WaitCause,
        orBlock cause: BlockCause,
        after report: IterationReport
    ) -> [Effect] {
        count(report, evidence: evidence(of: report))
        guard rules.waits, let deadline = rules.questions?.deadline else { return stop(.blocked(cause)) }
        if let reason = reasonNotToStart { return stop(reason) }
        state = .waiting(wait, .exactly(deadline))
        return [.wait(wait, .exactly(deadline), attempt: memory.attempts + 1)]
    }

    private mutating func goOn(
        after report: IterationReport,
        missing lack: CircuitBreaker.MissingPerson,
        orBlock cause: BlockCause
    ) -> [Effect] {
        let stall = count(report, evidence: evidence(of: report))
        if memory.breaker.needsPerson(for: lack) { return stop(.blocked(cause)) }
        return goOn(unless: stall)
    }
}
