import Domain

/// Adds up what one process of Claude Code has spent.
///
/// Three traps: `total_cost_usd` counts the whole conversation, processes before this one included; `usage` of a result
/// counts its own turn, without sub-agents; and the lines of one message repeat the figures of its beginning.
struct ClaudeSpending: Hashable, Sendable {
    /// What the results say.
    private var settled = Usage()
    /// What the messages since the last result cost at least; what is left of a process that was killed.
    private var unsettledTokens: Int?
    /// Those of them that sub-agents used.
    private var subagentTokens = 0
    /// The same as ``unsettledTokens`` by kind, for each model.
    private var unsettledKinds: [String: ModelTokens] = [:]
    private var countedMessages: Set<String> = []
    private let session: AgentSession?

    init(session: AgentSession?) {
        self.session = session
    }

    var total: Usage {
        // Where no result has told a cost, it is plain that all tokens are without one.
        let unpriced = settled.cost == nil ? nil : unsettledTokens
        return (settled + Usage(tokens: unsettledTokens, unpricedTokens: unpriced)).clamped
    }

    /// The kinds of the tokens of which no result says what they cost, where one model alone used them.
    var tokens: ModelTokens? {
        guard unsettledKinds.count == 1 else { return nil }
        return unsettledKinds.values.first
    }

    /// Counts a message once.
    ///
    /// Returns whether the total has changed.
    mutating func begin(_ record: ClaudeRecord) -> Bool {
        let tokens = record.tokensAtStart
        guard tokens > 0, let id = record.messageID, countedMessages.insert(id).inserted else { return false }
        unsettledTokens = (unsettledTokens ?? 0).addingCapped(tokens)
        if record.isFromSubagent { subagentTokens = subagentTokens.addingCapped(tokens) }
        let model = record.model ?? ""
        let sofar = unsettledKinds[model] ?? ModelTokens(model: record.model)
        unsettledKinds[model] = sofar + record.kindsAtStart
        return true
    }

    /// Replaces the estimate by what a result says.
    mutating func settle(_ record: ClaudeRecord) {
        if let usage = record.usageSinceLastResult {
            settled = (settled + usage.clamped).clamped
        } else {
            settled.cost = record.totalCost.map { ownShare(ofTotal: $0, sessionID: record.sessionID) } ?? settled.cost
            let tokens = record.turnTokens.map { $0.addingCapped(subagentTokens) } ?? unsettledTokens
            settled = (settled + Usage(tokens: tokens).clamped).clamped
        }
        unsettledTokens = nil
        subagentTokens = 0
        unsettledKinds = [:]
        countedMessages = []
    }

    private func ownShare(ofTotal total: USD, sessionID: String?) -> USD {
        // A total below what is known to be spent is not the conversation's: it counts from zero.
        guard let session, session.id == sessionID, let before = session.cost, before <= total else { return total }
        return USD(microdollars: total.microdollars - before.microdollars)
    }
}
