import Domain

/// One look at a contract, step by step.
struct ContractTurn {
    var contract: Contract
    let view: ContractRules.View
    var notes: [ContractNote] = []

    init(contract: Contract, view: ContractRules.View) {
        self.contract = contract
        self.view = view
    }

    /// In an order that is always the same.
    var members: [TaskID] { contract.members.keys.sorted { $0.rawValue < $1.rawValue } }

    // MARK: - Merges

    mutating func takeMerges() {
        for (target, answer) in view.merges.sorted(by: { $0.key < $1.key }) {
            guard let batch = contract.queues[target]?.batch else { continue }
            switch answer {
            case .lost(batch.number): contract.queues[target]?.tryAgain()
            case .failed(let message, batch.number):
                contract.queues[target]?.fail(message)
                notes.append(.halted(target: target, .failed(message: message)))
            case .report(let report, batch.number): take(report, of: batch, target)
            case .scattered(batch.number): contract.queues[target]?.divide()
            case .report, .failed, .lost, .atWork, .waits, .scattered: break
            }
        }
        noteWaits()
    }

    private mutating func noteWaits() {
        for (target, queue) in contract.queues {
            guard let batch = queue.batch else { continue }
            switch view.merges[target] {
            case .waits(let cause, batch.number): contract.queues[target]?.note(cause, at: view.now)
            case .atWork(batch.number): contract.queues[target]?.note(nil, at: view.now)
            // A daemon is told now: until it is, the wait lasts.
            case .report, .failed, .lost, .atWork, .waits, .scattered, nil: break
            }
        }
    }

    private mutating func take(_ report: MergeReport, of batch: MergeQueue.Batch, _ target: String) {
        if case .checksFailed(targetFails: false) = report.verdict, batch.entries.count > 1 {
            notes.append(.batchFailed(target: target, number: batch.number, checks: report.failing))
        }
        for settlement in contract.queues[target]?.settle(report, of: batch.number) ?? [] {
            switch settlement {
            case .merged(let task, let commit):
                contract.members[task]?.merge = .merged(commit)
                contract.order(task, .noteMerged)
                notes.append(.merged(task, commit))
                // What was found of the branch before says nothing of what it is now.
                forgetVerification()
            case .returned(let task, let cause):
                let isConflict = if case .conflict = cause { true } else { false }
                let entry = report.entries.first { $0.task == task }
                giveBack(task, cause, isConflict ? entry?.rivals ?? [] : [])
            case .verified(let passed, let receipts): note(passed, receipts, on: target)
            case .halted(let halt): notes.append(.halted(target: target, halt))
            }
        }
    }

    /// The owner is told, and goes on, as often as it may.
    private mutating func giveBack(_ task: TaskID, _ cause: ReturnCause, _ rivals: [MergeRival]) {
        guard var member = contract.members[task] else { return }
        member.returns += 1
        // A task that is at work again makes something new of it in the attempt that it is in.
        let found = view.tasks[task]
        let isAtRest = found.map { $0.assignment == nil && $0.status != .pending } ?? true
        member.merge = .returned(attempt: (found?.attempt ?? 0) - (isAtRest ? 0 : 1))
        member.lastReturn = ReturnedWork(cause, rivals)
        member.handedUp = nil
        member.untold = ContractTexts.returned(cause, target: member.target)
        let most = contract.limits.maxReturns
        contract.members[task] = member
        notes.append(.returned(task, cause, ReturnAccount(number: member.returns, most: most, rivals: rivals)))
        if member.returns > contract.limits.maxReturns { contract.queues[member.target]?.giveUp(task) }
    }

    /// Owners whose work came back are told, and go on, as often as they may.
    mutating func tellOwners() {
        for task in members {
            guard let member = contract.members[task], case .returned = member.merge, let text = member.untold,
                member.returns <= contract.limits.maxReturns
            else { continue }
            // Without somebody who leads it is told, cannot go on, and a person is needed.
            if let end = ownEnd(of: task), handUp(task, .usedUp(end)) { continue }
            contract.members[task]?.untold = nil
            contract.members[task]?.handedUp = nil
            contract.order(task, .wake(text))
            notes.append(.woken(task))
        }
    }

    /// An owner that has not gone on since its work came back is told once more: what it was told may not have come to it.
    mutating func remindOwner(_ task: TaskID) {
        guard let member = contract.members[task], case .returned(let attempt) = member.merge, member.untold == nil,
            let found = view.tasks[task], found.status == .done, found.attempt <= attempt,
            !isBeingWoken(task)
        else { return }
        contract.members[task]?.untold = ContractTexts.returnedBefore(target: member.target)
    }

    mutating func forgetVerification() {
        guard contract.verification != nil else { return }
        contract.verification = nil
        for target in contract.queues.keys { contract.queues[target]?.forgetVerification() }
    }

    /// Whoever was to mend a conflict and has stopped for good holds up nobody.
    mutating func giveUpMending() {
        for (target, queue) in contract.queues {
            guard let task = queue.mending, !contract.due.contains(where: { $0.task == task }) else { continue }
            let found = view.tasks[task]
            guard found?.assignment == nil, found.map({ $0.status.endsAttempt && $0.status != .done }) ?? true else {
                continue
            }
            contract.queues[target]?.giveUp(task)
        }
    }

