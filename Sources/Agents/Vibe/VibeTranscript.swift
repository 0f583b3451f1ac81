import Domain

/// What one process of `vibe --output streaming` has said so far.
///
/// Written against 3.0.3. The records are finished entries of a journal and nothing else: neither usage nor an end. So
/// the last one must be the agent's own message, and the exit must be a success.
struct VibeTranscript: RecordTranscript {
    private var sessionID: String?
    private var last = Last.nothing
    private var refusal: String?

    private enum Last: Hashable, Sendable {
        case nothing
        case message(String)
        /// A prompt, a call of a tool, or a message that was thrown away.
        case unfinished
    }

    static func isUnmistakable(_ record: JSONValue, in _: UnsafeRawBufferPointer) -> Bool {
        let isEntry = ["id", "sessionId", "turnId"].allSatisfy { record[$0]?.string != nil }
        return isEntry && ["message", "effect", "callback", "checkpoint"].contains(record["type"]?.string ?? "")
    }

    /// What another process spent is not told here.
    init(session _: AgentSession?) {}

    mutating func take(_ record: JSONValue, into events: inout [AgentEvent]) {
        if sessionID == nil, let id = record["sessionId"]?.string?.asSessionID {
            sessionID = id
            events.append(.session(id: id, model: nil))
        }
        switch record["type"]?.string {
        case "message": events += takeMessage(record)
        case "effect": events += takeEffect(record)
        case "callback": events += takeCallback(record)
        // Checkpoints, and what later versions say.
        default: break
        }
    }

    mutating func takeOutline(_ record: JSONValue, into events: inout [AgentEvent]) {
        // The words of a message are lost, and with them what the agent says of its being ready. Of a call nothing
        // stays open: its record comes when it has ended.
        last = record["role"]?.string == "assistant" ? .message("") : .unfinished
    }

    func outcome(_ rest: LastWords) -> AgentOutcome {
        let end = end(rest)
        var final: String?
        if case .message(let text) = last, end.leavesMessage, !text.allSatisfy(\.isWhitespace) { final = text }
        return AgentOutcome(end: end, finalMessage: final, sessionID: end.leavesSession ? sessionID : nil)
    }

    private func end(_ rest: LastWords) -> IterationEnd {
        if rest.exit.cause.exitCode == 0, case .message = last, !rest.endsInBrokenRecord {
            return refusal.map { .permissionDenied(what: $0) } ?? .ok
        }
        // Somebody stopped it, or a limit that was asked for.
        if rest.exit.cause.isOwnFailure, rest.errors.last?.hasPrefix("Stopped: ") == true { return .incomplete }
        var words = rest
        words.errors = Self.error(in: rest.errors)
        return words.end(hasBegun: last != .nothing)
    }

    /// The error at the end, whose words may go over several lines, as one line.
    private static func error(in lines: [String]) -> [String] {
        guard let start = lines.lastIndex(where: { $0.hasPrefix("Error: ") }) else {
            return lines.filter { !$0.hasPrefix("Reading API keys from the system keyring") }
        }
        return [lines[start...].joined(separator: " ")]
    }

    private mutating func takeMessage(_ record: JSONValue) -> [AgentEvent] {
        guard record["role"]?.string == "assistant", record["outcome"]?["type"]?.string == "committed" else {
            last = .unfinished
            return []
        }
        let parts = record["content"]?.array?.compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }
        let text = (parts?.joined() ?? "").keptOfMessage
        last = .message(text)
        return text.isEmpty ? [] : [.text(text)]
    }

    private mutating func takeEffect(_ record: JSONValue) -> [AgentEvent] {
        last = .unfinished
        guard let id = record["id"]?.string else { return [] }
        let state = record["state"]
        let isError = state?["status"]?.string != "completed" || state?["display"]?["success"]?.bool == false
        let detail = record["detail"]
        return [
            .toolCallBegan(id: id, name: Self.name(detail), summary: Self.summary(detail)),
            .toolCallEnded(id: id, isError: isError),
        ]
    }

    /// A question of the program's to a person, which it answers itself where nobody is there.
    private mutating func takeCallback(_ record: JSONValue) -> [AgentEvent] {
        last = .unfinished
        guard record["state"]?["output"]?["decision"]?["type"]?.string == "deny" else { return [] }
        let effect = record["detail"]?["effect"]
        let summary = Self.summary(effect)
        refusal = summary.isEmpty ? Self.name(effect) : "\(Self.name(effect)): \(summary)"
        return [.permissionDenied(tool: Self.name(effect), message: record["title"]?.string?.withoutControls ?? "")]
    }

    private static func name(_ effect: JSONValue?) -> String {
        (effect?["toolName"]?.string ?? "a tool").firstLine(upTo: 120).withoutControls
    }

    private static func summary(_ effect: JSONValue?) -> String {
        (effect?["display"]?["message"]?.string ?? "").firstLine(upTo: 120).withoutControls
    }

    static let needed: JSONSelection = {
        let effect = JSONSelection(["toolName"], parts: ["display": JSONSelection(["message"])])
        let decision = JSONSelection(["type"])
        return JSONSelection(
            ["id", "sessionId", "turnId", "type", "role", "title"],
            parts: [
                "content": JSONSelection(["type", "text"]),
                "outcome": JSONSelection(["type"]),
                "detail": JSONSelection(
                    ["toolName"],
                    parts: ["effect": effect, "display": JSONSelection(["message"])]
                ),
                "state": JSONSelection(
                    ["status"],
                    parts: [
                        "display": JSONSelection(["success"]),
                        "output": JSONSelection([], parts: ["decision": decision]),
                    ]
                ),
            ]
        )
    }()
}
