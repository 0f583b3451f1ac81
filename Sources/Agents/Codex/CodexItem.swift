import Domain

/// What the agent did or said, in one record of Codex.
struct CodexItem {
    let id: String
    private let type: String
    private let json: JSONValue

    /// Returns `nil` where `record` holds no item.
    init?(_ record: JSONValue) {
        guard let json = record["item"], let type = json["type"]?.string else { return nil }
        self.json = json
        self.type = type
        id = String((json["id"]?.string ?? "").prefix(128))
    }

    var messageText: String? {
        type == "agent_message" ? (json["text"]?.string ?? "").keptOfMessage : nil
    }

    /// The call of a tool that the item is about; `nil` for words, plans and warnings.
    var call: (name: String, summary: String)? {
        switch type {
        case "command_execution": ("shell", summary(json["command"]?.string))
        case "file_change": ("apply_patch", summary(json["changes"]?.array?.compactMap { $0["path"]?.string }.first))
        case "mcp_tool_call": ([json["server"], json["tool"]].compactMap { $0?.string }.joined(separator: "."), "")
        case "web_search": ("web_search", summary(json["query"]?.string))
        case "collab_tool_call": ("collab", summary(json["tool"]?.string))
        default: nil
        }
    }

    var isFailure: Bool {
        ["failed", "declined"].contains(json["status"]?.string ?? "")
    }

    /// Why the call was not allowed; `nil` where it was.
    var refusal: String? {
        if json["status"]?.string == "declined" { return "declined" }
        let error = json["error"]?["message"]?.string
        return error?.hasPrefix("MCP tool call requires approval") == true ? error : nil
    }

    private func summary(_ text: String?) -> String {
        (text ?? "").firstLine(upTo: 120).withoutControls
    }

    static let needed = JSONSelection(
        ["id", "type", "text", "command", "server", "tool", "query", "status"],
        parts: ["changes": JSONSelection(["path"]), "error": JSONSelection(["message"])]
    )
}
