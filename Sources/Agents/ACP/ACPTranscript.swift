import Domain

/// What one process of an agent of the Agent Client Protocol has said so far, and what it is told.
///
/// Written against kimi-cli 1.51.0 and mistral-vibe 3.0.3. What is told before the prompt is given is the history of the
/// conversation, not this turn's. The final message is what the agent said after its last call of a tool.
struct ACPTranscript: RecordTranscript {
    private(set) var dialogue: ACPDialogue
    private(set) var ending = Ending.none
    private(set) var spent: ACPSpending
    private(set) var message = ACPMessage()
    /// Whether any record has come.
    private(set) var hasBegun = false
    /// Whether the agent has said something or called a tool.
    private(set) var hasActed = false
    /// What was not allowed, for a person.
    private(set) var refusal: String?
    private var calls = ACPToolCalls()
    private let site: AgentSite
    /// How the program is called that speaks the protocol, where this one may not be it.
    let better: ACPProgram?
    private var directory: String { site.directory }

    enum Ending: Hashable, Sendable {
        case none
        /// The turn is over, for a reason that the agent names.
        case answered(reason: String?)
        case failed(ACPFailure)
    }

    init(_ setup: ACPSetup) {
        dialogue = ACPDialogue(setup)
        spent = ACPSpending(session: setup.session)
        better = setup.better
        site = AgentSite(home: "", directory: setup.directory, isConfined: setup.isConfined)
    }

    init(session: AgentSession?) {
        var setup = ACPSetup()
        setup.session = session
        self.init(setup)
    }

    /// Such a program says nothing unless it is spoken to, so it is never found behind another command.
    static func isUnmistakable(_: JSONValue, in _: UnsafeRawBufferPointer) -> Bool { false }

    var isTalking: Bool { true }

    var awaitsHandshake: Bool { dialogue.phase == .initializing }

    mutating func takeInput() -> AgentInput { dialogue.takeInput() }

    mutating func hear(_ word: AgentWord) -> Bool { dialogue.hear(word) }

    mutating func recall(_ input: [UInt8]) -> Set<Int> { dialogue.recall(input) }

    mutating func take(_ record: JSONValue, into events: inout [AgentEvent]) {
        hasBegun = true
        guard let method = record["method"]?.string else { return takeAnswer(record, into: &events) }
        let parameters = record["params"] ?? .null
        switch method {
        case "session/update": takeUpdate(parameters, into: &events)
        case "session/request_permission": takeRequest(record, parameters, into: &events)
        default: dialogue.refuse(record, method: method)
        }
    }

    mutating func takeOutline(_ record: JSONValue, into events: inout [AgentEvent]) {
        guard record["method"]?.string == "session/update" else { return take(record, into: &events) }
        guard dialogue.phase == .prompting else { return }
        // Whose it is was lost. Better a call that counts as ended too early than one that counts as open for ever; and
        // what was said before is not the last.
        hasActed = true
        events += endMessage() + calls.endAll()
    }

    // MARK: - Answers

    private mutating func takeAnswer(_ record: JSONValue, into events: inout [AgentEvent]) {
        switch dialogue.takeAnswer(record) {
        case .nothing: return
        case .opened(let id):
            if let id = id.asSessionID { events.append(.session(id: id, model: nil)) }
            return
        case .ended(let reason):
            ending = .answered(reason: reason)
            spent.settle(record["result"]?["usage"])
        case .failed(let failure):
            ending = .failed(failure)
        }
        events += flushMessage() + calls.endAll()
        if spent.usage != Usage() { events.append(.usage(spent.usage)) }
        let end = endOfTurn { $0.sofar }
        let failure = end == .ok ? nil : end
        events.append(.result(AgentResult(finalMessage: failure == nil ? message.final : nil, failure: failure)))
    }

    /// What the ending means, where there is one; `judge` knows failures.
    func endOfTurn(_ judge: (ACPFailure) -> IterationEnd) -> IterationEnd? {
        switch ending {
        case .none: nil
        case .failed(let failure): judge(failure)
        case .answered(let reason): end(of: reason)
        }
    }

    private func end(of reason: String?) -> IterationEnd {
        switch reason {
        case "end_turn":
            if let refusal { return .permissionDenied(what: refusal) }
            return hasActed ? .ok : .agentError(message: Self.silence)
        // Somebody stopped it, or a limit that was asked for: the work is not finished, and nothing is wrong.
        case "cancelled", "max_tokens", "max_turn_requests": return .incomplete
        case "refusal": return .agentError(message: "The model refused to go on.")
        case .some(let other):
            return .agentError(message: "It ended its turn for a reason that makima does not know: \(other).")
        case nil: return .agentError(message: "It ended its turn and did not say why.")
        }
    }

    /// How Kimi ends a turn whose request to the model failed.
    static let silence =
        "It ended its turn without saying or doing anything: a request to the model may have failed. Its own log may tell."

    // MARK: - What the agent tells

