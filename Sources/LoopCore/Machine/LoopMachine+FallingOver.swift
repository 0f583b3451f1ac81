import Domain

// Several agents that do each other's work. Which of them works next is decided by ``AgentChoice``, from what is known
// about their accounts; here an agent steps back with what it will go on with, and another one begins or comes back.

extension LoopMachine {
    /// Lets another one of the choices make the next try; it uses up no iteration.
    mutating func changeAgent(to name: String, obstacle: AccountHold?) -> [Effect] {
        guard canTakeOver(name), let next = rules.choices?.first(where: { $0.name == name }) else { return [] }
        if let reason = reasonNotToStart { return stop(reason) }
        memory.changeAgent(from: rules.agent, to: name)
        rules.take(next)
        return [.changeAgent(to: name, obstacle: obstacle)] + beginNext()
    }

    /// Where an agent that took over cannot work at all, goes on with the first choice, which waits if it must; `nil` where
    /// this is the first choice.
    ///
    /// Whoever names a second agent must not be worse off than with one.
    mutating func stepBack() -> [Effect]? {
        guard let first = rules.choices?.first?.name, canTakeOver(first) else { return nil }
        memory.unusable = (memory.unusable ?? []).union([rules.agent])
        return changeAgent(to: first, obstacle: nil)
    }

    /// The names of the agents that may work on the task, the best first: its choices, but for those that could not work.
    package var candidates: [String] {
        (rules.choices ?? []).map(\.name).filter { memory.unusable?.contains($0) != true }
    }

    private var others: [String] { candidates.filter { $0 != rules.agent } }

    func canTakeOver(_ name: String) -> Bool { others.contains(name) }

    /// Whether another agent may take over where this one waits.
    var fallsOver: Bool { !others.isEmpty }

    /// Whether there is an agent besides this one that has not used up its tries.
    var othersHaveTries: Bool { others.contains { memory.benched?[$0]?.retries.areUsedUp != true } }
}

extension LoopMemory {
    /// What an agent goes on with when it comes back.
    package struct Bench: Hashable, Sendable, Codable {
        var session: LoopMachine.SessionChoice
        var conversation: Int?
        var renewal: SessionRenewal?
        package internal(set) var retries: RetryCounts
    }

    mutating func changeAgent(from old: String, to new: String) {
        var benched = benched ?? [:]
        benched[old] = Bench(session: session, conversation: conversation, renewal: renewal, retries: retries)
        let back = benched.removeValue(forKey: new)
        self.benched = benched
        session = back?.session ?? .fresh
        conversation = back?.conversation
        renewal = session == .fresh ? back?.renewal ?? .otherAgent : nil
        retries = back?.retries ?? RetryCounts()
        forgetPrices()
    }
}

extension RetryCounts {
    /// Whether waiting has been tried as often as it is.
    var areUsedUp: Bool {
        usageLimit >= RetryPolicy.usageTries
            || [rateLimited, overloaded, network].contains { $0 >= RetryPolicy.serviceTries }
    }
}
