/// How one agent process ended, as far as its own structured output, its exit and makima's timers tell.
package enum IterationEnd: Hashable, Sendable, Codable {
    /// It ran to its own end and its final message can be believed to be its final message.
    case ok
    /// Its output stopped before its final record: the work counts, the claims do not.
    case incomplete
    /// The agent itself reports an error that is not one of the classes below.
    case agentError(message: String)
    /// The account's allowance is used up, until `resetsAt` where the agent said so.
    case usageLimit(resetsAt: Timestamp?)
    /// Too many requests for the moment.
    case rateLimited(retryAfter: Duration?)
    /// The model's service is overloaded or failing.
    case overloaded
    /// The model's service could not be reached.
    case network(message: String)
    /// The agent's login is missing or refused.
    case authentication(message: String)
    /// No credit, or a payment problem.
    case billing(message: String)
    /// The conversation no longer fits the model's context window.
    case contextOverflow
    /// The session to be continued does not exist or cannot be continued.
    case unusableSession
    /// The agent program could not be started.
    case launchFailure(message: String)
    /// The agent program ended at once and said nothing that is known: perhaps it cannot be started, perhaps only now.
    case silentLaunchFailure(message: String)
    /// The agent was refused something it needs and nobody could be asked.
    case permissionDenied(what: String)
    /// The agent asked a question and ended.
    case question(text: String)
    /// It waited to be allowed something, and nobody had decided that when it was ended; `question` is its number.
    case permissionAsked(question: Int, what: String)
    /// A limit on its time ended it.
    case timeout(TimeoutKind)
    /// It showed no sign of life for the configured time.
    case stall
    /// It was ended by a signal that makima did not send.
    case killed(signal: Int32)

    /// Whether the iteration is one the agent used: only these consume an iteration and feed the circuit breaker.
    package var countsAsIteration: Bool {
        switch self {
        case .ok, .incomplete, .agentError, .permissionDenied, .question, .permissionAsked, .timeout, .stall,
            .killed:
            true
        case .usageLimit, .rateLimited, .overloaded, .network, .authentication, .billing, .contextOverflow,
            .unusableSession, .launchFailure, .silentLaunchFailure:
            false
        }
    }
}

/// Which limit on time ended an agent.
package enum TimeoutKind: String, Hashable, Sendable, Codable {
    /// `iteration_timeout`: the whole iteration.
    case iteration
    /// `first_output_timeout`: nothing was ever printed.
    case firstOutput = "first_output"
    /// `tool_timeout`: one tool call stayed open.
    case toolCall = "tool_call"
    /// The task's budget of time was used up.
    case timeBudget = "time_budget"
}