    private mutating func takeUpdate(_ parameters: JSONValue, into events: inout [AgentEvent]) {
        let update = parameters["update"] ?? .null
        let session = parameters["sessionId"]?.string
        dialogue.takeName(session)
        // Of other conversations nothing is asked.
        guard session == nil || session == dialogue.sessionID else { return }
        let kind = update["sessionUpdate"]?.string
        guard dialogue.phase == .prompting else {
            if kind == "usage_update", dialogue.phase != .over { spent.takeHistory(update) }
            return
        }
        switch kind {
        case "agent_message_chunk": events += takeChunk(update)
        case "tool_call", "tool_call_update": events += takeCall(update)
        case "usage_update": if spent.take(update) { events.append(.usage(spent.usage)) }
        // Thoughts, plans, the prompt again, modes and commands, and what later versions say.
        default: break
        }
    }

    private mutating func takeChunk(_ update: JSONValue) -> [AgentEvent] {
        guard let text = update["content"]?["text"]?.string?.withoutNUL else { return [] }
        let id = update["messageId"]?.string
        let events = calls.announceHeld() + (message.isAnother(id) ? endMessage() : [])
        message.append(text, id: id)
        hasActed = hasActed || !text.allSatisfy(\.isWhitespace)
        return events
    }

    private mutating func takeCall(_ update: JSONValue) -> [AgentEvent] {
        // News of a call that is known say nothing of what comes after it.
        let events = calls.isKnown(update) ? flushMessage() : endMessage()
        hasActed = true
        return events + calls.take(update, directory: directory)
    }

    private mutating func takeRequest(
        _ record: JSONValue,
        _ parameters: JSONValue,
        into events: inout [AgentEvent]
    ) {
        let call = parameters["toolCall"] ?? .null
        let wish = PermissionRequest(call, calls.words(on: call), in: site)
        let ruling = dialogue.decide(record, wish, options: parameters["options"]?.array ?? [])
        guard dialogue.phase == .prompting else { return }
        events += flushMessage()
        if call["toolCallId"] != nil { events += takeCall(call) }
        switch ruling {
        case .allowed, .settled: return
        case .asked(let id): events.append(.permissionAsked(id: id, wish))
        case .refused(let words), .ignored(let words):
            refusal = wish.words
            events.append(.permissionDenied(tool: wish.tool, message: words))
        }
    }

    /// Says what was said since the last time.
    private mutating func flushMessage() -> [AgentEvent] {
        message.takeUnshown().map { [.text($0)] } ?? []
    }

    private mutating func endMessage() -> [AgentEvent] {
        defer { message = ACPMessage() }
        return flushMessage()
    }
}

extension ACPTranscript {
    /// What commands print is the most of the output, and little of it is in here.
    static let needed: JSONSelection = {
        var update = ACPToolCalls.neededParts
        update["_meta"] = ACPSpending.neededOfExtras
        let option = JSONSelection(["id", "category"], parts: ["options": JSONSelection(["value"])])
        let offered = JSONSelection([], parts: ["availableModels": JSONSelection(["modelId"])])
        let parameters = JSONSelection(
            ["sessionId"],
            parts: [
                "options": JSONSelection(["kind", "optionId"]),
                "toolCall": ACPToolCalls.neededOfRequest,
                "update": JSONSelection(
                    ACPToolCalls.neededMembers + ACPSpending.neededOfUpdate + ["sessionUpdate", "messageId"],
                    parts: update
                ),
            ]
        )
        let result = JSONSelection(
            ["protocolVersion", "sessionId", "stopReason"],
            parts: [
                "agentCapabilities": JSONSelection(["loadSession"]), "usage": ACPSpending.neededOfAnswer,
                "models": offered, "configOptions": option,
                "modes": JSONSelection(["currentModeId"], parts: ["availableModes": JSONSelection(["id"])]),
            ]
        )
        let detail = JSONSelection(["details", "message", "error"])
        let error = JSONSelection(["code", "message"], parts: ["data": detail])
        return JSONSelection(["id", "method"], parts: ["params": parameters, "result": result, "error": error])
    }()
}

/// What the agent says, which comes in pieces.
struct ACPMessage: Sendable {
    private var id: String?
    /// Its end, and at most as much again before it.
    private var text = ""
    private var unshown = ""

    /// Whether `id` names another message than this one, which has begun.
    func isAnother(_ id: String?) -> Bool { id != nil && self.id != nil && id != self.id }

    /// Its end, where the gate is; `nil` where it has no words.
    var final: String? {
        let end = text.suffix(bytes: Self.limit)
        return end.allSatisfy(\.isWhitespace) ? nil : end
    }

    mutating func append(_ more: String, id: String?) {
        self.id = id ?? self.id
        text.append(more, keeping: Self.limit)
        unshown.append(more, keeping: Self.limit)
    }

    /// Returns what was not shown yet, and takes it for shown; `nil` where there is nothing to see.
    mutating func takeUnshown() -> String? {
        defer { unshown = "" }
        return unshown.allSatisfy(\.isWhitespace) ? nil : unshown
    }

    private static let limit = 1 << 20
}

extension String {
    /// Appends `more` and keeps the last `limit` bytes, and at most as much again before them.
    fileprivate mutating func append(_ more: String, keeping limit: Int) {
        // Cut now and then only: a message may come in very many pieces.
        self += more.suffix(bytes: limit)
        if utf8.count > 2 * limit { self = suffix(bytes: limit) }
    }
}
