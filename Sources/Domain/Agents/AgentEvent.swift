/// One thing an agent did or said, in the order of its output.
package enum AgentEvent: Hashable, Sendable {
    /// The agent's conversation has begun or goes on under this id.
    case session(id: String, model: String?)
    /// The agent said something. Progress for people; never read for a gate.
    case text(String)
    case toolCallBegan(id: String, name: String, summary: String)
    case toolCallEnded(id: String, isError: Bool)
    /// Spending of this process so far; replaces the last one.
    case usage(Usage)
    /// The agent retries by itself: a sign of life.
    case retrying(attempt: Int, of: Int?, cause: WaitCause)
    /// The account's allowance, as the agent reports it.
    case rateLimit(rejected: Bool, resetsAt: Timestamp?)
    case permissionDenied(tool: String, message: String)
    /// The agent waits to be allowed something, by the name that its program gives the request.
    case permissionAsked(id: String, PermissionRequest)
    /// The agent does not wait any more for the answer to what it asked by this name.
    case permissionWithdrawn(id: String)
    /// The agent has the message of a person with this number.
    case messageTaken(number: Int)
    /// The agent's final record. Several may come; the last one counts.
    case result(AgentResult)
    /// What the program wrote to standard error, cut where it happened to be read; no statement of the agent's.
    case errorOutput(String)
    /// A line longer than makima keeps; its bytes are in the spool.
    case oversizedLine(bytes: Int)

    /// Whether it shows that the agent's service lets this process in.
    ///
    /// Texts and spending do not: the message that a limit is met is a text too, and comes with the spending of nothing.
    package var provesAnswer: Bool {
        switch self {
        case .toolCallBegan, .rateLimit(rejected: false, _): true
        case .session, .text, .toolCallEnded, .usage, .retrying, .rateLimit, .permissionDenied, .permissionAsked,
            .permissionWithdrawn, .messageTaken, .result, .errorOutput, .oversizedLine:
            false
        }
    }

    /// Whether the program has gone on after what it was told.
    package var showsProgress: Bool {
        switch self {
        case .text, .toolCallBegan, .toolCallEnded, .result: true
        case .session, .usage, .retrying, .rateLimit, .permissionDenied, .permissionAsked, .permissionWithdrawn,
            .messageTaken, .errorOutput, .oversizedLine:
            false
        }
    }
}

/// The final record of an agent process.
package struct AgentResult: Hashable, Sendable {
    /// The agent's final message: the only text in which a gate is looked for.
    package var finalMessage: String?
    /// `nil` when the agent calls its run a success.
    package var failure: IterationEnd?

    package init(finalMessage: String?, failure: IterationEnd? = nil) {
        self.finalMessage = finalMessage
        self.failure = failure
    }
}

/// What the process of an agent left behind when it ended.
package struct AgentOutcome: Hashable, Sendable, Codable {
    package var end: IterationEnd
    /// The text in which a gate is looked for; `nil` when there is no final message that can be trusted to be one.
    package var finalMessage: String?
    /// The conversation that a later iteration may continue; `nil` when there is none.
    package var sessionID: String?
    package var usage: Usage
    /// That of its program; `nil` where a signal or makima ended it.
    package var exitStatus: Int32?
    /// The tokens of ``usage`` that the agent has told no cost of, by kind; `nil` where it does not say, or where several
    /// models were at work.
    package var tokens: ModelTokens?
    /// How full the conversation is; `nil` where the agent does not say.
    package var context: ContextFill?
    /// Whether ``tokens`` are those of the whole conversation, earlier processes included; `nil` is no.
    package var tellsWholeConversation: Bool?
    /// How it ended where it has worked; `nil` where ``end`` holds all the same.
    ///
    /// Words that anybody may print are the service's where nothing else was said or done. Settled by
    /// ``settle(changedFiles:duration:)``.
    package var endAfterWork: IterationEnd?

    package init(end: IterationEnd, finalMessage: String? = nil, sessionID: String? = nil, usage: Usage = Usage()) {
        self.end = end
        self.finalMessage = finalMessage
        self.sessionID = sessionID
        self.usage = usage
    }
}

extension AgentOutcome {
    /// Believes doubtful words of a process that did nothing, and not of one that changed files or took its time.
    package mutating func settle(changedFiles: Bool, duration: Duration) {
        if let worked = endAfterWork, changedFiles || duration >= Self.shortest { end = worked }
        endAfterWork = nil
    }

    /// Makes the limit at which it was ended the error of an agent that was killed.
    ///
    /// Who sends a signal is not told: where the kernel ended a process of the agent's at its limit of memory, it was that.
    package mutating func settle(atLimits hits: LimitHits?) {
        guard let hits, hits.killed > 0 else { return }
        let kill = IterationEnd.killed(signal: 9)
        if end == kill { end = .agentError(message: hits.agentError) }
        if endAfterWork == kill { endAfterWork = .agentError(message: hits.agentError) }
    }

    /// Programs that cannot reach their service give up before.
    private static let shortest = Duration.seconds(300)
}

/// Which way of driving an agent program is used.
package enum AgentKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Claude Code with `stream-json` output.
    case claude
    /// Codex with `exec --json` output.
    case codex
    /// Any program that speaks the Agent Client Protocol over standard input and output.
    case acp
    /// Any program: prompt on standard input, text on standard output, exit status.
    case command
    /// Plays a scenario file. No artificial intelligence.
    case script

    /// Whether makima tells the program which model to use, and reads records made for machines.
    ///
    /// What others print is shown as it is.
    package var isVendorProgram: Bool {
        switch self {
        case .claude, .codex, .acp: true
        case .command, .script: false
        }
    }

    /// The product as people call it, where the program called `program` is its own; `nil` for any other program.
    package func productName(of program: String) -> String? {
        switch (self, program) {
        case (.claude, "claude"): "Claude Code"
        case (.codex, "codex"): "Codex"
        case (.acp, _) where !program.contains("/"): ACPProgram(called: program)?.productName
        case (.claude, _), (.codex, _), (.acp, _), (.command, _), (.script, _): nil
        }
    }

    /// Whether a process of it may have spent something and have told nothing of it.
    ///
    /// Claude Code tells of every message when it begins.
    package var maySpendUntold: Bool { ![.claude, .script].contains(self) }
}
