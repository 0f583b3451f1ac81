import Domain
import Runner
import Wire

/// Puts events of a task at a server into lines for people: the same story as that of a run on this machine, with the times
/// at which things happened, because it may be long ago.
///
/// What it does not know is passed over.
struct EventNarrator {
    private let callName: String
    private var narrator: RunNarrator
    private var began: Timestamp?
    /// What was told of last.
    private var status: TaskStatus?
    private var attempt = 0
    private var date = ""

    /// `speaksInPieces` where the agent's texts come as its program prints them.
    init(callName: String, speaksInPieces: Bool) {
        self.callName = callName
        narrator = RunNarrator(lookingOn: callName, speaksInPieces: speaksInPieces)
    }

    mutating func tell(_ event: EventView) -> [StyledLine] {
        let start = began ?? event.at
        began = start
        let elapsed = max(event.at - start, .zero)
        let lines: [StyledLine]
        switch event.kind {
        case "status": lines = narrator.endSpeech(elapsed: elapsed) + tellStatus(event)
        case "person": lines = Self.order(event.body)
        case "question": lines = question(event.body)
        case "iteration": lines = narrator.endSpeech(elapsed: elapsed) + iterationEnd(event.body)
        case "checkpoint":
            let report = Self.read(event.body, as: CheckpointReport.self)?.checkpoint.checkpoint
            lines = report.map { narrator.tell(.checkpointTaken($0), elapsed: elapsed) } ?? []
        case "agent", "check", "note":
            lines = Self.read(event.body, as: TaskEventReport.self).map { tell($0, elapsed) } ?? []
        default: lines = []
        }
        return stamped(lines, at: event.at)
    }

    private mutating func stamped(_ lines: [StyledLine], at time: Timestamp) -> [StyledLine] {
        guard !lines.isEmpty else { return [] }
        // As 2026-03-01T14:05:09Z.
        let parts = time.iso8601.split(separator: "T")
        let day = String(parts[0])
        let clock = String(parts[1].prefix(8))
        let head = day == date ? [] : [StyledLine("── \(day), times in UTC", .faint)]
        date = day
        return head
            + lines.enumerated()
            .map { StyledLine($0 == 0 ? "\(clock)  " : String(repeating: " ", count: 10), .faint) + $1 }
    }

    // MARK: - The server's own

    private mutating func tellStatus(_ event: EventView) -> [StyledLine] {
        guard let now = (event.body["status"]?.string).flatMap(TaskStatus.init(rawValue:)) else { return [] }
        let isNewAttempt = event.attempt > attempt
        defer { (status, attempt) = (now, max(attempt, event.attempt)) }
        if now == .pending {
            guard isNewAttempt else { return status == .pending ? [] : ["Queued."] }
            // A task that goes on is queued again, under the number of its last attempt.
            guard let daemon = event.body["daemon"]?.string else { return ["Queued again."] }
            return [StyledLine("Handed to the daemon '\(daemon)', attempt \(event.attempt).")]
        }
        guard now != status else { return [] }
        switch now {
        case .pending, .initializing, .starting, .running: return []
        case .done, .waiting, .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted,
            .failed:
            return [now.mark + StyledLine(" \(now.words)", .strong)]
        }
    }

    private static func order(_ body: JSONValue) -> [StyledLine] {
        let text = (body["text"]?.string ?? "").firstLine(upTo: 400)
        let words: String? =
            switch body["order"]?.string {
            case "message", "interrupt": text.isEmpty ? nil : text
            case "answer": text.isEmpty ? "answered" : "answered: \(text)"
            case "stop": "stop"
            case "pause": "pause"
            case "resume": "go on"
            case "restore": "restore checkpoint \(body["number"]?.int ?? 0)"
            case "delete_workspace": "remove the workspace"
            default: nil
            }
        let by = body["by"]?.string ?? ""
        return words.map { [StyledLine("\(by.isEmpty ? "Somebody" : by): ", .accent) + StyledLine($0)] } ?? []
    }

    // MARK: - What daemons tell

    private func question(_ body: JSONValue) -> [StyledLine] {
        guard let question = Self.read(body, as: QuestionReport.self)?.taskQuestion else { return [] }
        if let answer = question.answer {
            return answer.source == .withdrawn
                ? [] : [StyledLine("Question \(question.number) is settled: \(answer.text.firstLine(upTo: 200))")]
        }
        let command = "makima answer \(callName) --question \(question.number)"
        guard let request = question.permission else {
            return [
                StyledLine("? ", .warning) + StyledLine(question.asked.text.firstLine(upTo: 400), .strong),
                StyledLine("  Answer with '\(command) TEXT'.", .faint),
            ]
        }
        return [StyledLine("? ", .warning) + StyledLine("May the agent use \(request.tool)?", .strong)]
            + request.shownLines
            + [StyledLine("  Answer with '\(command) yes', 'always' or 'no REASON'.", .faint)]
    }

