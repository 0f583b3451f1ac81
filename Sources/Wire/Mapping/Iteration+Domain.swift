package import Domain

extension WireIterationEnd {
    package init(_ end: IterationEnd) {
        self.init()
        switch end {
        case .ok: code = "ok"
        case .incomplete: code = "incomplete"
        case .agentError(let message): set("agent_error", message)
        case .usageLimit(let time):
            code = "usage_limit"
            resetsAt = time?.clipped
        case .rateLimited(let time):
            code = "rate_limited"
            retryAfterMilliseconds = time?.clipped
        case .overloaded: code = "overloaded"
        case .network(let message): set("network", message)
        case .authentication(let message): set("authentication", message)
        case .billing(let message): set("billing", message)
        case .contextOverflow: code = "context_overflow"
        case .unusableSession: code = "unusable_session"
        case .launchFailure(let message): set("launch_failure", message)
        case .silentLaunchFailure(let message):
            set("launch_failure", message)
            silent = true
        case .permissionDenied(let what): set("permission_denied", what)
        case .question(let text): set("question", text)
        case .permissionAsked(let question, let what):
            set("permission_asked", what)
            questionNumber = question
        case .timeout(let kind): code = Self.timeouts.first { $0.value == kind }?.key ?? "iteration_timeout"
        case .stall: code = "stall"
        case .killed(let signal):
            code = "killed"
            self.signal = Int(signal)
        }
    }

    private mutating func set(_ code: String, _ message: String) {
        self.code = code
        self.message = message.clipped(to: WireLimits.message)
    }

    private static let timeouts: [String: TimeoutKind] = [
        "iteration_timeout": .iteration, "first_output_timeout": .firstOutput, "tool_call_timeout": .toolCall,
        "time_budget_timeout": .timeBudget,
    ]

    /// `nil` for one of a later version.
    package var end: IterationEnd? {
        let text = message ?? ""
        switch code {
        case "ok": return .ok
        case "incomplete": return .incomplete
        case "agent_error": return .agentError(message: text)
        case "usage_limit": return .usageLimit(resetsAt: resetsAt)
        case "rate_limited": return .rateLimited(retryAfter: retryAfterMilliseconds)
        case "overloaded": return .overloaded
        case "network": return .network(message: text)
        case "authentication": return .authentication(message: text)
        case "billing": return .billing(message: text)
        case "context_overflow": return .contextOverflow
        case "unusable_session": return .unusableSession
        case "launch_failure": return silent ? .silentLaunchFailure(message: text) : .launchFailure(message: text)
        case "permission_denied": return .permissionDenied(what: text)
        case "question": return .question(text: text)
        case "permission_asked": return questionNumber.map { .permissionAsked(question: $0, what: text) }
        case "stall": return .stall
        case "killed": return signal.flatMap { Int32(exactly: $0) }.map { .killed(signal: $0) }
        default: return Self.timeouts[code].map { .timeout($0) }
        }
    }
}

extension WireGate {
    package init(_ reading: GateReading, limit: Int = WireLimits.message) {
        switch reading {
        case .missing: self.reading = "missing"
        case .malformed(let problem):
            self.reading = "malformed"
            switch problem {
            case .unterminated: self.problem = "unterminated"
            case .readyMissing: self.problem = "ready_missing"
            case .readyUnclear(let text):
                self.problem = "ready_unclear"
                found = text.clipped(to: limit)
            case .readyContradictory: self.problem = "ready_contradictory"
            case .invalidJSON: self.problem = "invalid_json"
            }
        case .stated(let gate):
            self.reading = "stated"
            statedReady = gate.ready
            ready = reading.isReady
            reason = gate.reason?.clipped(to: limit)
            progress = gate.progress?.clipped(to: limit)
            blockers = gate.blockers.clipped(to: min(limit, WireLimits.sentence), count: 100)
        }
    }

    /// `nil` for one of a later version.
    package var gateReading: GateReading? {
        switch (reading, problem, statedReady) {
        case ("missing", _, _): .missing
        case ("malformed", "unterminated", _): .malformed(.unterminated)
        case ("malformed", "ready_missing", _): .malformed(.readyMissing)
        case ("malformed", "ready_unclear", _): .malformed(.readyUnclear(found ?? ""))
        case ("malformed", "ready_contradictory", _): .malformed(.readyContradictory)
        case ("malformed", "invalid_json", _): .malformed(.invalidJSON)
        case ("stated", _, let stated?):
            .stated(CompletionGate(ready: stated, reason: reason, progress: progress, blockers: blockers))
        default: nil
        }
    }
}

extension IterationEnded {
    /// Makes the report of `record`, whose texts are cut until it fits into a frame.
    ///
    /// `task` is the record after it; `checkpoint` the last one of the task.
    package static func fitting(
        _ stamp: Stamp,
        _ record: IterationRecord,
        task: TaskRecord,
        checkpoint: Int?
    ) -> IterationEnded {
        var report = IterationEnded()
        let texts = 4 + 2 * (record.outcome?.receipts.count ?? 0)
        // What cannot fit is not tried.
        for limit in [64 << 10, 16 << 10, 4 << 10, 1 << 10, 256] where limit == 256 || limit * texts < WireLimits.frame
        {
            report = IterationEnded(stamp, record, task, checkpoint: checkpoint, limit: limit)
            // What else may be wrong with it no cutting mends: it is told when it is sent.
            guard case .frameTooLarge? = report.problem else { return report }
        }
        report.standing.loopMemory = nil
        return report
    }

    private var problem: WireError? {
        do throws(WireError) {
            _ = try Frame.encode(self)
            return nil
        } catch { return error }
    }

    private init(_ stamp: Stamp, _ record: IterationRecord, _ task: TaskRecord, checkpoint: Int?, limit: Int) {
        self.stamp = stamp
        iteration = record.number
        tryNumber = record.attempt
        run = record.run
        startedAt = record.startedAt.clipped
        endedAt = record.endedAt?.clipped
        standing = WireStanding(task, checkpoint: checkpoint)
        if let outcome = record.outcome { take(outcome, limit: limit) }
    }

    private mutating func take(_ outcome: IterationOutcome, limit: Int) {
        end = WireIterationEnd(outcome.agent.end)
        end.message = end.message?.clipped(to: limit)
        counted = outcome.counted
        ownerDied = outcome.ownerDied
        wasStopped = outcome.wasStopped ?? false
        exitStatus = outcome.agent.exitStatus.map(Int.init)
        agent = outcome.performer?.name.clipped(to: WireLimits.label)
        agentKind = outcome.performer?.kind
        finalMessage = outcome.agent.finalMessage?.clipped(to: limit)
        gate = WireGate(outcome.gate, limit: limit)
        receipts = outcome.receipts.prefix(WireLimits.checks).map { WireReceipt($0, limit: limit) }
        checkpoint = outcome.checkpoint?.number
        change = outcome.checkpoint.map { WireChange($0.change) }
        notes = (outcome.notes ?? []).clipped(to: min(limit, WireLimits.sentence), count: 100)
        limitHits = outcome.limitHits.map(WireLimitHits.init)
        usage = WireUsage(outcome.agent.usage)
    }
}
