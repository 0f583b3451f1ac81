import Domain

/// What one process of `codex exec --json` has said so far.
///
/// Written against 0.163.0. The final message is the last message of a turn that was completed; an `error` record is
/// progress as long as no `turn.failed` follows.
struct CodexTranscript: RecordTranscript {
    private(set) var threadID: String?
    private(set) var turn = Turn.none
    private(set) var spent: CodexSpending
    /// Whether any record has come.
    private(set) var hasBegun = false
    /// What the program says of a failure that it has not got over.
    private(set) var lastError: String?
    /// What was refused and could not be asked, for a person.
    private(set) var refusal: String?
    private var message: String?
    private var openCalls: [String] = []
    private var retries = 0

    enum Turn: Hashable, Sendable {
        case none
        case open
        case completed(message: String?)
        case failed(message: String)
    }

    init(session: AgentSession?) {
        spent = CodexSpending(session: session)
    }

    static func isUnmistakable(_ record: JSONValue, in _: UnsafeRawBufferPointer) -> Bool {
        record["type"]?.string == "thread.started" && record["thread_id"]?.string != nil
    }

    mutating func take(_ record: JSONValue, into events: inout [AgentEvent]) {
        hasBegun = true
        switch record["type"]?.string {
        case "thread.started": events += begin(record)
        case "turn.started": beginTurn()
        case "item.started": events += CodexItem(record).flatMap { begin($0) } ?? []
        case "item.completed": events += CodexItem(record).map { complete($0) } ?? []
        case "error": events += takeError(Self.words(record["message"]))
        case "turn.completed": events += completeTurn(record["usage"])
        case "turn.failed": events += failTurn(Self.words(record["error"]?["message"]))
        // `item.updated`, and what later versions say.
        default: break
        }
    }

    mutating func takeOutline(_ record: JSONValue, into events: inout [AgentEvent]) {
        guard record["type"]?.string == "item.completed" else { return take(record, into: &events) }
        // Which item it is was lost. Better a call that counts as ended too early than one that counts as open for
        // ever; and if it was a message, the one before it is not the last.
        events += endOpenCalls()
        message = nil
    }

    /// Every process begins so: behind one command there may be several, and what one said ends with the next.
    private mutating func begin(_ record: JSONValue) -> [AgentEvent] {
        threadID = record["thread_id"]?.string?.asSessionID ?? threadID
        turn = .none
        message = nil
        lastError = nil
        refusal = nil
        return endOpenCalls() + (threadID.map { [.session(id: $0, model: nil)] } ?? [])
    }

    private mutating func beginTurn() {
        turn = .open
        message = nil
        lastError = nil
    }

    private mutating func begin(_ item: CodexItem) -> [AgentEvent]? {
        guard let call = item.call else { return nil }
        // What is never completed must not fill the memory.
        if openCalls.count < 1000 { openCalls.append(item.id) }
        return [.toolCallBegan(id: item.id, name: call.name, summary: call.summary)]
    }

    private mutating func complete(_ item: CodexItem) -> [AgentEvent] {
        lastError = nil
        if let text = item.messageText {
            message = text
            return [.text(text)]
        }
        guard let call = item.call else { return [] }
        var events: [AgentEvent] = []
        if !openCalls.contains(item.id) {
            events.append(.toolCallBegan(id: item.id, name: call.name, summary: call.summary))
        }
        openCalls.removeAll { $0 == item.id }
        events.append(.toolCallEnded(id: item.id, isError: item.isFailure))
        if let reason = item.refusal {
            refusal = call.summary.isEmpty ? call.name : "\(call.name): \(call.summary)"
            events.append(.permissionDenied(tool: call.name, message: reason))
        }
        return events
    }

    private mutating func takeError(_ text: String) -> [AgentEvent] {
        guard let retry = CodexRetry(text) else {
            lastError = text
            return []
        }
        retries += 1
        guard let cause = CodexFailure(retry.reason).failureClass?.waitCause else { return [] }
        return [.retrying(attempt: retry.attempt ?? retries, of: retry.attempts, cause: cause)]
    }

    private mutating func completeTurn(_ usage: JSONValue?) -> [AgentEvent] {
        turn = .completed(message: message)
        lastError = nil
        spent.settle(usage, of: threadID)
        return endOpenCalls() + [.usage(spent.usage), .result(AgentResult(finalMessage: message))]
    }

    private mutating func failTurn(_ words: String) -> [AgentEvent] {
        let text = words.isEmpty ? lastError ?? "" : words
        turn = .failed(message: text)
        let failure = CodexFailure(text)
        let end = failure.failureClass?.end(failure.message) ?? .agentError(message: failure.message)
        return endOpenCalls() + [.result(AgentResult(finalMessage: nil, failure: end))]
    }

    /// No more than can be the answer of a service.
    private static func words(_ value: JSONValue?) -> String {
        String((value?.string ?? "").prefix(1 << 16))
    }

    private mutating func endOpenCalls() -> [AgentEvent] {
        defer { openCalls = [] }
        return openCalls.map { .toolCallEnded(id: $0, isError: false) }
    }
}

extension CodexTranscript {
    /// What commands print is the most of the output, and is not in it.
    static let needed = JSONSelection(
        ["type", "thread_id", "message"],
        parts: [
            "item": CodexItem.needed,
            "error": JSONSelection(["message"]),
            "usage": JSONSelection([
                "input_tokens", "output_tokens", "cached_input_tokens", "cache_write_input_tokens",
            ]),
        ]
    )
}

/// `Reconnecting... 2/5 (REASON)`, or `waiting for network` in place of the numbers.
struct CodexRetry {
    let attempt: Int?
    let attempts: Int?
    let reason: String

    init?(_ text: String) {
        let prefix = "Reconnecting... "
        guard text.hasPrefix(prefix) else { return nil }
        let rest = text.dropFirst(prefix.count)
        let numbers = rest.prefix { $0 != "(" }.split(separator: "/")
            .map { Int($0.filter { $0 != " " }) }
        attempt = numbers.count == 2 ? numbers[0] : nil
        attempts = numbers.count == 2 ? numbers[1] : nil
        reason = String(rest.drop { $0 != "(" }.dropFirst().dropLast())
    }
}
