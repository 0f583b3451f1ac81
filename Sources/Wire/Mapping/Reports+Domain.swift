package import Domain

extension StatusChange {
    /// Makes the report of where `task` stands now.
    package init(_ stamp: Stamp, _ task: TaskRecord, at time: Timestamp) {
        self.stamp = stamp
        at = time.clipped
        status = task.status
        reason = task.reason.map { WireReason($0, task: task.call(task.id.rawValue)) }
        iteration = task.iterations.clipped
        wait = task.status == .waiting ? task.wait.map(WireWait.init) : nil
    }
}

extension TaskComplete {
    /// Makes the report of the end of an attempt at `task`; `checkpoint` is its last one.
    ///
    /// `nil` where the task has no reason, and so nothing has ended.
    package init?(_ stamp: Stamp, _ task: TaskRecord, checkpoint: Checkpoint?, at time: Timestamp) {
        guard let reason = task.reason, task.status.endsAttempt || reason.waitsForContract else { return nil }
        self.stamp = stamp
        at = time.clipped
        status = task.status
        self.reason = WireReason(reason, task: task.call(task.id.rawValue))
        proof = task.proof
        branch = task.branch
        commit = checkpoint?.commit.rawValue
        self.checkpoint = checkpoint?.number
        standing = WireStanding(task, checkpoint: checkpoint?.number)
    }
}

extension TaskEventReport {
    /// Makes the report of what an agent did.
    package init(_ stamp: Stamp, _ agentEvent: AgentEvent, iteration: Int, at time: Timestamp) {
        self.stamp = stamp
        at = time.clipped
        self.iteration = iteration
        switch agentEvent {
        case .session(let id, let model): name("session", id: id, model)
        case .text(let text): name("text", text)
        case .errorOutput(let text): name("error_text", text)
        case .toolCallBegan(let id, let tool, let summary):
            name("tool_began", id: id, summary)
            self.tool = tool.clipped(to: WireLimits.sentence)
        case .toolCallEnded(let id, let isError):
            name("tool_ended", id: id)
            self.isError = isError
        case .usage(let usage):
            name("usage")
            self.usage = WireUsage(usage)
        case .retrying(let attempt, let most, let cause):
            name("retrying")
            tryNumber = attempt.clipped
            limit = most?.clipped
            code = cause.wireWord
        case .rateLimit(let rejected, let resetsAt):
            name("rate_limit")
            isError = rejected
            until = resetsAt?.clipped
        case .permissionDenied(let tool, let message):
            name("permission_denied", message)
            self.tool = tool.clipped(to: WireLimits.sentence)
        case .permissionAsked(let id, let request):
            name("permission_asked", id: id, request.subject)
            tool = request.tool.clipped(to: WireLimits.sentence)
        case .permissionWithdrawn(let id): name("permission_withdrawn", id: id)
        case .messageTaken(let number):
            name("message_taken")
            question = number
        case .result(let result):
            name("result", result.finalMessage)
            code = result.failure.map { WireIterationEnd($0).code }
        case .oversizedLine(let bytes):
            name("oversized_line")
            limit = bytes.clipped
        }
    }

    private mutating func name(_ event: String, _ text: String? = nil) {
        self.event = event
        self.text = text?.clipped(to: WireLimits.message)
    }

    private mutating func name(_ event: String, id: String, _ text: String? = nil) {
        name(event, text)
        toolId = id.clipped(to: WireLimits.sentence)
    }
}

extension TaskOutput {
    /// The most bytes of a program's output that one message takes.
    package static let pieceLimit = WireLimits.output / 3

    /// Takes the bytes as they were printed; a character that is cut by the piece's end is not whole in either.
    package mutating func take(_ bytes: [UInt8], at offset: Int) {
        self.offset = offset
        byteCount = bytes.count
        text = String(decoding: bytes, as: UTF8.self).clipped(to: WireLimits.output)
    }
}
