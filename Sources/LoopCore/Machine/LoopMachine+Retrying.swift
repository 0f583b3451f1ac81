import Domain

/// Ends that use up no iteration: the same number is tried again, within a budget of tries that the next counted
/// iteration fills up.
extension LoopMachine {
    mutating func waitForService(_ cause: WaitCause, atLeast wish: Duration?) -> [Effect] {
        let failures = memory.retries.note(cause)
        guard failures < RetryPolicy.serviceTries || othersHaveTries else {
            return stop(.failed(.agentUnavailable(cause, attempts: failures)))
        }
        return wait(for: cause, RetryPolicy.serviceDelay(afterFailures: failures, atLeast: wish))
    }

    mutating func waitForUsage(resetsAt: Timestamp?) -> [Effect] {
        let failures = memory.retries.note(.usageLimit)
        guard failures < RetryPolicy.usageTries || othersHaveTries else {
            return stop(.waiting(.usageLimit, until: resetsAt))
        }
        return wait(for: .usageLimit, RetryPolicy.usageDelay(afterFailures: failures, resetsAt: resetsAt))
    }

    mutating func retryLogin(message: String) -> [Effect] {
        memory.retries.authentication += 1
        guard memory.retries.authentication < RetryPolicy.loginTries else {
            return stop(.blocked(.authentication(agent: rules.agent, message: message)))
        }
        return beginNext()
    }

    mutating func retryLaunch(message: String) -> [Effect] {
        memory.retries.launch += 1
        guard memory.retries.launch < RetryPolicy.launchTries else {
            return stop(launchProblem(message, attempts: memory.retries.launch))
        }
        return beginNext()
    }

    func launchProblem(_ message: String, attempts: Int) -> Reason {
        .blocked(.environment(.agentLaunch(agent: rules.agent, message: message, attempts: attempts)))
    }

    mutating func retryInFreshSession() -> [Effect] {
        renewSession(because: .unusable)
        memory.retries.session += 1
        guard memory.retries.session < RetryPolicy.sessionTries else {
            return stop(.failed(.sessionUnusable(attempts: memory.retries.session)))
        }
        return beginNext()
    }

    /// Waits without having tried: what another task, or an earlier run, has learned costs no try.
    mutating func wait(for hold: AccountHold) -> [Effect] {
        wait(for: hold.cause, .at(hold.until, stated: hold.stated), mayFallOver: hold.agent == nil)
    }

    /// Where the budget is used up already, waiting would change nothing.
    ///
    /// A loop that is not to wait asks first whether another agent can work.
    private mutating func wait(for cause: WaitCause, _ delay: WaitDelay, mayFallOver: Bool = true) -> [Effect] {
        if let reason = reasonNotToStart { return stop(reason) }
        guard rules.waits || mayFallOver && fallsOver else { return stop(.waiting(cause, until: delay.until)) }
        state = .waiting(cause, delay)
        return [.wait(cause, delay, attempt: memory.attempts + 1)]
    }
}
