import Domain
import Runner

/// Domain values put into words; clauses without a full stop.
extension IterationEnd {
    var words: String {
        switch self {
        case .ok: "ran to its end"
        case .incomplete: "its output stopped before its final record"
        case .agentError(let message): "the agent reports an error: \(message.tellingLine.firstLine(upTo: 160))"
        case .usageLimit(let resetsAt):
            "the account's allowance is used up" + (resetsAt.map { " until \($0.formattedUTC)" } ?? "")
        case .rateLimited(let wait):
            "the agent's service asks for fewer requests" + (wait.map { " for \($0.formatted)" } ?? "")
        case .overloaded: "the agent's service is overloaded"
        case .network(let message): "the agent's service cannot be reached: \(message.firstLine(upTo: 160))"
        case .authentication(let message): "the agent is not logged in: \(message.firstLine(upTo: 160))"
        case .billing(let message): "no credit: \(message.firstLine(upTo: 160))"
        case .contextOverflow: "the conversation no longer fits the model's context window"
        case .unusableSession: "the session could not be continued"
        case .launchFailure(let message), .silentLaunchFailure(let message):
            "the agent could not be started: \(message.firstLine(upTo: 160))"
        case .permissionDenied(let what): "the agent was refused: \(what.firstLine(upTo: 160))"
        case .question(let text): "the agent asks: \(text.firstLine(upTo: 160))"
        case .permissionAsked(_, let what): "the agent waits to be allowed: \(what.firstLine(upTo: 160))"
        case .timeout(let kind): "ended by makima: \(kind.words)"
        case .stall: "ended by makima: no sign of life for the stall time-out"
        case .killed(let signal): "ended by signal \(signal), which makima did not send"
        }
    }
}

extension IterationOutcome {
    /// How the agent ended, in this iteration.
    var endWords: String {
        let unread = unreadableOutput.map { "; what it printed is lost (\($0))" } ?? ""
        if ownerDied { return "makima died while it ran\(unread)" }
        if wasStopped == true { return "ended because you stopped it" }
        guard case .agentError = agent.end, let status = agent.exitStatus, status != 0 else { return agent.end.words }
        return "\(agent.end.words) (exit status \(status))"
    }
}

extension IterationOutcome {
    /// What is to be said of its gate: a program that was ended is not believed, whatever it said.
    var gateWords: String {
        guard gate == .missing, wasStopped == true || ownerDied else { return gate.words }
        return wasStopped == true ? "not believed, because it was stopped" : "not believed, because makima died"
    }
}

extension SandboxSpec {
    /// What of the network is seen, as `allowlist (2 hosts)`.
    var networkWords: String {
        switch network {
        case .full, .none: network.rawValue
        case .allowlist: "\(network.rawValue) (\(allowHosts.count.counted("host")))"
        }
    }
}

extension TimeoutKind {
    var words: String {
        switch self {
        case .iteration: "the iteration ran longer than its time-out"
        case .firstOutput: "it never printed anything"
        case .toolCall: "a tool call stayed open longer than its time-out"
        case .timeBudget: "the task's time was used up"
        }
    }
}

extension GateReading {
    var words: String {
        switch self {
        case .missing: "no completion gate"
        case .malformed(let problem): "completion gate not understood: \(problem.words)"
        case .stated(let gate): gate.words
        }
    }

    /// The one word for tables.
    var label: String {
        switch self {
        case .missing: "none"
        case .malformed: "unclear"
        case .stated: isReady ? "ready" : "not ready"
        }
    }
}

extension TaskDossier {
    /// What a stop without a proven end owes to what the agent said last; `nil` where it said what it had to.
    var missingGate: String? {
        guard endedWithoutResult, let outcome = iterations.last?.outcome, outcome.agent.end == .ok else { return nil }
        return switch outcome.gate {
        case .missing:
            "The agent's final message had no completion gate; without one that says 'ready: true' nothing is checked."
        case .malformed(let problem):
            "The completion gate of the agent's final message was not understood, and so nothing was checked: "
                + "\(problem.words)."
        case .stated: nil
        }
    }

    /// What kept the last iteration from being the last one that was needed: its agent's error, a check, or its gate.
    var lastTrouble: String? {
        guard endedWithoutResult, let last = iterations.last, let outcome = last.outcome else { return nil }
        guard outcome.agent.end == .ok else { return "In the last iteration: \(outcome.endWords)." }
        let failing = task.spec.checks.compactMap { check in
            receipts.last { $0.check == check && $0.iteration == last.number && !$0.verdict.isPassed }
        }
        guard let first = failing.first else { return missingGate }
        let others = failing.count > 1 ? ", and \((failing.count - 1).counted("other")) did not pass" : ""
        return "In the last iteration the check '\(first.check.title)' \(first.words)\(others)."
    }

