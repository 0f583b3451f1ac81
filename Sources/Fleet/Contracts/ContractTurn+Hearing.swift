import Domain

// What is said to supervisors while they wait.

extension ContractRules {
    /// What was said to a task since that was last looked at.
    package struct Words: Hashable, Sendable {
        /// Where its history ends, as far as it was read.
        package var end: Int
        /// Whether its agent has not heard some of it.
        package var areUnheard: Bool

        package init(end: Int, areUnheard: Bool) { (self.end, self.areUnheard) = (end, areUnheard) }
    }
}

extension ContractTurn {
    /// Wakes supervisors to whom something was said: it may change what they wait for, and what they say of the goal.
    ///
    /// Each word wakes once, so that one that no daemon delivers wakes nobody for ever. A claim that it comes after is not
    /// decided about: its agent says again whether the goal is reached.
    mutating func hearPeople() {
        for task in members where contract.members[task]?.role == .supervisor {
            guard let words = view.words[task], let found = view.tasks[task], found.waitsForContract,
                !isBeingWoken(task), words.end > contract.members[task]?.heard ?? 0
            else { continue }
            contract.members[task]?.heard = words.end
            guard words.areUnheard else { continue }
            contract.members[task]?.wait = nil
            contract.members[task]?.claims = 0
            contract.members[task]?.refusedAt = nil
            if task == contract.supervisor { forgetVerification() }
            contract.order(task, .wake(ContractTexts.spokenTo(contract, view, found)))
            notes.append(.woken(task))
        }
    }
}

extension ContractTexts {
    static func spokenTo(_ contract: Contract, _ view: ContractRules.View, _ leader: FleetTask) -> String {
        let wasReady =
            if case .waiting(.acceptance, _)? = leader.reason { true } else { false }
        let what =
            wasReady
            ? "You said that the goal is reached, and before that was decided something was said to you. Heed it, and say again when the "
                + "goal is reached."
            : "Something was said to you while you waited. Heed it; then wait again (wait_for_tasks) where you still have to."
        return what + " Your tasks now:\n\n" + list(contract, view, of: leader.id)
    }
}
