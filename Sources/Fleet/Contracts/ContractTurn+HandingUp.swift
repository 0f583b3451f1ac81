import Domain

// Work that came back to a task that cannot go on: who leads it decides what becomes of it.

extension ContractTurn {
    /// Tells the leader of a task that its work came back, and that it cannot mend it; whether somebody leads who is told, or was.
    mutating func handUp(_ task: TaskID, _ hold: ReturnHold) -> Bool {
        guard let member = contract.members[task], let leader = livingLeader(of: task) else { return false }
        guard member.handedUp == nil else { return true }
        contract.members[task]?.handedUp = hold
        // Others whose work is in conflict do not wait for who mends nothing.
        contract.queues[member.target]?.giveUp(task)
        contract.members[leader]?.wait = nil
        contract.order(leader, .wake(HandedUpText(task: task, hold: hold, leader: leader, of: self).text))
        notes.append(.handedUp(task, to: leader, hold))
        notes.append(.woken(leader))
        return true
    }

    /// The same of tasks that every daemon turned down since they were told, where nothing else goes on.
    mutating func handUpTurnedDown() {
        guard contract.supervisor != nil, !isAtWork else { return }
        for task in members {
            guard let member = contract.members[task], case .returned = member.merge, member.untold == nil,
                let found = view.tasks[task], found.isQueued, canBegin(found), let reason = lastRefusal(of: found)
            else { continue }
            _ = handUp(task, .turnedDown(reason))
        }
    }

    /// What of its own keeps a task from mending its work; `nil` where nothing does, or that is not known here.
    func ownEnd(of task: TaskID) -> OwnExhaustion? {
        guard let found = view.tasks[task], found.assignment == nil else { return nil }
        return view.limits[task]?.exhaustion(by: found)
    }

    /// Whether its work came back, and its leader knows that it does not go on by itself.
    func isHandedUp(_ task: TaskID, _ member: ContractMember) -> Bool {
        guard case .returned(let attempt) = member.merge, member.handedUp != nil else { return false }
        return view.tasks[task].map { $0.assignment == nil && $0.status == .done && $0.attempt <= attempt } ?? false
    }

    /// The nearest supervisor above a task that hears what it is told.
    private func livingLeader(of task: TaskID) -> TaskID? {
        var leader = contract.members[task]?.parent
        while let next = leader {
            if hears(next) { return next }
            leader = contract.members[next]?.parent
        }
        return nil
    }

    private func hears(_ leader: TaskID) -> Bool {
        guard let member = contract.members[leader], member.role == .supervisor, let found = view.tasks[leader] else {
            return false
        }
        if found.assignment != nil || isParked(found, for: .dependency) { return true }
        if found.isQueued { return canBegin(found) && !isHeldUp(found) }
        return isParked(found, for: .acceptance) && member.claims < contract.limits.maxClaims
    }
}

/// Why a task cannot mend its work, which came back.
package enum ReturnHold: Hashable, Sendable, Codable {
    /// That limit of its own.
    case usedUp(OwnExhaustion)
    /// No daemon takes it; the last one's words.
    case turnedDown(String)

    package var code: String {
        switch self {
        case .usedUp: "at_limit"
        case .turnedDown: "not_taken"
        }
    }

    /// Follows 'it', without a full stop.
    package var clause: String {
        switch self {
        case .usedUp(let what): "has used up \(what.words)"
        case .turnedDown(let reason): "was turned down by every daemon that was asked (\(reason.firstLine(upTo: 200)))"
        }
    }
}

/// What the leader of a task is told whose work came back, and who cannot mend it.
private struct HandedUpText {
    let member: ContractMember
    let hold: ReturnHold
    let contract: Contract
    let isDirect: Bool
    private let list: String

    init(task: TaskID, hold: ReturnHold, leader: TaskID, of turn: ContractTurn) {
        contract = turn.contract
        member = turn.contract.members[task] ?? ContractMember(task.short, target: turn.contract.place.target)
        self.hold = hold
        isDirect = member.parent == leader
        list = ContractTexts.list(turn.contract, turn.view, of: leader)
    }

    var text: String {
        let why = member.lastReturn.map { ": \($0.clause(target: member.target, of: contract))" } ?? ""
        var parts = [
            "The work of '\(member.name)' came back from the merge into '\(member.target)' (\(count))\(why). "
                + "It cannot mend that itself: it \(hold.clause). " + waysOn
        ]
        if let untold = member.untold {
            parts.append("Its agent would have been told:\n\n" + ContractTexts.fenced(untold))
        }
        return (parts + ["Your tasks now:\n\n" + list]).joined(separator: "\n\n")
    }

    private var count: String { "return \(member.returns) of \(contract.limits.maxReturns) that are allowed" }

    /// Only what this contract allows is named.
    private var waysOn: String {
        let actions = contract.limits.actions
        var ways: [String] = []
        if actions.contains(.read) { ways.append("read_task shows what it has done") }
        if actions.contains(.spawn), isDirect { ways.append(spawning) }
        if actions.contains(.stop) {
            ways.append("stop_task gives its work up, so that the goal can be reached without it")
        }
        let own =
            "Only a person can \(hold.code == "at_limit" ? "raise that limit" : "mend that"), and then it goes on by itself."
        guard !ways.isEmpty else { return own }
        return "What helps: \(ways.joined(separator: "; ")). \(own)"
    }

    private var spawning: String {
        switch hold {
        case .usedUp:
            "spawn_task with \"continues\": \"\(member.name)\" begins another task with that work and limits of its own, "
                + "whose work is merged in its place"
        // What continues a task begins when that is done, and it is not any more.
        case .turnedDown:
            "spawn_task begins another task for what is missing (not one that continues it: it is not done)"
        }
    }
}
