import Domain

/// What Claude Code is told over its standard input (`--input-format stream-json`), one JSON object a line.
///
/// Its input is closed at the first final record: the program ends then. What it was told and has not read by then it still
/// reads, as one more turn.
struct ClaudeDialogue: Sendable {
    private var input = AgentInput()
    private var isClosed = false
    /// Messages that were handed over and not acknowledged, by the id they carry.
    private var handedOver: [String: Int] = [:]
    private var desk: ClaudePermissions

    init(_ request: AgentRequest) {
        desk = ClaudePermissions(request.permissions, site: request.site)
        say(request.prompt, id: nil)
    }

    mutating func takeInput() -> AgentInput {
        defer { input = AgentInput() }
        return input
    }

    mutating func recall(_ input: [UInt8]) -> Set<Int> {
        for line in WrittenInput.records(in: input) {
            if let id = line["uuid"]?.string, let number = Self.number(of: id) { handedOver[id] = number }
            if let id = line["response"]?["request_id"]?.string { desk.noteAnswered(id) }
        }
        return Set(handedOver.values)
    }

    mutating func hear(_ word: AgentWord) -> Bool {
        guard !isClosed else { return false }
        switch word {
        case .message(let message):
            let id = Self.id(of: message.number)
            handedOver[id] = message.number
            say(message.text, id: id)
        case .interrupt:
            write([
                ("type", .string("control_request")), ("request_id", .string(Self.interruptID)),
                ("request", .object(["subtype": .string("interrupt")])),
            ])
        case .permission(let id, let verdict):
            guard let answer = desk.settle(id, verdict) else { return false }
            reply(to: id, answer)
        }
        return true
    }

    /// Takes note of what the program says; returns what that is news of.
    mutating func take(_ record: ClaudeRecord) -> AgentEvent? {
        switch record.type {
        case "command_lifecycle": return receipt(record)
        case "control_request": return request(record)
        case "control_cancel_request": return withdrawal(record)
        case "result": close()
        // Where nothing runs, an interrupt has no final record.
        case "control_response": if record.json["response"]?["request_id"]?.string == Self.interruptID { close() }
        default: break
        }
        return nil
    }

    /// Answers a request for a permission, or says that it was made; refuses what makima does not do.
    private mutating func request(_ record: ClaudeRecord) -> AgentEvent? {
        guard !isClosed, let id = record.json["request_id"]?.string, id.utf8.count <= Self.idLimit else { return nil }
        let request = record.json["request"] ?? .null
        guard request["subtype"]?.string == "can_use_tool" else {
            write([
                ("type", .string("control_response")),
                (
                    "response",
                    .object([
                        "subtype": .string("error"), "request_id": .string(id),
                        "error": .string("makima does not answer this."),
                    ])
                ),
            ])
            return nil
        }
        let ruling = desk.take(request, id: id)
        if let answer = ruling.answer { reply(to: id, answer) }
        return ruling.event
    }

    /// A cancelled request is not answered.
    private mutating func withdrawal(_ record: ClaudeRecord) -> AgentEvent? {
        guard let id = record.json["request_id"]?.string, desk.withdraw(id) else { return nil }
        return .permissionWithdrawn(id: id)
    }

    private mutating func reply(to id: String, _ answer: JSONValue) {
        let response = JSONValue.object([
            "subtype": .string("success"), "request_id": .string(id), "response": answer,
        ])
        write([("type", .string("control_response")), ("response", response)])
    }

    /// More is no name.
    private static let idLimit = 1024

    /// The model has a message as soon as a turn takes it up: one that is only queued may still be lost.
    private mutating func receipt(_ record: ClaudeRecord) -> AgentEvent? {
        guard record.json["state"]?.string == "started", let id = record.json["command_uuid"]?.string,
            let number = handedOver.removeValue(forKey: id)
        else { return nil }
        return .messageTaken(number: number)
    }

    private mutating func close() {
        isClosed = true
        input.isLast = true
    }

    private mutating func say(_ text: String, id: String?) {
        let message = JSONValue.object(["role": .string("user"), "content": .string(text)])
        write(
            [
                ("type", .string("user")), ("message", message), ("parent_tool_use_id", .null),
                ("session_id", .string("default")),
            ] + (id.map { [("uuid", .string($0))] } ?? [])
        )
    }

    private mutating func write(_ members: [(String, JSONValue)]) {
        let line = JSONValue.object(members.map { JSONMember(key: $0.0, value: $0.1) })
        input.bytes += JSONWriter.bytes(of: line) + [UInt8(ascii: "\n")]
    }

    private static let interruptID = "interrupt"

    /// An id in the form that the program wants, the same whenever the message is handed over.
    private static func id(of number: Int) -> String {
        let digits = String(number, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }

    private static func number(of id: String) -> Int? {
        guard let number = Int(id.suffix(12), radix: 16), Self.id(of: number) == id else { return nil }
        return number
    }
}
