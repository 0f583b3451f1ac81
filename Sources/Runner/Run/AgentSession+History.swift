import Agents
import Domain

extension AgentSession {
    /// The conversation `id` with what the processes before cost that took part in it.
    ///
    /// A task may have had others before: what those cost is no part of what an agent reports of this one.
    init(id: String, in iterations: [IterationRecord]) {
        let costs = iterations.compactMap(\.outcome?.agent).filter { $0.sessionID == id }.compactMap(\.usage.cost)
        self.init(id: id, cost: costs.isEmpty ? nil : costs.reduce(.zero, +))
    }
}
