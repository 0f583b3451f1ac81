package import Domain

/// One conversation of makima's tool server with an agent's program, in the Model Context Protocol over standard input and
/// output: JSON-RPC 2.0, one object a line.
///
/// A value: it is fed lines and says what to answer and what to write down. Source: the protocol's revisions 2024-11-05 to
/// 2025-11-25, and what Claude Code 2.1 and Codex 0.163 really send.
package struct ToolSession: Sendable {
    /// What follows from one line.
    package struct Step: Hashable, Sendable {
        /// The line to answer with, without its line feed; `nil` for none.
        package var reply: String?
        /// To be written down before the answer is given.
        package var record: JSONValue?
        /// A call that makima is to answer; ``ToolSession/answer(to:_:)`` makes the line of that.
        package var question: Question?

        package init(reply: String? = nil, record: JSONValue? = nil) {
            self.reply = reply
            self.record = record
        }

        package struct Question: Hashable, Sendable {
            package var id: JSONValue
            package var tool: SupervisorTool
            package var arguments: JSONValue
        }
    }

    private static let versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]
    private static let lineLimit = 4 << 20

    private let asksPeople: Bool
    /// Whether the agent leads other tasks.
    private let leads: Bool
    private let version: String

    /// `asksPeople` is whether anybody answers questions; `version` is makima's.
    package init(asksPeople: Bool, leads: Bool = false, version: String) {
        self.asksPeople = asksPeople
        self.leads = leads
        self.version = version
    }

    package func take(_ line: [UInt8]) -> Step {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) else { return Step() }
        // A line that cannot be read has no id that could be answered to.
        guard line.count <= Self.lineLimit, let message = try? JSONParser.parse(line) else {
            return failure(.null, code: -32700, "This is no JSON.")
        }
        guard let method = message["method"]?.string else {
            // An answer, to which there is nothing to say; this server asks nothing.
            if message["result"] != nil || message["error"] != nil { return Step() }
            return failure(message["id"] ?? .null, code: -32600, "A request has a 'method'.")
        }
        // Notifications have no id and get no answer.
        guard let id = message["id"], id != .null else { return Step() }
        switch method {
        case "initialize": return success(id, greeting(message["params"]?["protocolVersion"]?.string))
        case "ping": return success(id, .object([:]))
        case "tools/list": return success(id, .object(["tools": .array(listings)]))
        case "tools/call": return call(message["params"], id)
        default: return failure(id, code: -32601, "There is no method '\(method.firstLine(upTo: 80))'.")
        }
    }

    private func greeting(_ wanted: String?) -> JSONValue {
        let chosen = wanted.flatMap { Self.versions.contains($0) ? $0 : nil } ?? Self.versions[1]
        return .object([
            "protocolVersion": .string(chosen), "capabilities": .object(["tools": .object([:])]),
            "serverInfo": .object(["name": .string("makima"), "version": .string(version)]),
            "instructions": .string("Call report_completion_gate when you end your work."),
        ])
    }

    private var listings: [JSONValue] {
        AgentTool.allCases.map(\.listing) + (leads ? SupervisorTool.allCases.map(\.listing) : [])
    }

    /// The line that answers a question.
    package func answer(to question: Step.Question, _ reply: LeaderReply) -> String {
        success(question.id, Self.content(reply.text, isError: reply.isError)).reply ?? ""
    }

    private func ask(_ tool: SupervisorTool, _ arguments: JSONValue?, _ id: JSONValue) -> Step {
        do throws(AgentTool.Refusal) {
            _ = try tool.call(arguments)
        } catch { return success(id, Self.content(error.message, isError: true)) }
        var step = Step()
        step.question = Step.Question(id: id, tool: tool, arguments: arguments ?? .object([:]))
        return step
    }

    private func call(_ parameters: JSONValue?, _ id: JSONValue) -> Step {
        let name = parameters?["name"]?.string ?? ""
        if leads, let tool = SupervisorTool(rawValue: name) { return ask(tool, parameters?["arguments"], id) }
        guard let tool = AgentTool(rawValue: name) else {
            return failure(id, code: -32602, "There is no tool '\(name.firstLine(upTo: 80))'.")
        }
        do throws(AgentTool.Refusal) {
            let call = try tool.call(parameters?["arguments"])
            var step = success(id, Self.content(answer(to: call), isError: false))
            step.record = .object([
                "tool": .string(tool.rawValue), "arguments": parameters?["arguments"] ?? .object([:]),
            ])
            return step
        } catch {
            return success(id, Self.content(error.message, isError: true))
        }
    }

    private func answer(to call: ToolCall) -> String {
        switch call {
        case .gate(let gate) where gate.isReady: "Recorded. End your turn now: your work is checked next."
        case .gate: "Recorded: not ready. The loop goes on after your turn."
        case .question where asksPeople:
            "A person is asked. End your turn now: the answer comes with your next prompt."
        case .question: "Nobody answers in this task. Decide yourself, go on, and say what you decided."
        case .note: "Noted."
        }
    }

    private static func content(_ text: String, isError: Bool) -> JSONValue {
        .object([
            "content": .array([.object(["type": .string("text"), "text": .string(text)])]), "isError": .bool(isError),
        ])
    }

    private func success(_ id: JSONValue, _ result: JSONValue) -> Step {
        Step(reply: JSONWriter.write(.object(["jsonrpc": .string("2.0"), "id": id, "result": result])))
    }

    private func failure(_ id: JSONValue, code: Int64, _ message: String) -> Step {
        let error = JSONValue.object(["code": .integer(code), "message": .string(message)])
        return Step(reply: JSONWriter.write(.object(["jsonrpc": .string("2.0"), "id": id, "error": error])))
    }
}

extension AgentTool {
    fileprivate var listing: JSONValue {
        .object(["name": .string(rawValue), "description": .string(description), "inputSchema": schema])
    }
}
