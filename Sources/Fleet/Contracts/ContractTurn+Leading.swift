import Domain

// Supervisors that wait, and what is made of their word that the goal is reached.

extension ContractTurn {
    // MARK: - Deaths

    /// Tells of supervisors whose daemon was lost: they are begun anew, with what is known of their tasks.
    mutating func noteLosses() {
        for task in members where contract.members[task]?.role == .supervisor {
            guard let found = view.tasks[task], let known = contract.members[task]?.losses, found.losses != known else {
                continue
            }
            if found.losses > known { notes.append(.respawned(task, attempt: found.attempt + 1)) }
            contract.members[task]?.losses = found.losses
        }
    }

    // MARK: - Waiting

    /// Wakes those whose wait is over.
    mutating func wakeSupervisors() {
        for task in members where contract.members[task]?.role == .supervisor {
            guard let found = view.tasks[task], isParked(found, for: .dependency), !isBeingWoken(task),
                isOver(contract.members[task]?.wait, of: task)
            else { continue }
            contract.members[task]?.wait = nil
            contract.order(task, .wake(ContractTexts.wake(contract, view, for: task)))
            notes.append(.woken(task))
        }
    }

    func isParked(_ task: FleetTask, for cause: WaitCause) -> Bool {
        guard task.isParked, case .waiting(cause, _)? = task.reason else { return false }
        return true
    }

    func isBeingWoken(_ task: TaskID) -> Bool {
        contract.due.contains { $0.task == task && $0.wakes }
    }

    private func isOver(_ wish: WaitWish?, of leader: TaskID) -> Bool {
        if let until = wish?.until, view.now >= until { return true }
        let children = contract.children(of: leader)
        let awaited = (wish?.tasks.isEmpty ?? true) ? children : children.filter { wish?.tasks.contains($0) == true }
        let settled = awaited.filter(isSettled)
        return wish?.any == true ? !settled.isEmpty : settled.count == awaited.count
    }

    /// Whether nothing happens to a task by itself any more.
    func isSettled(_ task: TaskID) -> Bool {
        guard let member = contract.members[task], member.request == nil, let found = view.tasks[task] else {
            // One that is not there any more has settled, one that is not made yet has not.
            return contract.members[task]?.request == nil
        }
        if member.merge == .queued { return false }
        if contract.due.contains(where: { $0.task == task }) { return false }
        if hasClaimedInVain(task, found) { return true }
        if found.isQueued { return !canBegin(found) }
        if case .returned = member.merge, member.untold != nil {
            return member.returns > contract.limits.maxReturns || isHandedUp(task, member)
        }
        guard found.status == .done else { return found.status.endsAttempt && found.assignment == nil }
        return !member.isMergedByItself || !isToBeMerged(task, member)
    }

    /// Whether a supervisor has said so often that it is done that it is not asked any more.
    private func hasClaimedInVain(_ task: TaskID, _ found: FleetTask) -> Bool {
        guard let member = contract.members[task], member.claims >= contract.limits.maxClaims else { return false }
        return isParked(found, for: .acceptance)
    }

    /// Whether a queued task may begin without anybody doing something about what it waits for; with `now` that has to go on
    /// by itself, as a queue that stands still and a task that nobody takes do not.
    func canBegin(_ task: FleetTask, now: Bool = false) -> Bool {
        var (seen, open) = (Set<TaskID>(), task.demands.dependencies)
        while let next = open.popLast() {
            guard seen.insert(next.task).inserted else { continue }
            guard let member = contract.members[next.task], let found = view.tasks[next.task] else {
                guard contract.members[next.task]?.request != nil else { return false }
                continue
            }
            if contract.due.contains(where: { $0.task == next.task }) { continue }
            if found.status.isActive {
                guard !now || goesOn(next.task) else { return false }
                continue
            }
            if now, isHeldUp(found) { return false }
            switch found.status {
            case .done: guard hasWhatIsWanted(next, of: found, member, now: now) else { return false }
            case .pending: open += found.demands.dependencies
            default: return false
            }
        }
        return true
    }

    /// Whether a dependency on a task that is done is fulfilled, or will be by itself.
    private func hasWhatIsWanted(_ wanted: Dependency, of found: FleetTask, _ member: ContractMember, now: Bool) -> Bool
    {
        if wanted.condition == .done || found.isMerged { return true }
        switch member.merge {
        case .merged: return true
        case .queued: return !now || contract.queues[member.target]?.goesOn == true
        case .none, .returned: return member.isMergedByItself && isToBeMerged(wanted.task, member)
        }
    }

    // MARK: - The goal

    /// What is made of a supervisor that says that it is done.
    mutating func settleClaims() {
        if let supervisor = contract.supervisor, view.tasks[supervisor].map({ !isParked($0, for: .acceptance) }) ?? true
        {
            // It goes on: what was being looked at for it is not the last of what comes.
            forgetVerification()
        }
        for task in members where contract.members[task]?.role == .supervisor {
            guard let found = view.tasks[task], isParked(found, for: .acceptance), !isBeingWoken(task),
                (contract.members[task]?.claims ?? 0) < contract.limits.maxClaims
            else { continue }
            if let known = knownReceipts(for: task) {
                let text = ContractTexts.failing(known, phase: contract.phaseName, isKnown: true)
                refuse(task, text, ClaimFault(known, isKnown: true))
                continue
            }
            if let end = pauseEnd(of: task), view.now < end { continue }
            let below =
                task == contract.supervisor
                ? contract.descendants(of: task).sorted { $0.rawValue < $1.rawValue } : contract.children(of: task)
            let open = below.filter { !isAccountedFor($0) }
            guard open.isEmpty else {
                if task == contract.supervisor { forgetVerification() }
                refuse(task, ContractTexts.unfinished(open.map { contract.name(of: $0) }), ClaimFault(open: open))
                continue
            }
            // Who leads below another answers to that one.
            if task == contract.supervisor { verify(claimedBy: task) } else { accept(task, .unverified) }
        }
    }

