import Domain
import Runner

/// Tells what happens in a run as lines that stay: the same story on a terminal and in a log file.
///
/// On a terminal a tool call is one line, told when it ended, with the time it took; until then the status block shows
/// it. Elsewhere it is told when it begins, without times, so that a log is stable and never behind.
struct RunNarrator {
    private let callName: String
    private let tellsTimes: Bool
    private var openCalls: [String: OpenCall] = [:]
    /// What a program says that speaks in pieces of text; `nil` for an agent that tells its texts one by one.
    private var spoken: SpokenLines?
    /// What it writes to standard error.
    private var complaints: SpokenLines

    /// Nothing runs that could be ended.
    private var isWaiting = false

    private struct OpenCall {
        var title: String
        var began: Duration
    }

    init(callName: String, tellsTimes: Bool) {
        self.callName = callName
        self.tellsTimes = tellsTimes
        complaints = SpokenLines(hidesGates: false)
    }

    /// Tells by what lookers-on of a server's task hear: `speaksInPieces` because the beginning of the run, which says what agent
    /// works, is not told, and where it is said what of its words was left out, because these are not all of them.
    init(lookingOn callName: String, speaksInPieces: Bool) {
        self.init(callName: callName, tellsTimes: false)
        let complete = "makima logs \(callName)"
        complaints = SpokenLines(hidesGates: false, complete: complete)
        spoken = speaksInPieces ? SpokenLines(complete: complete) : nil
    }

    /// Returns what is to be told about `event`, which happened `elapsed` after the beginning.
    mutating func tell(_ event: RunEvent, elapsed: Duration) -> [StyledLine] {
        if case .began(let task, _) = event { spoken = task.spec.agent.kind.isVendorProgram ? nil : SpokenLines() }
        if case .agent(.text(let text)) = event, spoken != nil {
            return spoken?.take(text, elapsed: elapsed).map(Self.said) ?? []
        }
        if case .agent(.errorOutput(let text)) = event {
            return complaints.take(text, elapsed: elapsed).map(Self.complained)
        }
        switch event {
        case .notice(.agentChanged(let change)): spoken = change.performer.kind.isVendorProgram ? nil : SpokenLines()
        case .waiting: isWaiting = true
        case .iterationBegan, .checkBegan, .finished: isWaiting = false
        default: break
        }
        return (event.endsSpeech ? endSpeech(elapsed: elapsed) : []) + lines(for: event, elapsed: elapsed)
    }

    /// Returns what is held back: what was begun to be said does not go on.
    mutating func endSpeech(elapsed: Duration) -> [StyledLine] {
        (spoken?.finish(elapsed: elapsed).map(Self.said) ?? [])
            + complaints.finish(elapsed: elapsed).map(Self.complained)
    }

    /// Returns what was said before and held back, where it is time for it, though nothing happens.
    mutating func flush(elapsed: Duration) -> [StyledLine] {
        (spoken?.flush(elapsed: elapsed).map(Self.said) ?? []) + complaints.flush(elapsed: elapsed).map(Self.complained)
    }

    private mutating func lines(for event: RunEvent, elapsed: Duration) -> [StyledLine] {
        switch event {
        case .began(let task, let sandbox): tellBeginning(task, sandbox)
        case .preparing(let preparation): [StyledLine("· \(preparation.words)", .faint)]
        case .iterationBegan(let number, let limit, let attempt): tellIteration(number, limit, attempt)
        case .agent(let event): tell(event, elapsed: elapsed)
        case .checkpointTaken(let checkpoint): tell(checkpoint)
        case .checkBegan(let check, _): tellsTimes ? [] : ["  check began: " + StyledLine(check.title)]
        case .checkEnded(let receipt): tell(receipt)
        case .iterationEnded(let record, _): tellEnd(of: record)
        case .waiting(let wait): [StyledLine("⏳ \(wait.words)", .warning)]
        case .asked(let request, let number, let patience): tell(request, number, patience)
        case .notice(let notice): [StyledLine("! ", .warning) + StyledLine(notice.sentence)]
        case .stopping(let isForced): tellStopping(isForced)
        case .finished: []
        }
    }

    private func tellBeginning(_ task: TaskRecord, _ sandbox: SandboxState) -> [StyledLine] {
        let checks = task.spec.checks.isEmpty ? "NO CHECKS" : task.spec.checks.count.counted("check")
        let base =
            task.spec.repository.base.map { "base \(task.spec.repository.baseBranch ?? "detached") at \($0.short)" }
            ?? "base: an empty repository"
        let isOff = sandbox == .off
        let permissions = task.spec.permissions.map { "permissions \($0.rawValue) · " } ?? ""
        return [
            (StyledLine("Task \(callName) ", .strong) + StyledLine(task.spec.name.firstLine(upTo: 100))).folded,
            // A narrow terminal cuts the end, which is what is missed least.
            (StyledLine("  agent \(task.spec.agent.name) · \(permissions)\(checks) · ", .faint)
                + StyledLine("sandbox \(sandbox.description)", isOff ? .bad : .faint)
                + StyledLine(" · network \(task.spec.sandbox.networkWords) · \(base)", .faint))
                .folded,
        ]
    }

    private func tellIteration(_ number: Int, _ limit: Int, _ attempt: Int) -> [StyledLine] {
        let again = attempt > 1 ? " (attempt \(attempt))" : ""
        let title = StyledLine("Iteration \(LoopLimits.words(used: number, most: limit))\(again)", .strong)
        return tellsTimes ? ["", StyledLine("── ", .faint) + title] : [title]
    }