    private func iterationEnd(_ body: JSONValue) -> [StyledLine] {
        guard let record = Self.read(body, as: IterationEnded.self)?.record else { return [] }
        return RunNarrator.end(of: record)
    }

    private mutating func tell(_ report: TaskEventReport, _ elapsed: Duration) -> [StyledLine] {
        if let event = RunEvent(report) { return narrator.tell(event, elapsed: elapsed) }
        switch report.event {
        case "notice": return [StyledLine("! ", .warning) + StyledLine(notice(report))]
        case "preparing":
            return Self.preparation(report).map { [StyledLine("· \($0.words)", .faint)] } ?? []
        case "check_began": return [StyledLine("  check began: \(report.check ?? "")")]
        case "waiting":
            let until = report.until.map { " until \($0.formattedUTC)" } ?? ""
            let cause = report.code.flatMap(WaitCause.init(wireWord:))?.words ?? report.code?.spokenCode ?? ""
            return [StyledLine("⏳ It waits\(until): \(cause).", .warning)]
        default: return []
        }
    }

    private func notice(_ report: TaskEventReport) -> String {
        switch report.code {
        case "events_dropped": "\(report.text ?? "") 'makima logs \(callName)' has all that was printed."
        case "sandbox": "The sandbox: \(report.text ?? "")"
        case "stopping": "Stopping gently: the agent may end, and everything is kept."
        case "stopping_forced": "Killing what is left of the agent. Everything it wrote is kept."
        default: report.text ?? report.code?.spokenCode ?? ""
        }
    }

    private static func preparation(_ report: TaskEventReport) -> Preparation? {
        switch report.code {
        case "workspace": .workspace(files: nil)
        case "setup_command": .setupCommand(report.text ?? "")
        case "importing": .importing
        case "publishing": .publishing(report.text.flatMap(CompletionAction.init(rawValue:)) ?? .branch)
        default: nil
        }
    }

    private static func read<Record: WireRecord>(_ body: JSONValue, as record: Record.Type) -> Record? {
        do throws(WireError) {
            return try APIText.decode(JSONWriter.bytes(of: body), as: record)
        } catch { return nil }
    }
}

extension RunEvent {
    /// What a run on this machine would have told; `nil` where the report has not all of it.
    fileprivate init?(_ report: TaskEventReport) {
        switch report.event {
        case "iteration_began":
            self = .iterationBegan(number: report.iteration, limit: report.limit ?? 0, attempt: report.tryNumber ?? 1)
        case "check_ended":
            guard let receipt = report.receipt?.receipt else { return nil }
            self = .checkEnded(receipt)
        default:
            guard let event = AgentEvent(report) else { return nil }
            self = .agent(event)
        }
    }
}

extension AgentEvent {
    fileprivate init?(_ report: TaskEventReport) {
        let (text, id) = (report.text ?? "", report.toolId ?? "")
        switch report.event {
        case "text": self = .text(text)
        case "error_text": self = .errorOutput(text)
        case "tool_began": self = .toolCallBegan(id: id, name: report.tool ?? "", summary: text)
        case "tool_ended": self = .toolCallEnded(id: id, isError: report.isError ?? false)
        case "retrying":
            guard let cause = report.code.flatMap(WaitCause.init(wireWord:)) else { return nil }
            self = .retrying(attempt: report.tryNumber ?? 1, of: report.limit, cause: cause)
        case "rate_limit": self = .rateLimit(rejected: report.isError ?? false, resetsAt: report.until)
        case "permission_denied": self = .permissionDenied(tool: report.tool ?? "", message: text)
        case "message_taken": self = .messageTaken(number: report.question ?? 0)
        case "oversized_line": self = .oversizedLine(bytes: report.limit ?? 0)
        default: return nil
        }
    }
}

extension EventNarrator {
    /// How a task stands that has stopped.
    static func summary(of task: TaskView) -> [StyledLine] {
        let name = String(task.taskId.prefix(6))
        let head = "Task \(name) \(task.status.predicate) after \(task.iterations.counted("iteration"))."
        var lines = [task.status.mark + StyledLine(" \(head)")]
        if let reason = task.reason?.reason(of: task.status) {
            let explanation = reason.explanation(task: TaskCall(name))
            lines.append(StyledLine("  \(explanation.sentence)"))
            if let hint = explanation.hint { lines.append(StyledLine("Hint: ", .accent) + StyledLine(hint)) }
        }
        if let branch = task.branch { lines.append(StyledLine("  The work is on branch '\(branch)'.")) }
        return lines
    }
}
