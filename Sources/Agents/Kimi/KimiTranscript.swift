import Domain

/// What one process of `kimi --print --output-format stream-json` has said so far.
///
/// Written against 1.51.0. The records are messages and nothing else: neither usage nor an end. So the last one must be
/// the agent's own, without calls of tools, and the exit must be a success.
struct KimiTranscript: RecordTranscript {
    private var last = Last.nothing

    private enum Last: Hashable, Sendable {
        case nothing
        case message(String)
        /// A call of a tool, its result, or a prompt: the agent has not had the last word.
        case unfinished
    }

    /// Other programs print messages of this shape too: these keys and no others, without blanks, are all that there is
    /// to tell them by.
    static func isUnmistakable(_ record: JSONValue, in line: UnsafeRawBufferPointer) -> Bool {
        guard line.starts(with: #"{"role":"assistant","content":"#.utf8) else { return false }
        guard record["content"]?.string != nil || record["content"]?.array != nil else { return false }
        // What cannot be parsed is no record.
        guard let whole = try? JSONParser.parse(line), case .object(let members) = whole else { return false }
        let keys = members.map(\.key)
        return keys == ["role", "content"] || keys == ["role", "content", "tool_calls"]
    }

    /// What another process spent is not told here.
    init(session _: AgentSession?) {}

    mutating func take(_ record: JSONValue, into events: inout [AgentEvent]) {
        switch record["role"]?.string {
        case "assistant": events += takeMessage(record)
        case "tool": events += takeResult(record)
        case .some: last = .unfinished
        // A notification, or a plan that is shown.
        case nil: break
        }
    }

    mutating func takeOutline(_ record: JSONValue, into events: inout [AgentEvent]) {
        switch record["role"]?.string {
        // Its end is lost, and with it what the agent says of its being ready.
        case "assistant": last = .message("")
        case .some, nil: take(record, into: &events)
        }
    }

    func outcome(_ rest: LastWords) -> AgentOutcome {
        let end = end(rest)
        var final: String?
        if case .message(let text) = last, end.leavesMessage, !text.isEmpty { final = text }
        return AgentOutcome(
            end: end,
            finalMessage: final,
            sessionID: end.leavesSession ? KimiNotes.session(in: rest.errors) : nil
        )
    }

    private func end(_ rest: LastWords) -> IterationEnd {
        if rest.exit.cause.exitCode == 0, case .message = last, !rest.endsInBrokenRecord {
            // Of another process behind the same command, whose exit status is lost.
            return rest.text.classify(rest.outputAfterRecords, by: .kimi) ?? .ok
        }
        if rest.exit.cause.isOwnFailure, KimiNotes.isInterruption(rest.output) { return .incomplete }
        var words = rest
        words.ownForms = .kimi
        words.errors.removeAll { KimiNotes.session(in: $0) != nil }
        return words.end(hasBegun: last != .nothing, known: KimiNotes.end(ofExit: rest.exit.cause))
    }

    private mutating func takeMessage(_ record: JSONValue) -> [AgentEvent] {
        let text = Self.text(record["content"]).keptOfMessage
        let calls = (record["tool_calls"]?.array ?? [])
            .compactMap { call -> AgentEvent? in
                guard let id = call["id"]?.string else { return nil }
                let name = call["function"]?["name"]?.string ?? ""
                return .toolCallBegan(id: id, name: name, summary: Self.summary(call["function"]?["arguments"]?.string))
            }
        last = calls.isEmpty ? .message(text) : .unfinished
        return (text.isEmpty ? [] : [.text(text)]) + calls
    }

    private mutating func takeResult(_ record: JSONValue) -> [AgentEvent] {
        last = .unfinished
        guard let id = record["tool_call_id"]?.string else { return [] }
        return [.toolCallEnded(id: id, isError: Self.text(record["content"]).hasPrefix("<system>ERROR"))]
    }

    /// A message is a string, or a list of parts: text, and what the model thinks.
    private static func text(_ content: JSONValue?) -> String {
        let parts = content?.array?.compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }
        return content?.string ?? parts?.joined() ?? ""
    }

    private static func summary(_ arguments: String?) -> String {
        // Arguments that are no JSON tell nothing.
        let input = arguments.flatMap { try? JSONParser.parse(Array($0.utf8)) }
        return ["command", "path", "pattern", "url", "query", "description"].lazy
            .compactMap { input?[$0]?.string }
            .first?
            .firstLine(upTo: 120)
            .withoutControls ?? ""
    }

    static let needed = JSONSelection(
        ["role", "type", "message", "id", "tool_call_id"],
        parts: [
            "content": JSONSelection(["type", "text"]),
            "tool_calls": JSONSelection(["id"], parts: ["function": JSONSelection(["name", "arguments"])]),
        ]
    )
}