    private mutating func tell(_ event: AgentEvent, elapsed: Duration) -> [StyledLine] {
        switch event {
        case .text(let text):
            let line = text.firstLine(upTo: 200)
            return line.isEmpty ? [] : [Self.said(line)]
        case .toolCallBegan(let id, let name, let summary):
            let title = [name, summary.firstLine(upTo: 160)].filter { !$0.isEmpty }.joined(separator: " ")
            openCalls[id] = OpenCall(title: title, began: elapsed)
            return tellsTimes ? [] : ["  ▸ " + StyledLine(title)]
        case .toolCallEnded(let id, let isError):
            return tellToolCallEnd(id, isError: isError, elapsed: elapsed)
        case .retrying(let attempt, let attempts, let cause):
            let total = attempts.map { " of \($0)" } ?? ""
            return [StyledLine("  ↻ retry \(attempt)\(total): \(cause.words)", .warning)]
        case .rateLimit(let rejected, let resetsAt):
            let end = resetsAt.map { " until \($0.formattedUTC)" } ?? ""
            return rejected ? [StyledLine("  ! the account's allowance is used up\(end)", .warning)] : []
        case .permissionDenied(let tool, let message):
            return [StyledLine("  ! refused to the agent: \(tool): \(message.firstLine(upTo: 160))", .warning)]
        case .permissionAsked, .permissionWithdrawn: return []
        case .oversizedLine(let bytes):
            return [StyledLine("  ! skipped a line of \(bytes) bytes; it is complete in the spool", .faint)]
        case .messageTaken(let number):
            return [StyledLine("  ✉ the agent has message \(number)", .accent)]
        case .session, .usage, .result, .errorOutput:
            return []
        }
    }

    private static func said(_ line: String) -> StyledLine {
        (StyledLine("  ◦ ", .accent) + StyledLine(line)).folded
    }

    private static func complained(_ line: String) -> StyledLine {
        (StyledLine("  ⚠ stderr: ", .warning) + StyledLine(line, .faint)).folded
    }

    private mutating func tellToolCallEnd(_ id: String, isError: Bool, elapsed: Duration) -> [StyledLine] {
        guard let call = openCalls.removeValue(forKey: id) else { return [] }
        guard tellsTimes else {
            return isError ? [StyledLine("  ✗ ", .bad) + StyledLine("\(call.title): failed")] : []
        }
        let mark = isError ? StyledLine("  ✗ ", .bad) : StyledLine("  ▸ ", .faint)
        let time = (elapsed - call.began).formatted
        let gap = String(repeating: " ", count: max(2, Self.timeWidth - time.count))
        return [(mark + StyledLine(time + gap, .faint) + StyledLine(call.title)).folded]
    }

    /// The titles of quick calls stand in one column; room for `12 min 05 s` would push all of them far to the right.
    private static let timeWidth = 8

    private func tell(_ checkpoint: Checkpoint) -> [StyledLine] {
        let isNews = checkpoint.change.files > 0 || checkpoint.cause != .heartbeat
        guard isNews else { return [] }
        return [StyledLine("  ● checkpoint \(checkpoint.number): \(checkpoint.change.words)", .faint)]
    }

    private func tell(_ receipt: CheckReceipt) -> [StyledLine] {
        let result =
            "  " + receipt.verdict.mark + StyledLine(" \(receipt.check.title) ")
            + StyledLine("\(receipt.words) · \(receipt.duration.formatted)", .faint)
        switch receipt.verdict {
        case .passed: return [result]
        case .failed, .notEvaluated:
            let tail = receipt.outputTail.split(whereSeparator: \.isNewline).suffix(Self.tailLines)
            return [result] + tail.map { StyledLine("      \($0)", .faint) }
        }
    }

    /// Of a failing check's output so many lines are shown; all of it is in `makima why`.
    private static let tailLines = 5

    private mutating func tellEnd(of record: IterationRecord) -> [StyledLine] {
        openCalls = [:]
        return Self.end(of: record)
    }

    static func end(of record: IterationRecord) -> [StyledLine] {
        guard let outcome = record.outcome else { return [] }
        var parts: [String] = []
        if outcome.agent.end != .ok { parts.append(outcome.endWords) }
        if outcome.agent.end == .ok || outcome.gate != .missing { parts.append(outcome.gate.words) }
        if !outcome.counted { parts.append("does not count") }
        return [
            StyledLine("  = ", .accent)
                + StyledLine("iteration \(record.number) ended: \(parts.joined(separator: "; "))")
        ]
    }

    private func tell(_ request: PermissionRequest, _ number: Int, _ patience: Duration) -> [StyledLine] {
        let command = "makima answer \(callName) --question \(number)"
        return [StyledLine("? ", .warning) + StyledLine("May the agent use \(request.tool)?", .strong)]
            + request.shownLines
            + [
                StyledLine("  Answer within \(patience.formatted) with '\(command) yes', 'always'", .faint)
                    + StyledLine(" (for \(request.reach)) or 'no REASON'.", .faint)
            ]
    }

    private func tellStopping(_ isForced: Bool) -> [StyledLine] {
        if isWaiting { return [StyledLine("Stopping: the wait ends, and everything is kept.", .warning)] }
        return isForced
            ? [StyledLine("Killing what is left of the agent. Everything it wrote is kept.", .warning)]
            : [
                StyledLine("Stopping gently: the agent may end, and everything is kept. ", .warning)
                    + "Ctrl-C once more kills it."
            ]
    }
}

extension RunEvent {
    /// Whether what the agent had begun to say does not go on after it.
    fileprivate var endsSpeech: Bool {
        switch self {
        case .agent, .iterationEnded, .finished: true
        case .began, .preparing, .iterationBegan, .checkpointTaken, .checkBegan, .checkEnded, .waiting, .notice,
            .asked, .stopping:
            false
        }
    }
}
