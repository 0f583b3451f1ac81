import Domain

/// What one process of an agent of the Agent Client Protocol has spent, as far as it says.
///
/// The figures are those of the whole conversation. What an earlier process spent of it is told when it is loaded, or
/// else known to makima.
struct ACPSpending: Hashable, Sendable {
    /// How full the conversation is.
    private(set) var context: ContextFill?
    private var now = Told()
    private var before: Told

    private struct Told: Hashable, Sendable {
        var cost: USD?
        var tokens: ModelTokens?
    }

    init(session: AgentSession?) {
        before = Told(cost: session?.cost, tokens: session?.tokens)
    }

    var usage: Usage { Usage(cost: cost, tokens: tokens?.total).clamped }

    /// By kind; `nil` while nothing was told.
    var tokens: ModelTokens? {
        now.tokens.map { $0.without(before.tokens) }
    }

    private var cost: USD? {
        guard let total = now.cost else { return nil }
        // Less than before is no total of the conversation: it counts from zero.
        guard let earlier = before.cost, earlier <= total else { return total }
        return USD(microdollars: total.microdollars - earlier.microdollars)
    }

    /// Takes what is told before the prompt: earlier processes spent it.
    mutating func takeHistory(_ update: JSONValue) {
        if let cost = Self.cost(update) { before.cost = cost }
        if let tokens = Self.counts(update["_meta"]) { before.tokens = tokens }
    }

    /// Takes a `usage_update`; returns whether it told what was spent.
    mutating func take(_ update: JSONValue) -> Bool {
        let earlier = now
        if let used = update["used"]?.int, used > 0 {
            context = ContextFill(tokens: used, window: update["size"]?.int.flatMap { $0 > 0 ? $0 : nil })
        }
        if let cost = Self.cost(update) { now.cost = cost }
        // What Vibe says beside what the protocol has.
        if let tokens = Self.counts(update["_meta"]) { now.tokens = tokens }
        return now != earlier
    }

    /// Takes the figures in the answer to the prompt.
    mutating func settle(_ usage: JSONValue?) {
        guard let input = usage?["inputTokens"]?.int, let output = usage?["outputTokens"]?.int else { return }
        now.tokens = Self.kinds(
            of: ModelTokens(
                input: Self.bounded(input),
                output: Self.bounded(output) + Self.bounded(usage?["thoughtTokens"]?.int),
                cacheRead: Self.bounded(usage?["cachedReadTokens"]?.int),
                cacheWrite: Self.bounded(usage?["cachedWriteTokens"]?.int)
            ),
            total: usage?["totalTokens"]?.int
        )
    }

    private static func cost(_ update: JSONValue) -> USD? {
        guard let cost = update["cost"], cost["currency"]?.string ?? "USD" == "USD", let amount = cost["amount"]?.double
        else { return nil }
        return USD(dollars: amount)
    }

    private static func counts(_ told: JSONValue?) -> ModelTokens? {
        guard let input = told?["promptTokens"]?.int, let output = told?["completionTokens"]?.int else { return nil }
        return kinds(
            of: ModelTokens(
                input: bounded(input),
                output: bounded(output),
                cacheRead: bounded(told?["cachedTokens"]?.int)
            ),
            total: told?["totalTokens"]?.int
        )
    }

    /// Some count what the cache had as part of the input, too: then the sum is more than the total.
    private static func kinds(of tokens: ModelTokens, total: Int?) -> ModelTokens {
        guard let total, tokens.total > total else { return tokens }
        var kinds = tokens
        kinds.input = max(0, tokens.input - tokens.cacheRead - tokens.cacheWrite)
        return kinds
    }

    private static func bounded(_ count: Int?) -> Int { min(max(0, count ?? 0), 1_000_000_000_000) }
}

extension ACPSpending {
    /// What is read out of a `usage_update`.
    static let neededOfUpdate = ["used", "size", "cost"]
    static let neededOfExtras = JSONSelection(["promptTokens", "completionTokens", "cachedTokens", "totalTokens"])
    /// What is read out of the answer to the prompt.
    static let neededOfAnswer = JSONSelection([
        "inputTokens", "outputTokens", "thoughtTokens", "cachedReadTokens", "cachedWriteTokens", "totalTokens",
    ])
}
