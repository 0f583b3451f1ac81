import Domain

/// What one process of Claude Code has said so far, as far as it matters for its outcome.
struct ClaudeTranscript: Sendable {
    private(set) var sessionID: String?
    private(set) var directory: String?
    /// The last final record.
    ///
    /// Several may come: a shell in the background wakes the model once more.
    private(set) var result: ClaudeResult?
    /// Whether the model has begun to work since ``result``: then that is no final record.
    private(set) var isTurnOpen = false
    /// What the program says about a request of its own that failed, in the last message.
    private(set) var requestError: String?
    /// What the last message says, where that is the program's own word that a request failed.
    private(set) var failedWords: String?
    /// The last word on the account's allowance, where it was a refusal.
    private(set) var rejection: Rejection?
    private(set) var question: String?
    private(set) var hasRecords = false
    private(set) var spent: ClaudeSpending
    private(set) var context = ClaudeContext()
    private var lastMessage = Message()
    private var openCalls: [String] = []

    struct Rejection: Hashable, Sendable {
        /// Seconds since 1970.
        var resetsAt: Int64?
    }

    private struct Message {
        var id: String?
        /// Its end, and at most as much again before it.
        private(set) var text = ""

        init(id: String? = nil) {
            self.id = id
        }

        mutating func append(_ more: String) {
            let limit = ClaudeReader.textLimit
            // Cut now and then only: a message may come in very many pieces.
            text += more.suffix(bytes: limit)
            if text.utf8.count > 2 * limit { text = text.suffix(bytes: limit) }
        }
    }

    init(session: AgentSession?) {
        spent = ClaudeSpending(session: session)
    }

    /// What the agent said last, where the final record repeats nothing.
    var lastText: String { lastMessage.text.suffix(bytes: ClaudeReader.textLimit) }

    /// Appends what `record` tells to `events`.
    mutating func take(_ record: ClaudeRecord, into events: inout [AgentEvent]) {
        hasRecords = true
        // Every line names it; that it was really begun is said only where a turn begins or ends.
        if record.namesSession { sessionID = record.sessionID ?? sessionID }
        context.take(record)
        switch record.type {
        case "system": events += takeSystem(record)
        case "assistant": takeAssistant(record, into: &events)
        case "user": events += takeToolResults(record)
        case "rate_limit_event": events += takeRateLimit(record)
        case "result": events += takeResult(record)
        // Later versions say more; nothing of it is needed.
        default: break
        }
    }

    /// Takes the outline of a record that was too long to be read.
    mutating func takeOutline(_ record: ClaudeRecord, into events: inout [AgentEvent]) {
        // Which call it answers is lost with its content. Better one that counts as ended too early than one that
        // counts as open for ever.
        if record.type == "user" && !record.isFromSubagent { events += endOpenCalls() }
        if record.type == "result" { take(record, into: &events) }
    }

    private mutating func takeSystem(_ record: ClaudeRecord) -> [AgentEvent] {
        switch record.subtype {
        case "init":
            isTurnOpen = true
            question = nil
            directory = record.json["cwd"]?.string ?? directory
            return sessionID.map { [.session(id: $0, model: record.json["model"]?.string)] } ?? []
        case "api_retry":
            return retry(record)
        case "permission_denied":
            let tool = record.json["tool_name"]?.string ?? ""
            return [.permissionDenied(tool: tool, message: record.json["message"]?.string?.withoutNUL ?? "")]
        default:
            return []
        }
    }

    private func retry(_ record: ClaudeRecord) -> [AgentEvent] {
        let cause: WaitCause
        switch record.json["error_status"]?.int {
        case .some(429): cause = .rateLimited
        case .some(500...599): cause = .overloaded
        case nil: cause = .network
        // Refused logins are retried too; that is no waiting for anything.
        case .some: return []
        }
        return [
            .retrying(
                attempt: record.json["attempt"]?.int ?? 1,
                of: record.json["max_retries"]?.int,
                cause: cause
            )
        ]
    }

    private mutating func takeAssistant(_ record: ClaudeRecord, into events: inout [AgentEvent]) {
        let id = record.messageID
        if spent.begin(record) { events.append(.usage(spent.total)) }
        guard !record.isFromSubagent else {
            events += record.content.compactMap { toolCall($0) }
            return
        }
        isTurnOpen = true
        let isSynthetic = record.isSynthetic
        requestError = isSynthetic ? record.json["error"]?.string ?? "unknown" : nil
        failedWords = record.tellsOfFailedRequest ? String(record.words.prefix(2000)) : nil
        guard !isSynthetic else { return }
        if id == nil || id != lastMessage.id {
            lastMessage = Message(id: id)
            // The service has answered all the same.
            rejection = nil
            events += endOpenCalls()
        }
        for block in record.content { take(block, into: &events) }
    }

    private mutating func take(_ block: JSONValue, into events: inout [AgentEvent]) {
        if block["type"]?.string == "text", let text = block["text"]?.string?.withoutNUL {
            lastMessage.append(text)
            events.append(.text(text))
        }
        guard let began = toolCall(block) else { return }
        if case .toolCallBegan(let id, let name, _) = began {
            openCalls.append(id)
            if name == ClaudeToolCall.question { question = ClaudeToolCall.questions(in: block["input"]) }
        }
        events.append(began)
    }

    private func toolCall(_ block: JSONValue) -> AgentEvent? {
        guard block["type"]?.string == "tool_use", let id = block["id"]?.string else { return nil }
        let name = block["name"]?.string ?? ""
        let summary = ClaudeToolCall.summary(of: block["input"], directory: directory)
        return .toolCallBegan(id: id, name: name, summary: summary)
    }

    private mutating func takeToolResults(_ record: ClaudeRecord) -> [AgentEvent] {
        record.content.compactMap { block in
            guard block["type"]?.string == "tool_result", let id = block["tool_use_id"]?.string else { return nil }
            openCalls.removeAll { $0 == id }
            return .toolCallEnded(id: id, isError: block["is_error"]?.bool ?? false)
        }
    }

    /// The model speaks again only after all its calls were answered, so none can be open then.
    private mutating func endOpenCalls() -> [AgentEvent] {
        defer { openCalls = [] }
        return openCalls.map { .toolCallEnded(id: $0, isError: false) }
    }

    private mutating func takeRateLimit(_ record: ClaudeRecord) -> [AgentEvent] {
        let allowance = record.json["rate_limit_info"]
        let isRejected = allowance?["status"]?.string == "rejected"
        let resetsAt = allowance?["resetsAt"]?.int.map { Int64($0) }
        rejection = isRejected ? Rejection(resetsAt: resetsAt) : nil
        let time = resetsAt.flatMap { Self.timestamp($0) }
        return [.rateLimit(rejected: isRejected, resetsAt: time)]
    }

    private mutating func takeResult(_ record: ClaudeRecord) -> [AgentEvent] {
        isTurnOpen = false
        spent.settle(record)
        result = ClaudeResult(record, directory: directory)
        return endOpenCalls() + [.usage(spent.total)]
    }

    private static func timestamp(_ seconds: Int64) -> Timestamp? {
        // Beyond the year 9999 it is no time.
        (0..<253_402_300_800).contains(seconds) ? Timestamp(millisecondsSince1970: seconds * 1000) : nil
    }
}
