package import Domain

extension ContractRules {
    /// Where a task stands in its contract, beside its own status: what it waits for there, and how far its work is on its way
    /// into the target; sentences for people, none where there is nothing to say.
    package static func standing(of task: TaskID, in contract: Contract, _ view: View) -> [String] {
        guard let member = contract.members[task] else { return [] }
        return MemberStanding(task: task, member: member, contract: contract, view: view).sentences
    }
}

/// Says where one task stands in its contract.
private struct MemberStanding {
    let task: TaskID
    let member: ContractMember
    let contract: Contract
    let view: ContractRules.View

    private static let mostNames = 8

    private var found: FleetTask? { view.tasks[task] }
    private var turn: ContractTurn { ContractTurn(contract: contract, view: view) }

    var sentences: [String] {
        guard contract.state.isOpen || member.isMerged else {
            let explanation = contract.state.explanation(of: contract)
            let stands = "Its contract is '\(contract.state.status.rawValue.spokenCode)': \(explanation.sentence)"
            // What ended with the contract says so itself.
            guard contract.state.status != .done, ContractRules.ending(of: task, in: contract, view) == nil else {
                return mergeWaiting + [stands]
            }
            return mergeWaiting + [stands + (explanation.hint.map { " \($0)" } ?? "")]
        }
        return member.role == .supervisor ? waiting : work
    }

    // MARK: - Who leads

    private var waiting: [String] {
        guard let found else { return [] }
        if turn.isParked(found, for: .dependency) { return waitingForTasks }
        return turn.isParked(found, for: .acceptance) ? waitingForAcceptance : []
    }

    private var waitingForTasks: [String] {
        let children = contract.children(of: task)
        let named = member.wait?.tasks ?? []
        let awaited = named.isEmpty ? children : children.filter(named.contains)
        let open = awaited.filter { !turn.isSettled($0) }
        let condition =
            member.wait?.any == true ? "the first of these tasks has stopped" : "all of these tasks have stopped"
        var sentences = [
            "It is woken when \(condition), and costs nothing meanwhile: "
                + open.map(standing).listed(atMost: Self.mostNames) + "."
        ]
        if open.isEmpty { sentences = ["What it waited for has happened: it is about to be woken."] }
        let stopped = awaited.count - open.count
        if stopped > 0, !open.isEmpty { sentences.append("\(stopped) of \(awaited.count) have stopped.") }
        if let until = member.wait?.until { sentences.append("It is woken at \(until.formattedUTC) at the latest.") }
        return sentences
    }

    /// As `'lexer' (running)`.
    private func standing(_ task: TaskID) -> String {
        let status = view.tasks[task]?.status.words ?? "being made"
        let way = contract.members[task]?.merge == .queued ? ", in the merge queue" : ""
        return "'\(contract.name(of: task))' (\(status)\(way))"
    }

    private var waitingForAcceptance: [String] {
        let target = contract.place.target
        var sentences: [String] = []
        if member.claims >= contract.limits.maxClaims {
            let resume = "makima contract resume \(contract.id.short)"
            sentences.append("It is not asked any more before a person lets the contract go on ('\(resume)').")
        } else if let end = turn.pauseEnd(of: task), view.now < end {
            sentences.append("It said so in vain a short time ago: makima looks at it at \(end.formattedUTC).")
        } else if task == contract.supervisor {
            sentences.append(
                "makima looks whether that is so: it runs the checks of \(contract.phaseName) on '\(target)', and decides by them. "
                    + "Meanwhile it costs nothing."
            )
        } else {
            sentences.append("It costs nothing meanwhile.")
        }
        if member.claims > 0 {
            sentences.append("It said so in vain \(times(member.claims)); \(contract.limits.maxClaims) are allowed.")
        }
        return sentences + halt
    }

    // MARK: - Work

    private var work: [String] {
        switch member.merge {
        case .merged(let commit):
            return ["Its work is in '\(member.target)'" + (commit.map { " as \($0.short)." } ?? ".")]
        case .queued: return mergeWaiting
        case .returned: return returned + (isWanted ? halt : [])
        case .none:
            if !held.isEmpty { return held }
            if found?.status == .done, member.merging == .never { return ["Its work was given up, and is not merged."] }
            guard found?.status == .done, member.merging == .whenAsked, let parent = member.parent else { return [] }
            return ["'\(contract.name(of: parent))', which leads it, decides whether its work is merged."]
        }
    }

    private var held: [String] {
        let holders = TouchKeys(contract).holders(of: task, in: contract, view)
        guard !holders.isEmpty else { return [] }
        let names = holders.map { "'\(contract.name(of: $0))'" }.listed(atMost: Self.mostNames)
        return [
            "It is held back while \(names) \(holders.count == 1 ? "is" : "are") at work: they may change the same paths."
        ]
    }

    private var isWanted: Bool { member.returns <= contract.limits.maxReturns }

    private var returned: [String] {
        let why = member.lastReturn.map { ": \($0.clause(target: member.target, of: contract))" } ?? ""
        var sentences = [
            "Its work came back from the merge into '\(member.target)' \(times(member.returns)), "
                + "\(contract.limits.maxReturns) are allowed\(why)."
        ]
        if let found, let leader = member.parent, turn.isHandedUp(task, member), let hold = member.handedUp,
            found.status == .done
        {
            return sentences + [
                "It cannot mend that itself: it \(hold.clause). '\(contract.name(of: leader))', which leads it, decides; "
                    + "where you raise that, with 'makima resume \(task.short)', it goes on."
            ]
        }
        guard isWanted else {
            let resume = "makima contract resume \(contract.id.short) --max-returns \(member.returns + 1)"
            return sentences + [
                "It does not go on by itself: look at its work, then let it try again with '\(resume)'."
            ]
        }
        if let found, found.assignment == nil, found.status.endsAttempt, found.status != .done {
            sentences.append("It stopped since, and its work is merged again when it has gone on and is done.")
        } else {
            sentences.append(
                "Its agent is told, and goes on in its workspace; its work is merged again when it is done."
            )
        }
        return sentences
    }

    private var mergeWaiting: [String] {
        guard let waiting = ContractRules.mergeWaiting(of: task, in: contract, view) else { return [] }
        return [waiting.sentence(into: member.target, of: contract)]
    }

    private var halt: [String] {
        guard let halt = contract.queues[member.target]?.halt else { return [] }
        let explanation = halt.explanation(of: member.target, contract.id.short)
        return ["That queue stands still. \(explanation.sentence) \(explanation.hint ?? "")"]
    }

    private func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
}
