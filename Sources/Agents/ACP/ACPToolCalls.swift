import Domain

/// Follows the calls of tools in one turn of an agent of the Agent Client Protocol, and says of each once that it began
/// and once that it ended.
///
/// Some programs tell the arguments while the model is still writing them, in place of content: such a call is held back
/// until they are whole, because "Shell" alone tells nobody anything.
struct ACPToolCalls: Sendable {
    private var open: [Call] = []

    private struct Call: Sendable {
        let id: String
        var title = ""
        var summary = ""
        /// The whole command.
        var subject: String?
        var kind: String?
        var isAnnounced = false
    }

    /// Takes a `tool_call` or `tool_call_update`, or what a request for permission says of a call.
    mutating func take(_ json: JSONValue, directory: String) -> [AgentEvent] {
        guard let id = json["toolCallId"]?.string.map({ String($0.prefix(200)) }) else { return [] }
        var events = announceHeld(except: id)
        let index = open.firstIndex { $0.id == id }
        var call = index.map { open[$0] } ?? Call(id: id)
        if let title = json["title"]?.string { call.title = title.firstLine(upTo: 120).withoutControls }
        let arguments = ACPArguments(json, directory: directory)
        if let summary = arguments.summary { call.summary = summary }
        if let command = arguments.command { call.subject = String(command.prefix(5000)) }
        if let kind = json["kind"]?.string { call.kind = String(kind.prefix(40)) }
        let hasEnded = ["completed", "failed"].contains(json["status"]?.string ?? "")
        if !call.isAnnounced, hasEnded || !arguments.areIncomplete {
            events.append(Self.began(call))
            call.isAnnounced = true
        }
        if hasEnded {
            if let index { open.remove(at: index) }
            events.append(.toolCallEnded(id: id, isError: json["status"]?.string == "failed"))
        } else if let index {
            open[index] = call
        } else if open.count < 1000 {
            // What never ends must not fill the memory.
            open.append(call)
        }
        return events
    }

    func isKnown(_ json: JSONValue) -> Bool {
        let id = json["toolCallId"]?.string.map { String($0.prefix(200)) }
        return open.contains { $0.id == id }
    }

    /// What a call is about, for a person: `Shell` and `npm install`.
    struct Words {
        let tool: String
        let subject: String
        /// As the program tells it.
        let kind: String?
    }

    /// What the call is about that `json` names.
    func words(on json: JSONValue) -> Words {
        let id = json["toolCallId"]?.string.map { String($0.prefix(200)) }
        let known = open.first { $0.id == id }
        var call = known ?? Call(id: "")
        if let title = json["title"]?.string { call.title = title.withoutControls }
        let (name, summary) = Self.parts(of: call)
        return Words(tool: name.firstLine(upTo: 120), subject: call.subject ?? summary, kind: call.kind)
    }

    /// Says of the calls that were held back that they began, other than the one called `id`.
    mutating func announceHeld(except id: String? = nil) -> [AgentEvent] {
        var events: [AgentEvent] = []
        for index in open.indices where !open[index].isAnnounced && open[index].id != id {
            open[index].isAnnounced = true
            events.append(Self.began(open[index]))
        }
        return events
    }

    /// The turn is over, so nothing of it runs any more.
    mutating func endAll() -> [AgentEvent] {
        let events = announceHeld() + open.map { .toolCallEnded(id: $0.id, isError: false) }
        open = []
        return events
    }

    private static func began(_ call: Call) -> AgentEvent {
        let (name, summary) = parts(of: call)
        return .toolCallBegan(id: call.id, name: name, summary: summary)
    }

    /// Titles are `Shell: git status` or `Reading a.txt`: what they say of the arguments is not said twice.
    private static func parts(of call: Call) -> (name: String, summary: String) {
        let title = call.title.isEmpty ? "a tool" : call.title
        if let colon = title.firstRange(of: ": ") {
            let rest = String(title[colon.upperBound...])
            return (String(title[..<colon.lowerBound]), call.summary.isEmpty ? rest : call.summary)
        }
        return (title, title.hasSuffix(call.summary) ? "" : call.summary)
    }
}

/// What a call is about, as far as it is told.
private struct ACPArguments {
    /// The command, the file, the pattern; `nil` where nothing tells.
    let summary: String?
    let command: String?
    /// Whether more is to come before the call begins.
    let areIncomplete: Bool

    init(_ json: JSONValue, directory: String) {
        let streamed = Self.streamed(json)
        let input = json["rawInput"] ?? streamed.flatMap { Self.parsed($0) }
        areIncomplete = streamed != nil && input == nil
        let told = Self.tellingKeys.lazy.compactMap { input?[$0]?.string }.first { !$0.isEmpty }
        command = input?["command"]?.string
        let changed = json["content"]?.array?.lazy.compactMap { $0["path"]?.string }.first
        let place = json["locations"]?.array?.lazy.compactMap { $0["path"]?.string }.first
        summary = (told ?? changed ?? place)
            .map { Self.relative($0, to: directory).firstLine(upTo: 120).withoutControls }
    }

    /// The arguments, as far as they are written, where they stand in place of content.
    private static func streamed(_ json: JSONValue) -> String? {
        guard json["status"]?.string == "in_progress" || json["status"]?.string == "pending",
            json["rawInput"] == nil, let content = json["content"]?.array, content.count == 1,
            let text = content[0]["content"]?["text"]?.string, text.isEmpty || text.hasPrefix("{")
        else { return nil }
        return text
    }

    private static func parsed(_ text: String) -> JSONValue? {
        // Long ones come in very many pieces: only what may be whole is parsed, and a half is no error.
        text.utf8.last == UInt8(ascii: "}") ? try? JSONParser.parse(Array(text.utf8)) : nil
    }

    private static func relative(_ path: String, to directory: String) -> String {
        guard !directory.isEmpty, path.hasPrefix(directory + "/") else { return path }
        return String(path.dropFirst(directory.count + 1))
    }

    /// The most telling one first.
    static let tellingKeys = [
        "command", "file_path", "filePath", "path", "pattern", "description", "query", "url", "prompt",
    ]
}

extension ACPToolCalls {
    /// What is read out of a call that is to be allowed: all that its tool is given.
    static let neededOfRequest: JSONSelection = {
        var parts = neededParts
        parts["rawInput"] = nil
        return JSONSelection(neededMembers + ["rawInput"], parts: parts)
    }()

    static let neededMembers = ["toolCallId", "title", "status", "kind"]

    /// Of the content, which messages have too: texts, and the files of changes, not what is in them.
    static let neededParts = [
        "rawInput": JSONSelection(ACPArguments.tellingKeys),
        "locations": JSONSelection(["path"]),
        "content": JSONSelection(["text", "path"], parts: ["content": JSONSelection(["text"])]),
    ]
}
