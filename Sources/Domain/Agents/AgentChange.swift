/// Another agent of a task's choices goes on, because the one before is at a limit or a better one can work again.
package struct AgentChange: Hashable, Sendable, Codable {
    /// The name of the one that worked before.
    package var from: String
    package var performer: IterationOutcome.Performer
    /// What the one before waits for; `nil` where it could go on.
    package var wait: TaskWait?
    /// Whether the one before could not work at all; `nil` is no.
    package var isUnusable: Bool?
    /// The iteration that is next.
    package var iteration: Int

    package init(from: AgentConfiguration, to next: AgentConfiguration, wait: TaskWait?, iteration: Int) {
        self.from = from.name
        performer = IterationOutcome.Performer(next)
        self.wait = wait
        self.iteration = iteration
    }

    /// The name of the one that goes on.
    package var agent: String { performer.name }
}

extension AgentChange {
    /// For people: what happened, and what is done about it.
    package var sentence: String {
        if isUnusable == true {
            return "'\(from)' could not work and is not tried again; '\(agent)' goes on, as soon as it can."
        }
        guard let wait else {
            return "'\(agent)' can work again, as far as is known, and goes on instead of '\(from)'."
        }
        return "\(wait.standing(of: from)); '\(agent)' takes over."
    }
}

extension TaskWait {
    /// A clause for what keeps the agent called `name` from working.
    package func standing(of name: String) -> String {
        let cause =
            switch cause {
            case .usageLimit: "'\(name)' is at its usage limit"
            case .rateLimited: "The service of '\(name)' asks for fewer requests"
            case .overloaded: "The service of '\(name)' is overloaded"
            case .network: "The service of '\(name)' cannot be reached"
            case .dependency, .capacity, .answer, .permission, .acceptance, .review: "'\(name)' waits"
            }
        guard let stated, stated <= until else { return "\(cause), and is asked again at \(until.formattedUTC)" }
        return "\(cause) until \(stated.formattedUTC)"
    }
}

/// What a task keeps of one of its agents while another works.
package struct AgentStanding: Hashable, Sendable, Codable {
    /// The conversation that it goes on with when it comes back.
    package var sessionID: String?
    /// What it waits for.
    package var wait: TaskWait?

    package init() {}
}
