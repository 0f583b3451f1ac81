import Domain

// Where a contract stands: what needs a person, and what goes on all the same.

extension ContractRules {
    /// All that needs a person now, what keeps the contract back first.
    package static func obstacles(_ contract: Contract, _ view: View) -> [ContractObstacle] {
        guard contract.state.isOpen else { return [] }
        return ContractTurn(contract: contract, view: view).obstacles()
    }

    /// Whether something in it is at work, or will be without anybody doing something about it.
    ///
    /// A contract that needs a person may go on beside what that one is needed for.
    package static func goesOn(_ contract: Contract, _ view: View) -> Bool {
        ContractTurn(contract: contract, view: view).goesOn
    }
}

extension ContractTurn {
    /// Says what keeps the contract from going on by itself, if something does.
    mutating func judge() {
        if contract.supervisor == nil { finishGraph() }
        guard contract.state.isOpen else { return }
        let state = obstacles().first.map(ContractState.blocked) ?? .working
        guard state != contract.state else { return }
        contract.state = state
        if case .blocked = state { notes.append(.ended(state)) }
    }

    func obstacles() -> [ContractObstacle] {
        let halts = contract.queues.sorted { $0.key < $1.key }
            .compactMap { target, queue in queue.halt.map { ContractObstacle.merging(target: target, $0) } }
        let general = halts + returnsUsed() + [notTaken(), notMerged()].compactMap(\.self)
        if let supervisor = contract.supervisor { return general + [obstacle(of: supervisor)].compactMap(\.self) }
        return general + [phaseFails(), tasksStopped()].compactMap(\.self)
    }

    private func returnsUsed() -> [ContractObstacle] {
        members.compactMap { task in
            guard let member = contract.members[task], case .returned(let attempt) = member.merge,
                member.returns > contract.limits.maxReturns, view.tasks[task].map({ $0.attempt <= attempt }) ?? false,
                contract.supervisor == nil || member.merging == .whenDone
            else { return nil }
            return .returnsUsed(task, member.returns)
        }
    }

    private func phaseFails() -> ContractObstacle? {
        guard let verification = contract.verification, verification.open.isEmpty, !verification.failed.isEmpty else {
            return nil
        }
        return .phaseFails(phase: contract.phaseName, checks: verification.failed.failing)
    }

    /// A task that waits for nothing but a daemon that can take it, where nothing else goes on either.
    private func notTaken() -> ContractObstacle? {
        guard !isAtWork else { return nil }
        for task in members {
            if let daemon = awayHome(of: task) { return .taskAway(task, daemon) }
            guard let found = view.tasks[task], found.isQueued, canBegin(found), let reason = lastRefusal(of: found)
            else { continue }
            return .notTaken(task, reason)
        }
        return nil
    }

    /// The daemon that is gone, and that alone may go on with a task; `nil` where something is being done about it.
    private func awayHome(of task: TaskID) -> DaemonID? {
        contract.due.contains { $0.task == task } ? nil : view.away[task]?.daemon
    }

    /// A batch that no daemon carries out, where nothing else goes on either.
    private func notMerged() -> ContractObstacle? {
        guard !isAtWork else { return nil }
        for (target, queue) in contract.queues.sorted(by: { $0.key < $1.key }) {
            if let wait = queue.batch?.wait, wait.isTold { return .mergeWaits(target: target, wait.cause) }
        }
        return nil
    }

    private func obstacle(of supervisor: TaskID) -> ContractObstacle? {
        let member = contract.members[supervisor]
        guard let found = view.tasks[supervisor] else {
            return member?.request == nil ? .supervisorDiscarded(supervisor) : nil
        }
        if let claims = member?.claims, claims >= contract.limits.maxClaims { return .claimsUsed(claims) }
        guard found.assignment == nil, !contract.due.contains(where: { $0.task == supervisor && $0.begins }),
            found.status.endsAttempt, found.status != .done
        else { return nil }
        return .supervisorStopped(supervisor, found.status)
    }

    private func tasksStopped() -> ContractObstacle? {
        guard contract.queues.values.allSatisfy({ $0.isIdle || $0.isOnlyHeld }), contract.due.isEmpty else {
            return nil
        }
        let stopped = members.filter { view.tasks[$0].map { $0.status.endsAttempt && $0.status != .done } ?? false }
        let canGoOn = members.contains { task in
            guard let found = view.tasks[task] else { return contract.members[task]?.request != nil }
            return found.status.isActive || found.status == .pending && canBegin(found)
        }
        return stopped.isEmpty || canGoOn ? nil : .tasksStopped(stopped)
    }

    // MARK: - What goes on

    var goesOn: Bool {
        if !contract.due.isEmpty || contract.queues.values.contains(where: \.goesOn) { return true }
        return members.contains(where: goesOn)
    }

    /// Whether something is at work, or is about to be.
    ///
    /// Who waits for a time is not; neither is what waits for a daemon for long, as where none is there: that hides nothing.
    var isAtWork: Bool {
        if !contract.due.isEmpty || contract.queues.values.contains(where: \.goesOn) { return true }
        if view.tasks.values.contains(where: { $0.assignment != nil }) { return true }
        let last = view.tasks.values.filter { !isHeldUp($0) }.map(\.updatedAt).max()
        guard let last, view.now - last < MergeQueue.patience else { return false }
        return members.contains { task in
            goesOn(task) && view.tasks[task].map { !isParked($0, for: .dependency) } ?? true
        }
    }

    func goesOn(_ task: TaskID) -> Bool {
        guard let member = contract.members[task] else { return false }
        guard let found = view.tasks[task] else { return member.request != nil && contract.state.isOpen }
        if found.assignment != nil { return true }
        guard contract.state.isOpen else { return false }
        if found.isQueued { return canBegin(found, now: true) && !isHeldUp(found) }
        if isParked(found, for: .dependency) { return member.wait?.until != nil }
        // While checks are run for it, its queue says whether they are.
        return isParked(found, for: .acceptance) && member.claims < contract.limits.maxClaims
            && contract.verification == nil
    }

    /// Whether a queued task goes on with a daemon only that is gone, or was turned down by those that were asked.
    func isHeldUp(_ task: FleetTask) -> Bool {
        task.isQueued && (lastRefusal(of: task) != nil || awayHome(of: task.id) != nil)
    }

    func lastRefusal(of task: FleetTask) -> String? {
        task.declines.last { $0.cause == .refusal || $0.cause == .trouble }?.reason
    }
}
