import Domain

/// One line of Claude Code's output.
///
/// Which members a line has depends on its type and on the version; key order does not count, and what is not known is
/// ignored.
struct ClaudeRecord {
    let json: JSONValue
    private let message: JSONValue?
    let type: String
    let subtype: String

    /// Returns `nil` for anything but a JSON object with a `type`.
    init?(_ line: UnsafeRawBufferPointer) {
        guard let json = Self.needed.read(line) else { return nil }
        self.init(json)
    }

    /// The record of a line, or all of them where the whole output is one array (`--output-format json`).
    static func records(in line: UnsafeRawBufferPointer) -> [ClaudeRecord] {
        guard line.first == UInt8(ascii: "[") else { return ClaudeRecord(line).map { [$0] } ?? [] }
        // What cannot be parsed is no record; the caller keeps it as a stray line.
        let array = try? JSONParser.parse(line).array
        return array?.compactMap { ClaudeRecord($0) } ?? []
    }

    init?(_ json: JSONValue) {
        guard let type = json["type"]?.string else { return nil }
        self.json = json
        message = json["message"]
        self.type = type
        subtype = json["subtype"]?.string ?? ""
    }

    /// The conversation; only what can be handed back as an argument is one.
    var sessionID: String? { json["session_id"]?.string?.asSessionID }

    /// Whether the conversation that it names is one that the program has begun, or has come to a result in.
    var namesSession: Bool { type == "result" || type == "system" && subtype == "init" }

    /// The lines of a sub-agent carry the tool call that started it.
    var isFromSubagent: Bool { json["parent_tool_use_id"]?.string != nil }

    /// The blocks of a message; one text block where its content is a plain string.
    var content: [JSONValue] {
        guard let content = message?["content"] else { return [] }
        if let blocks = content.array { return blocks }
        return content.string.map { [.object(["type": .string("text"), "text": .string($0)])] } ?? []
    }

    /// The text of a message.
    var words: String { content.compactMap { $0["text"]?.string?.withoutNUL }.joined(separator: "\n") }

    var messageID: String? { message?["id"]?.string }

    /// The model that wrote the message.
    var model: String? { message?["model"]?.string }

    /// Whether the program itself wrote the message, to say that a request failed.
    var isSynthetic: Bool {
        tellsOfFailedRequest || model == "<synthetic>"
    }

    /// Whether the program itself calls the message an error; it writes other messages too, such as those of its commands.
    var tellsOfFailedRequest: Bool { json["is_api_error_message"]?.bool == true || json["error"]?.string != nil }

    /// Whether the line can only come from Claude Code: how its output is recognised behind another command.
    var isUnmistakable: Bool {
        switch type {
        case "system": !subtype.isEmpty && sessionID != nil
        case "result": sessionID != nil || json["is_error"]?.bool != nil || json["rate_limit_event"] != nil
        case "assistant", "user": message?["content"] != nil
        case "rate_limit_event": json["rate_limit_info"] != nil
        default: false
        }
    }
}

extension ClaudeRecord {
    /// The tokens of a message as far as they are known when it begins: what it costs at least.
    var tokensAtStart: Int {
        Self.tokens(message?["usage"], Self.tokenKeys)
    }

    /// The same by kind.
    var kindsAtStart: ModelTokens {
        let count = { (key: String) in max(0, message?["usage"]?[key]?.int ?? 0) }
        return ModelTokens(
            input: count("input_tokens"),
            output: count("output_tokens"),
            cacheRead: count("cache_read_input_tokens"),
            cacheWrite: count("cache_creation_input_tokens")
        )
    }

    /// The tokens of the turn that a result ends.
    ///
    /// Sub-agents are not in it.
    var turnTokens: Int? {
        guard let usage = json["usage"], usage["input_tokens"] != nil else { return nil }
        return Self.tokens(usage, Self.tokenKeys)
    }

    /// What was spent since the result before, sub-agents included; `nil` in versions that do not say.
    var usageSinceLastResult: Usage? {
        guard let models = json["model_usage_since_last_result"]?.object else { return nil }
        let dollars = models.values.reduce(0) { $0 + ($1["costUSD"]?.double ?? 0) }
        let keys = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"]
        let tokens = models.values.reduce(0) { $0.addingCapped(Self.tokens($1, keys)) }
        return Usage(cost: USD(dollars: dollars), tokens: tokens)
    }

    /// What the whole conversation has cost, processes before this one included.
    var totalCost: USD? { json["total_cost_usd"]?.double.flatMap { USD(dollars: $0) } }

    private static let tokenKeys = [
        "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens",
    ]

    private static func tokens(_ usage: JSONValue?, _ keys: [String]) -> Int {
        keys.reduce(0) { sum, key in sum.addingCapped(max(0, usage?[key]?.int ?? 0)) }
    }
}

extension Int {
    /// The sum, or the largest number there is: figures come out of a program's output and may be anything.
    func addingCapped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

extension ClaudeRecord {
    /// Everything that is read out of any record.
    ///
    /// What tools return and what is written to files is the most of it, and is in none of these.
    private static let needed = JSONSelection(
        [
            "type", "subtype", "session_id", "parent_tool_use_id", "error", "is_api_error_message", "cwd", "model",
            "attempt", "max_retries", "error_status", "tool_name", "is_error", "result", "errors", "terminal_reason",
            "stop_reason", "api_error_status", "api_error_type", "api_error", "model_usage_since_last_result",
            "total_cost_usd", "modelUsage", "state", "command_uuid", "request_id",
        ],
        parts: [
            "message": JSONSelection(["id", "model"], parts: ["content": block, "usage": usage]),
            "rate_limit_info": JSONSelection(["status", "resetsAt"]),
            "rate_limit_event": JSONSelection(["resetsAt"]),
            "permission_denials": JSONSelection(["tool_name"], parts: ["tool_input": ClaudeToolCall.neededInput]),
            "usage": usage,
            "compact_metadata": JSONSelection(["post_tokens"]),
            "response": JSONSelection(["request_id"]),
            // The input is handed back whole with an approval.
            "request": JSONSelection(["subtype", "tool_name", "input"]),
        ]
    )

    private static let block = JSONSelection(
        ["type", "text", "id", "name", "tool_use_id", "is_error"],
        parts: ["input": ClaudeToolCall.neededInput]
    )

    private static let usage = JSONSelection(tokenKeys)
}
