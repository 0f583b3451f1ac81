import Domain

extension LoopMachine {
    /// Begins the next iteration, unless the breaker has opened and no other strategy is left to try.
    mutating func goOn(unless stall: StallCause?) -> [Effect] {
        guard let stall else { return beginNext() }
        guard let strategy = strategy(against: stall) else { return self.stop(.stalled(stall)) }
        memory.halfOpen = strategy
        memory.breaker.tryAgain(after: stall)
        renewSession(because: strategy == .otherAgent ? .otherAgent : .standstill)
        if strategy == .otherAgent {
            rules.changeAgents()
            memory.forgetPrices()
        }
        return [.changeStrategy(strategy, stall)] + beginNext()
    }

    /// The strategy that is tried before the task is stalled; once, until a person lets the task go on.
    ///
    /// Where nothing more may be started there is nothing to try, and what stalled the task says more than its limit.
    private func strategy(against stall: StallCause) -> StallStrategy? {
        guard let strategy = rules.onStall, memory.halfOpen == nil, reasonNotToStart == nil else { return nil }
        // What cannot be evaluated here cannot be evaluated for anybody.
        if case .checksNotEvaluable = stall { return nil }
        switch strategy {
        case .stop: return nil
        case .freshSession: return strategy
        case .otherAgent: return rules.otherAgent.map { $0.name != rules.agent } == true ? strategy : nil
        }
    }
}
