import Domain

/// Follows how full a conversation of Claude Code is.
///
/// `usage` of a final record adds up all requests of its turn; only that of a message says what one request had.
struct ClaudeContext: Hashable, Sendable {
    private var tokens: Int?
    private var model: String?
    private var windows: [String: Int] = [:]

    /// `nil` before the first answer.
    var fill: ContextFill? { tokens.map { ContextFill(tokens: $0, window: window) } }

    mutating func take(_ record: ClaudeRecord) {
        switch record.type {
        case "assistant":
            // A sub-agent has a conversation of its own.
            guard !record.isFromSubagent, !record.isSynthetic, record.tokensAtStart > 0 else { return }
            tokens = record.tokensAtStart
            model = record.model
        case "system":
            tokens = record.tokensAfterCompaction ?? tokens
        case "result":
            windows.merge(record.windows) { $1 }
        default:
            return
        }
    }

    /// Small models may have helped, whose windows say nothing here.
    ///
    /// A model may be listed with a mark, as `name[1m]`.
    private var window: Int? {
        guard let model else { return nil }
        if let window = windows[model] { return window }
        let marked = windows.filter { $0.key.hasPrefix("\(model)[") }.values
        return marked.min() ?? (windows.count == 1 ? windows.values.first : nil)
    }
}

extension ClaudeRecord {
    /// What is left of the conversation after the program has summed it up; `nil` in other records.
    fileprivate var tokensAfterCompaction: Int? {
        guard subtype == "compact_boundary" else { return nil }
        return json["compact_metadata"]?["post_tokens"]?.int
    }

    /// How many tokens the models can take that worked.
    fileprivate var windows: [String: Int] {
        let models = json["modelUsage"]?.object ?? []
        let known = models.compactMap { model in
            model.value["contextWindow"]?.int.map { (model.key, $0) }
        }
        return Dictionary(known) { $1 }
    }
}