    /// What people said that no agent of a task that is over has heard; `nil` where all was heard.
    var unheard: String? {
        guard !task.status.isActive, task.status != .pending else { return nil }
        let messages = talk.messages.filter { $0.isUnheard && !talk.handedOver.contains($0.number) }
        guard let first = messages.first else { return nil }
        let others = messages.count > 1 ? ", nor \((messages.count - 1).counted("other"))" : ""
        let isUsedUp = task.iterations >= task.spec.limits.maxIterations
        let late = isUsedUp ? ": no iteration was left for it" : ": it was done before"
        let way = task.status == .done ? late : "; the next prompt has it"
        return "Its agent has not heard message \(first.number) ('\(first.text.firstLine(upTo: 80))')\(others)\(way)."
    }

    /// The loop has come to a limit, and not to an end.
    private var endedWithoutResult: Bool {
        switch task.reason {
        case .iterationLimit, .budget, .stalled(.noChange): true
        default: false
        }
    }
}

extension CompletionGate {
    fileprivate var words: String {
        let detail = (ready ? reason ?? progress : progress ?? reason).map { ": \($0.firstLine(upTo: 160))" } ?? ""
        guard blockers.isEmpty else {
            let claim = ready ? "ready, yet blocked (so not ready)" : "not ready, blocked"
            return "\(claim) by \(blockers.map { $0.firstLine(upTo: 80) }.listed(atMost: 3))"
        }
        return (ready ? "ready" : "not ready") + detail
    }
}

extension GateProblem {
    var words: String {
        switch self {
        case .unterminated: "its closing tag is missing"
        case .readyMissing: "it does not say 'ready'"
        case .readyUnclear(let text): "'ready' is neither true nor false but '\(text.firstLine(upTo: 40))'"
        case .readyContradictory: "it says 'ready' twice with different values"
        case .invalidJSON: "it is not valid JSON"
        }
    }
}

extension CheckVerdict {
    var words: String {
        switch self {
        case .passed: "passed"
        case .failed(let exitCode): "failed with exit status \(exitCode)"
        case .notEvaluated(let cause): "could not be evaluated: \(cause.sentence)"
        }
    }

    var mark: StyledLine {
        switch self {
        case .passed: StyledLine("✓", .good)
        case .failed: StyledLine("✗", .bad)
        case .notEvaluated: StyledLine("?", .warning)
        }
    }
}

extension CheckReceipt {
    /// The verdict, and what the kernel did to the check.
    var words: String { verdict.words + (limitHits.map { "; \($0.clause)" } ?? "") }
}

extension CheckDefinition {
    /// The one line for it.
    var title: String { name.firstLine(upTo: 80) }

    /// The title, and the command where it says more.
    var fullTitle: String { name == command ? title : "\(title) (\(command.firstLine(upTo: 80)))" }
}

extension ChangeSize {
    /// As `+12 −3 in 2 files`.
    var words: String {
        guard files > 0 else { return "no change" }
        return "+\(insertions) −\(deletions) in \(files) \(files == 1 ? "file" : "files")"
    }
}

extension Preparation {
    var words: String {
        switch self {
        case .workspace(let files): "making the workspace" + (files.map { " (\($0) files)" } ?? "")
        case .setupCommand(let command): "running the setup command: \(command.firstLine(upTo: 80))"
        case .importing: "bringing the work into your repository"
        case .publishing(.none): "finishing"
        case .publishing(.branch): "making the branch"
        case .publishing(.merge): "merging into the target branch"
        case .publishing(.pullRequest): "putting the work to review"
        }
    }
}

extension TaskMessage {
    /// Where the message is.
    var stateWords: String {
        guard let receipt else { return "queued" }
        return switch receipt.way {
        case .prompt: "told in the prompt of iteration \(receipt.iteration)"
        case .live: "heard in iteration \(receipt.iteration) at \(receipt.at.formattedUTC)"
        }
    }
}

extension WaitCause {
    var words: String {
        switch self {
        case .usageLimit: "the account's allowance is used up"
        case .rateLimited: "the agent's service asks for fewer requests"
        case .overloaded: "the agent's service is overloaded"
        case .network: "the agent's service cannot be reached"
        case .dependency: "another task must be done first"
        case .capacity: "no slot is free"
        case .answer: "the agent asked a question"
        case .permission: "the agent waits to be allowed something"
        case .acceptance: "the goal of its contract is being looked at"
        case .review: "the pull request is in review"
        }
    }
}

