package import Domain

/// Which of a task's agents works next, where they do each other's work: asked before each start, and when a wait begins.
///
/// the present one      another one                       then
/// free                 a better one is free              the better one comes back, with a probe where one is due
/// free                 no better one is free             the present one works
/// must wait long       one is free                       the best of those takes over
/// must wait shortly    a better one is free              the better one comes back
/// must wait shortly    no better one is free             it is waited for: nobody takes over
/// must wait            none is free                      the task waits for the one that is free first
///
/// A used-up allowance is always long. What a service that is overloaded, unreachable or asks for fewer requests makes one
/// wait is long beyond ``patience``. Nothing else ever lets another agent take over.
package struct AgentChoice: Hashable, Sendable {
    /// Who works next, or after the wait.
    package var agent: String
    /// What is waited for first; `nil` where it may start.
    package var wait: AccountHold?
    /// What keeps the present agent from working; `nil` where nothing does.
    package var obstacle: AccountHold?

    package init(_ agent: String, after wait: AccountHold? = nil, obstacle: AccountHold? = nil) {
        self.agent = agent
        self.wait = wait
        self.obstacle = obstacle
    }

    /// So long a service that fails for the moment is waited for.
    package static let patience = Duration.seconds(60)

    /// One of the agents, and what is known about it.
    package struct Candidate: Hashable, Sendable {
        package var name: String
        /// What this task itself was told to wait for by the agent's service.
        package var own: TaskWait?
        /// What all tasks of its account know.
        package var turn: AccountTurn

        package init(_ name: String, own: TaskWait? = nil, turn: AccountTurn) {
            self.name = name
            // A person's answer ends the task's wait: it keeps no agent from working afterwards.
            self.own = own.flatMap { $0.cause.isForService ? $0 : nil }
            self.turn = turn
        }
    }

    /// Chooses among `candidates`, the best first; `patience` is zero where the task is not to wait at all.
    package static func among(
        _ candidates: [Candidate],
        present: String,
        patience: Duration = patience,
        at now: Timestamp
    ) -> AgentChoice {
        let standings = candidates.map { ($0.name, $0.hold(at: now)) }
        let obstacle = standings.first { $0.0 == present }?.1
        for (name, hold) in standings {
            guard let hold else { return AgentChoice(name, obstacle: obstacle) }
            if name == present, !hold.isLong(beyond: patience, at: now) {
                return AgentChoice(name, after: hold, obstacle: hold)
            }
        }
        let holds = standings.compactMap { name, hold in hold.map { (name, $0) } }
        guard let first = holds.min(by: { $0.1.until < $1.1.until }) else { return AgentChoice(present) }
        var wait = first.1
        wait.agent = first.0
        return AgentChoice(first.0, after: wait, obstacle: obstacle)
    }
}

extension AgentChoice.Candidate {
    /// What it must wait for; `nil` where it is free.
    func hold(at now: Timestamp) -> AccountHold? {
        // A clock that was set back makes no wait longer than it was.
        let left = own.map { min($0.until - now, $0.until - $0.since) } ?? .zero
        switch WaitStep.next(.waits, left: left, turn: turn) {
        case .goOn: return nil
        case .hold(let hold): return hold
        case .sleep:
            let wait = own.map { AccountHold($0.cause, from: $0.since, until: now + left, stated: $0.stated) }
            guard case .hold(let known) = turn, !known.isProbed, known.until > now + left else { return wait }
            return known
        }
    }
}

extension AccountHold {
    /// Whether it is worth another agent.
    fileprivate func isLong(beyond patience: Duration, at now: Timestamp) -> Bool {
        switch cause {
        case .usageLimit: true
        case .rateLimited, .overloaded, .network: until - now > patience
        // No end of an agent makes it wait for these.
        case .dependency, .capacity, .answer, .permission, .acceptance, .review: false
        }
    }
}