    /// Whether its work is merged, or it has none that should be.
    private func isAccountedFor(_ task: TaskID) -> Bool {
        guard let member = contract.members[task] else { return true }
        guard isSettled(task) else { return false }
        if case .merged = member.merge { return true }
        guard let found = view.tasks[task] else { return true }
        if member.role == .supervisor {
            return found.status == .done || found.status.isGivenUp || hasClaimedInVain(task, found)
        }
        // What was given up by its supervisor is not part of the goal.
        return member.merging == .never || found.status.isGivenUp || found.status == .done && isEmpty(found)
    }

    private func isEmpty(_ task: FleetTask) -> Bool { task.reason == .completed(.empty) }

    private mutating func verify(claimedBy task: TaskID) {
        guard let verification = contract.verification, verification.phase == contract.phase else {
            return beginVerification()
        }
        guard verification.open.isEmpty else { return }
        contract.verification = nil
        guard verification.failed.isEmpty else {
            contract.refusedClaim = RefusedClaim(
                basis: ClaimRules.basis(of: task, in: contract, view),
                receipts: verification.failed
            )
            let text = ContractTexts.failing(verification.failed, phase: contract.phaseName)
            return refuse(task, text, ClaimFault(verification.failed))
        }
        finishPhase(verification)
        if contract.phase < contract.phases.count {
            contract.members[task]?.claims = 0
            contract.members[task]?.refusedAt = nil
            contract.order(task, .wake(ContractTexts.nextPhase(contract)))
            notes.append(.woken(task))
        }
    }

    private mutating func finishPhase(_ verification: ContractVerification) {
        notes.append(
            .verified(phase: contract.phaseName, passed: true, checks: contract.phaseChecks.map(\.name))
        )
        contract.phase += 1
        contract.refusedClaim = nil
        if contract.phase < contract.phases.count {
            notes.append(.phaseBegan(contract.phaseName))
        } else {
            let proof = verification.hasReceipts ? Proof.verified : .unverified
            if let supervisor = contract.supervisor { accept(supervisor, proof) }
            contract.state = .done(proof)
            notes.append(.ended(.done(proof)))
        }
    }

    private mutating func accept(_ task: TaskID, _ proof: Proof) {
        guard !contract.due.contains(where: { $0.task == task && $0.kind == .complete(proof) }) else { return }
        contract.order(task, .complete(proof))
    }

    /// What the checks said, where they were run for the last claim a short time ago, and nothing has changed since.
    private func knownReceipts(for task: TaskID) -> [CheckReceipt]? {
        guard task == contract.supervisor, contract.verification == nil, let refused = contract.refusedClaim,
            let member = contract.members[task], let refusedAt = member.refusedAt,
            view.now < refusedAt + ClaimRules.memory(after: member.claims),
            refused.basis == ClaimRules.basis(of: task, in: contract, view)
        else { return nil }
        return refused.receipts
    }

    /// Before then nothing is made of its claim.
    func pauseEnd(of task: TaskID) -> Timestamp? {
        guard let member = contract.members[task], let refusedAt = member.refusedAt else { return nil }
        return refusedAt + ClaimRules.pause(after: member.claims)
    }

    private mutating func refuse(_ task: TaskID, _ text: String, _ fault: ClaimFault) {
        contract.members[task]?.claims += 1
        contract.members[task]?.refusedAt = view.now
        notes.append(.claimRefused(task, fault))
        guard (contract.members[task]?.claims ?? 0) < contract.limits.maxClaims else { return }
        contract.order(task, .wake(text))
    }

    // MARK: - Verification

    mutating func beginVerification() {
        let targets = Set([contract.place.target] + contract.queues.keys)
        contract.verification = ContractVerification(phase: contract.phase, open: targets)
        for target in targets {
            contract.queues[target] = contract.queues[target] ?? MergeQueue(target: target)
            contract.queues[target]?.verify()
        }
    }

    mutating func note(_ passed: Bool, _ receipts: [CheckReceipt], on target: String) {
        guard contract.verification?.open.remove(target) != nil else { return }
        if !receipts.isEmpty { contract.verification?.hasReceipts = true }
        let failed = receipts.filter { !$0.verdict.isPassed }
        contract.verification?.failed += failed
        guard !passed else { return }
        notes.append(.verified(phase: contract.phaseName, passed: false, checks: failed.map(\.check.name)))
    }

    // MARK: - Without a supervisor

    /// Without a supervisor the goal is reached when all work is merged and the checks of all phases pass.
    mutating func finishGraph() {
        guard contract.due.isEmpty, members.allSatisfy({ isAccountedFor($0) && isDone($0) }) else {
            if contract.verification != nil, !contract.queues.values.allSatisfy(\.isIdle) { return }
            // Something goes on again: what was found before says nothing of what comes.
            contract.verification = nil
            return
        }
        guard let verification = contract.verification, verification.phase == contract.phase else {
            beginVerification()
            return beginBatches()
        }
        guard verification.open.isEmpty, verification.failed.isEmpty else { return }
        contract.verification = nil
        finishPhase(verification)
        if contract.state.isOpen {
            beginVerification()
            beginBatches()
        }
    }

    private func isDone(_ task: TaskID) -> Bool {
        guard contract.members[task]?.request == nil else { return false }
        return view.tasks[task].map { $0.status == .done } ?? true
    }
}

extension Contract {
    /// For people and prompts.
    package var phaseName: String { phases.indices.contains(phase) ? phases[phase].name : "the goal" }
}
