package import Domain

/// Everything that an agent told makima by its tools in one iteration.
package struct ToolReport: Hashable, Sendable {
    /// The last one that was reported; `nil` where none was.
    package var gate: GateReading?
    package var questions: [AskedQuestion] = []
    package var notes: [String] = []

    /// How much of a file is read, in bytes.
    package static let limit = 4 << 20
    private static let mostNotes = 50

    package init() {}

    /// Reads what the tool server of an iteration wrote down: one line a call, of which only those with `token` count.
    ///
    /// The agent can write what it likes there, as it can call what it likes: a line that cannot be read is no call.
    package init(reading bytes: [UInt8], token: String) {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // No call, as said above.
            guard let record = try? JSONParser.parse(Array(line)), record["token"]?.string == token,
                let tool = record["tool"]?.string.flatMap(AgentTool.init(rawValue:)),
                let call = try? tool.call(record["arguments"])
            else { continue }
            note(call)
        }
    }

    private mutating func note(_ call: ToolCall) {
        switch call {
        case .gate(let reading): gate = reading
        case .question(let question): questions.append(question)
        case .note(let text): if notes.count < Self.mostNotes { notes.append(text) }
        }
    }

    /// The gate of the iteration: that of the tool, unless the final message says plainly that the agent is not ready.
    package func gate(besides text: GateReading) -> GateReading {
        guard let gate else { return text }
        if case .stated(let stated) = text, !stated.ready { return text }
        return gate
    }

    /// The line that the server appends for a call.
    package static func line(_ record: JSONValue, token: String) -> [UInt8] {
        guard case .object(let members) = record else { return [] }
        let marked = JSONValue.object([JSONMember(key: "token", value: .string(token))] + members)
        return JSONWriter.bytes(of: marked) + [UInt8(ascii: "\n")]
    }
}