extension TaskWait {
    var words: String {
        switch role {
        case .waits where cause == .review:
            "\(cause.words); makima stays with it until \(until.formattedUTC)"
        case .waits:
            "\(cause.words); goes on at \(until.formattedUTC) (attempt \(attempt))"
                + (stated.map { $0 > until ? "; the service states \($0.formattedUTC)" : "" } ?? "")
        case .standsBy: "\(cause.words); another task of the account tries first (attempt \(attempt))"
        case .probes: "\(cause.words)? This task tries, others of the account wait (attempt \(attempt))"
        }
    }

    /// What is being done meanwhile.
    var activity: String {
        switch role {
        case .waits: "waiting until \(until.formattedUTC): \(cause.words)"
        case .standsBy: "waiting for another task of the account to try: \(cause.words)"
        case .probes: "trying for all tasks of the account: \(cause.words)"
        }
    }

    /// As few words as a table has room for.
    var label: String {
        switch role {
        case .waits: "until \(until.formattedUTC)"
        case .standsBy: "another task tries"
        case .probes: "tries first"
        }
    }
}

extension Proof {
    /// The proof said plainly, for a task with `checks` configured checks.
    func words(checks: Int) -> String {
        switch self {
        case .verified: "verified: \(checks) \(checks == 1 ? "check" : "checks") passed"
        case .unverified: "UNVERIFIED: no checks configured"
        case .empty: "EMPTY: nothing differs from the base"
        }
    }
}

extension Usage {
    /// The cost alone, for a column of a table: `$0.42`, or `≥ $0.42` where that is not all of it.
    var costWords: String {
        guard let cost else { return "–" }
        return isCostComplete ? cost.formatted : "≥ \(cost.formatted)"
    }

    /// As `$0.42 · 12.3k tokens`, with the budgets where there are any; `nil` while nothing is known.
    func words(within budgets: Budgets) -> String? {
        var parts: [String] = []
        if cost != nil || budgets.maxCost != nil {
            let known = (cost ?? .zero).formatted
            let spent = isCostComplete ? known : "at least \(known)"
            parts.append(budgets.maxCost.map { "\(spent) of \($0.formatted)" } ?? spent)
        }
        if tokens != nil || budgets.maxTokens != nil {
            let known = (tokens ?? 0).abbreviated
            let used = areTokensComplete ? known : "at least \(known)"
            parts.append(budgets.maxTokens.map { "\(used) of \($0.abbreviated) tokens" } ?? "\(used) tokens")
        }
        return parts.isEmpty ? nil : parts.joined(separator: " · ")
    }
}

extension LoopLimits {
    /// As `2 of 10`; `2` where as many may be used as the task likes.
    func words(used: Int) -> String { isUnlimited ? "\(used)" : "\(used) of \(maxIterations)" }

    /// As `2/10`, for a column.
    func column(used: Int) -> String { isUnlimited ? "\(used)" : "\(used)/\(maxIterations)" }

    /// As ``words(used:)``, where only the limit is known.
    static func words(used: Int, most: Int) -> String { LoopLimits(maxIterations: most).words(used: used) }
}

extension Int {
    /// As `950`, `12.3k`, `4.1M`.
    var abbreviated: String {
        switch self {
        case ..<1000: "\(self)"
        case ..<1_000_000: "\(self / 1000).\(self % 1000 / 100)k"
        default: "\(self / 1_000_000).\(self % 1_000_000 / 100_000)M"
        }
    }

    /// As `1 iteration`, `2 iterations`.
    func counted(_ noun: String) -> String {
        "\(self) \(noun)\(self == 1 ? "" : "s")"
    }
}

extension ProcessLimits {
    /// The limits of what a program takes of memory and processors; `nil` where there are none.
    var words: String? {
        let words = [memoryMiB.map { "\($0) MiB of memory" }, cpus.map { "\($0.formatted) processors" }]
            .compactMap { $0 }
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }
}

extension PermissionRequest {
    /// All of what it is about, so that nobody allows what they have not seen.
    var shownLines: [StyledLine] {
        guard !subject.isEmpty else { return [] }
        return TerminalText.judged(subject).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { StyledLine("     \($0)") }
    }
}

extension String {
    /// The line that says most likely what went wrong: the last one with a word for that, else the last one.
    var tellingLine: String {
        let lines = split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        let telling = lines.last { line in
            let line = line.lowercased()
            return ["error", "fatal", "panic", "failed", "exception"].contains(where: line.contains)
        }
        return String(telling ?? lines.last ?? "")
    }
}