    /// Work that is done goes into its queue, where nobody has to ask for that, or somebody has.
    mutating func queueWork() {
        for task in members {
            // What it makes of what it is told is looked at first.
            guard let member = contract.members[task], member.isMergedByItself, isToBeMerged(task, member),
                !isBeingWoken(task)
            else { continue }
            queue(task)
        }
    }

    /// Whether the work is done, and not known to the queue as it is now.
    func isToBeMerged(_ task: TaskID, _ member: ContractMember) -> Bool {
        guard let state = view.tasks[task], state.status == .done, state.assignment == nil else { return false }
        switch member.merge {
        case .none: return true
        case .queued, .merged: return false
        case .returned(let attempt): return state.attempt > attempt && member.returns <= contract.limits.maxReturns
        }
    }

    mutating func queue(_ task: TaskID) {
        guard let member = contract.members[task] else { return }
        var queue = contract.queues[member.target] ?? MergeQueue(target: member.target)
        queue.add(MergeEntry(task, name: member.name, touches: member.touches))
        contract.queues[member.target] = queue
        contract.members[task]?.merge = .queued
        contract.members[task]?.untold = nil
        contract.members[task]?.handedUp = nil
        notes.append(.queued(task))
    }

    mutating func beginBatches() {
        for target in contract.queues.keys.sorted() {
            guard let batch = contract.queues[target]?.begin(limit: contract.limits.maxBatch) else { continue }
            // It was told when it was first begun.
            guard batch.wait == nil else { continue }
            notes.append(.batchBegan(target: target, number: batch.number, batch.entries.map(\.task)))
        }
    }

    // MARK: - Budgets

    /// Which budget all tasks together have used up, if one is.
    func spent() -> BudgetExhaustion? {
        ContractRules.spent(by: Array(view.tasks.values), of: contract).exhaustion(of: contract.limits)
    }

    /// What is merged costs nothing any more: a contract whose work is all done is not held.
    mutating func holdBudget() {
        guard let spent = spent() else { return }
        let isAtWork = view.tasks.values.contains { $0.status != .done && !$0.isParked }
        guard isAtWork || contract.supervisor != nil else { return }
        end(as: .budgetReached(spent))
    }

    /// Stops all that works, and remembers it.
    mutating func end(as state: ContractState) {
        contract.state = state
        forgetVerification()
        let dropped = contract.due.filter(\.begins)
        contract.due.removeAll(where: \.begins)
        // Nothing but this tells that they are to go on, and what they were to be told.
        contract.halted.formUnion(dropped.filter { $0.kind == .resume }.map(\.task))
        let untold = (contract.held ?? []) + dropped.filter(\.wakes)
        contract.held = untold.isEmpty ? nil : untold
        for task in members {
            guard let status = view.tasks[task]?.status else { continue }
            if status.isActive || status == .pending {
                contract.halt(task)
            } else if case .budgetReached = state, status == .budgetReached {
                // What was left of the contract's budget has ended it: it goes on when there is more.
                contract.halted.insert(task)
            }
        }
        notes.append(.ended(state))
    }

    /// In a contract that is over nothing works: also what was begun while it ended.
    mutating func holdAll() {
        for task in members {
            guard let status = view.tasks[task]?.status, status.isActive || status == .pending,
                !contract.halted.contains(task), !contract.due.contains(where: { $0.task == task })
            else { continue }
            contract.halt(task)
        }
    }

    /// Of a contract that is over no batch waits for a daemon: what one has is left to it, and what comes of it is taken.
    mutating func putBackBatches() {
        for (target, queue) in contract.queues {
            guard let batch = queue.batch, view.merges[target] != .atWork(batch: batch.number) else { continue }
            contract.queues[target]?.putBack()
        }
    }

    // MARK: - Away

    /// Lets tasks whose daemon is gone go on with another one, as those that are lost with it.
    ///
    /// What they have done is at the server; the files of a supervisor are nobody's.
    mutating func releaseTasks() {
        // A path is that of one machine: elsewhere it is another repository.
        guard contract.place.path == nil else { return }
        for task in members {
            guard let away = view.away[task], away.isStored || contract.members[task]?.role == .supervisor,
                !contract.due.contains(where: { $0.task == task && $0.kind == .release })
            else { continue }
            contract.order(task, .release)
        }
    }

    // MARK: - Orphans

    /// What becomes of the tasks of a supervisor that has stopped for good.
    mutating func holdOrphans() {
        guard contract.orphans == .stop else { return }
        for leader in members where contract.members[leader]?.role == .supervisor {
            guard let found = view.tasks[leader], found.status.isGivenUp else { continue }
            for task in contract.children(of: leader) {
                guard let child = view.tasks[task], child.status.isActive || child.status == .pending,
                    !contract.halted.contains(task)
                else { continue }
                contract.halt(task)
            }
        }
    }
}

extension TaskStatus {
    /// Whether it does not go on unless a person wants it to go on.
    var isGivenUp: Bool {
        switch self {
        case .interrupted, .failed, .budgetReached, .iterationLimitReached, .stalled: true
        case .pending, .initializing, .starting, .running, .waiting, .blocked, .paused, .done: false
        }
    }
}
