import Agents
import Domain

extension AgentSession {
    /// The conversation `id` with what the processes before spent that took part in it.
    ///
    /// A task may have had others before: what those spent is no part of what an agent reports of this one.
    init(id: String, in iterations: [IterationRecord]) {
        let earlier = iterations.compactMap(\.outcome?.agent).filter { $0.sessionID == id }
        let costs = earlier.compactMap(\.usage.cost)
        let tokens = earlier.compactMap(\.tokens)
        self.init(
            id: id,
            cost: costs.isEmpty ? nil : costs.reduce(.zero, +),
            tokens: tokens.isEmpty ? nil : tokens.reduce(ModelTokens(), +)
        )
    }
}
