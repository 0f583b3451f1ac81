package import Domain

/// Decides what the autonomous loop of one task does next.
///
/// A value: it reads no clock, starts nothing and never suspends. The shell feeds it events and carries out the effects
/// it returns, in order. What ends how is in the table at the top of `LoopMachine+Iterating.swift`.
package struct LoopMachine: Hashable, Sendable, Codable {
    package enum State: Hashable, Sendable, Codable {
        /// Nothing was started in this run.
        ///
        /// Can transition to: `iterating`, `waiting`, `stopped`.
        case ready
        /// The agent works on iteration `number`, counted from 1 over the life of the task.
        ///
        /// Can transition to: `iterating`, `checking`, `waiting`, `stopping`, `stopped`.
        case iterating(number: Int)
        /// The agent is ready, and the checks judge what it left.
        ///
        /// Can transition to: `iterating`, `stopping`, `stopped`.
        case checking(IterationReport)
        /// The next iteration is tried later, or tried again.
        ///
        /// Can transition to: `iterating`, `waiting`, `stopped`.
        case waiting(WaitCause, WaitDelay)
        /// What runs was asked to end, and its report is still to come.
        ///
        /// Can transition to: `stopped`.
        case stopping(Reason, Activity)
        /// Terminal.
        case stopped(Reason)
    }

    /// What was running when the loop was asked to stop.
    package enum Activity: Hashable, Sendable, Codable {
        case iteration(number: Int)
        case checks(IterationReport)
    }

    package enum Event: Hashable, Sendable {
        case start
        /// The agent ended or was ended, and its output was read to the end.
        case iterationEnded(IterationReport)
        case checksEnded(ChecksReport)
        case waitElapsed
        /// The agent may not be started yet, and was not.
        case heldBack(AccountHold)
        /// Another one of the task's agents is to work, and nothing was started; `obstacle` is what keeps the present one
        /// from working, `nil` where the other one is preferred.
        case agentChosen(String, obstacle: AccountHold?)
        /// A person wants it to stop.
        case stopRequested
        /// A person wants it to stop, and means to go on.
        case pauseRequested
        /// A person is needed before anything can run.
        ///
        /// Nothing runs any more, and no report will come.
        case blocked(BlockCause)
        /// makima cannot go on.
        ///
        /// Nothing runs any more, and no report will come.
        case failed(FailureCause)
    }

    package enum Effect: Hashable, Sendable {
        /// Start the agent.
        ///
        /// `attempt` counts the tries of this number from 1.
        case beginIteration(number: Int, attempt: Int, session: SessionChoice)
        /// Run all checks on the checkpoint of this iteration.
        case runChecks(number: Int)
        /// The breaker opened, and another strategy is tried once before the task is stalled.
        ///
        /// Comes before the iteration that is to show whether it helps.
        case changeStrategy(StallStrategy, StallCause)
        /// Let the agent of that name work from now on.
        ///
        /// Comes before the try that it makes.
        case changeAgent(to: String, obstacle: AccountHold?)
        /// Tell people that the work is done and goes on all the same: they have said something that the agent has not
        /// heard.
        ///
        /// Comes before the iteration that tells it.
        case hearPeople
        case interruptAgent
        case interruptChecks
        /// Send `waitElapsed` after the delay; `attempt` is the try that follows.
        case wait(WaitCause, WaitDelay, attempt: Int)
        /// The run is over.
        ///
        /// Always the last effect.
        case finish(Reason)
    }

    /// Which conversation an agent process works in.
    package enum SessionChoice: String, Hashable, Sendable, Codable {
        case `continue`
        /// A new one; the prompt has to say what went before.
        case fresh
    }

    package internal(set) var state: State
    package internal(set) var memory: LoopMemory
    package internal(set) var rules: LoopRules

    /// Begins the first run of a task, or goes on with what an earlier run left in `memory`.
    package init(rules: LoopRules, memory: LoopMemory = LoopMemory()) {
        self.state = .ready
        self.memory = memory
        self.rules = rules
    }

    /// The same machine in the same state, by other rules: a person may raise or lower limits while an agent works on.
    package func following(_ rules: LoopRules) -> LoopMachine {
        var copy = self
        copy.rules = rules
        return copy
    }

    package var iterationsUsed: Int { memory.iterationsUsed }
    package var usage: Usage { memory.usage }
    package var activeTime: Duration { memory.activeTime }

    /// Applies `event` and returns the effects to carry out, in order.
    ///
    /// An event without a meaning in the current state changes nothing and returns no effects: events come from
    /// processes and timers, so a late or repeated one is normal.
    package mutating func handle(_ event: Event) -> [Effect] {
        switch state {
        case .ready: handleReady(event)
        case .iterating(let number): handleIterating(event, number: number)
        case .checking(let report): handleChecking(event, report: report)
        case .waiting: handleWaiting(event)
        case .stopping(let reason, let activity): handleStopping(event, reason: reason, activity: activity)
        case .stopped: []
        }
    }

    private mutating func handleReady(_ event: Event) -> [Effect] {
        switch event {
        case .start: beginNext()
        case .heldBack(let hold): wait(for: hold)
        case .stopRequested: stop(.interrupted(.person))
        case .pauseRequested: stop(.paused)
        case .blocked(let cause): stop(.blocked(cause))
        case .failed(let cause): stop(.failed(cause))
        case .iterationEnded, .checksEnded, .waitElapsed, .agentChosen: []
        }
    }

    private mutating func handleWaiting(_ event: Event) -> [Effect] {
        switch event {
        case .waitElapsed: beginNext()
        case .heldBack(let hold): wait(for: hold)
        case .agentChosen(let name, let obstacle): changeAgent(to: name, obstacle: obstacle)
        case .stopRequested: stop(.interrupted(.person))
        case .pauseRequested: stop(.paused)
        case .blocked(let cause): stop(.blocked(cause))
        case .failed(let cause): stop(.failed(cause))
        case .start, .iterationEnded, .checksEnded: []
        }
    }

    private mutating func handleStopping(_ event: Event, reason: Reason, activity: Activity) -> [Effect] {
        switch event {
        case .iterationEnded(let report):
            guard case .iteration(number: report.number) = activity else { return [] }
            account(for: report)
            if report.end.countsAsIteration { count(report, evidence: evidence(of: report)) }
            return stop(reason)
        case .checksEnded(let checks):
            guard case .checks(let report) = activity, report.number == checks.number else { return [] }
            account(for: checks)
            count(report, evidence: evidence(of: report))
            memory.owedVerdict = report
            return stop(reason)
        case .heldBack, .agentChosen:
            guard case .iteration = activity else { return [] }
            memory.attempts -= 1
            return stop(reason)
        case .blocked(let cause):
            return stop(.blocked(cause))
        case .failed(let cause):
            return stop(.failed(cause))
        // The first wish stands.
        case .start, .waitElapsed, .stopRequested, .pauseRequested:
            return []
        }
    }
}
