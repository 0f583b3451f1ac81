import Agents
import Domain

extension AgentSession {
    /// The conversation `id` with what the processes before spent that took part in it.
    ///
    /// A task may have had others before: what those spent is no part of what an agent reports of this one. Nor is what
    /// makima itself made of the tokens of a process that broke off: the agent never added that up.
    init(id: String, in iterations: [IterationRecord]) {
        let earlier = iterations.compactMap(\.outcome?.agent).filter { $0.sessionID == id }
        let costs = earlier.compactMap(\.usage.toldCost)
        let tokens = earlier.compactMap(\.tokens)
        self.init(
            id: id,
            cost: costs.isEmpty ? nil : costs.reduce(.zero, +),
            tokens: tokens.isEmpty ? nil : tokens.reduce(ModelTokens(), +)
        )
    }
}

extension Usage {
    /// What of the cost the agent itself has told.
    fileprivate var toldCost: USD? {
        guard let cost, let pricedCost else { return cost }
        return cost > pricedCost ? USD(microdollars: cost.microdollars - pricedCost.microdollars) : nil
    }
}

extension AgentOutcome {
    /// Leaves out what earlier processes of the same conversation told, where the agent tells that as a whole.
    ///
    /// Programs behind a command choose the conversation themselves, so nobody could tell their reader which one it is;
    /// readers of other kinds know it.
    func ownShare(of kind: AgentKind = .command, after iterations: [IterationRecord]) -> AgentOutcome {
        guard kind == .command, tellsWholeConversation == true, let sessionID, let tokens else { return self }
        let before = iterations.compactMap(\.outcome?.agent)
            .filter { $0.sessionID == sessionID && $0.tellsWholeConversation == true }
            .compactMap(\.tokens)
        // A total below what is known to be used counts from zero.
        guard !before.isEmpty, let own = before.reduce(Optional(tokens), { $0?.without($1) }) else { return self }
        var share = self
        share.tokens = own
        share.usage.tokens = [own.output, own.cacheRead, own.cacheWrite].reduce(own.input, +)
        return share
    }
}

extension ModelTokens {
    /// `nil` where `other` is more of any kind.
    fileprivate func without(_ other: ModelTokens) -> ModelTokens? {
        var rest = self
        rest.input -= other.input
        rest.output -= other.output
        rest.cacheRead -= other.cacheRead
        rest.cacheWrite -= other.cacheWrite
        return [rest.input, rest.output, rest.cacheRead, rest.cacheWrite].allSatisfy { $0 >= 0 } ? rest : nil
    }
}
