package import Domain

/// Decides what follows for a contract from how its tasks and its merges stand.
///
/// It is asked again and again, with what is so at that time, and not told what has changed: whoever dies between two
/// of its steps goes on where things stand.
package enum ContractRules {
    /// What is so.
    package struct View: Sendable {
        /// Those tasks of the contract that there are.
        package var tasks: [TaskID: FleetTask]
        /// What is known of batches at work, by target.
        package var merges: [String: MergeAnswer]
        /// The queued tasks that may go on only with a daemon that was gone for too long.
        package var away: [TaskID: AwayHome] = [:]
        /// What tasks may use by themselves, as far as somebody has asked for that.
        package var limits: [TaskID: OwnLimits] = [:]
        /// What was said to supervisors that wait.
        package var words: [TaskID: Words] = [:]
        package var now: Timestamp

        package init(_ tasks: [FleetTask], merges: [String: MergeAnswer] = [:], now: Timestamp) {
            self.tasks = Dictionary(tasks.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
            self.merges = merges
            self.now = now
        }
    }

    /// Where the workspace of a queued task is that nobody gets to.
    package struct AwayHome: Hashable, Sendable {
        package var daemon: DaemonID
        /// Whether the server has all of the task's work, so that another daemon may go on with it.
        package var isStored: Bool

        package init(_ daemon: DaemonID, isStored: Bool) { (self.daemon, self.isStored) = (daemon, isStored) }
    }

    /// What a daemon says of a batch, or why none does it.
    package enum MergeAnswer: Hashable, Sendable {
        case report(MergeReport, batch: Int)
        /// It could not do it, in its own words.
        case failed(String, batch: Int)
        /// It is not there any more: somebody else may try.
        case lost(batch: Int)
        /// A daemon has it, and has not said what came of it.
        case atWork(batch: Int)
        /// No daemon can do it now.
        case waits(MergeWait, batch: Int)
        /// Not all of it can be done by one daemon.
        case scattered(batch: Int)
    }

    /// Returns the contract as it is after that, and what is to be told of it, in order.
    package static func advance(_ contract: Contract, _ view: View) -> (Contract, [ContractNote]) {
        var turn = ContractTurn(contract: contract, view: view)
        turn.noteMoves()
        turn.takeMerges()
        if turn.contract.state.isOpen { turn.holdBudget() }
        if turn.contract.state.isOpen {
            turn.noteLosses()
            turn.releaseTasks()
            turn.giveUpMending()
            turn.tellOwners()
            turn.queueWork()
            turn.hearPeople()
            turn.settleClaims()
            turn.holdOrphans()
            turn.handUpTurnedDown()
            turn.wakeSupervisors()
            turn.beginBatches()
            turn.judge()
        }
        if !turn.contract.state.isOpen {
            turn.holdAll()
            turn.putBackBatches()
        }
        if turn.contract != contract { turn.contract.updatedAt = view.now }
        return (turn.contract, turn.notes)
    }

    /// The tasks whose own limits have to be known for the next ``advance(_:_:)``: those whose work comes back, or came back and
    /// who were not told yet.
    package static func askedForLimits(of contract: Contract, _ view: View) -> Set<TaskID> {
        let untold = contract.members
            .filter { $0.value.untold != nil && $0.value.returns <= contract.limits.maxReturns }
            .map(\.key)
        let answered = contract.queues.values.compactMap { queue -> [TaskID]? in
            guard let batch = queue.batch, case .report(_, batch.number)? = view.merges[queue.target] else {
                return nil
            }
            return batch.entries.map(\.task)
        }
        return Set(untold + answered.flatMap(\.self)).intersection(view.tasks.keys)
    }

    // MARK: - What was done for it

    /// What was done for a contract as it stood when it was looked at.
    package struct Carried: Hashable, Sendable {
        /// The tasks that are there now.
        package var made: [TaskID]
        /// What needs not be looked at any more.
        package var orders: [ContractOrder]

        package init(made: [TaskID], orders: [ContractOrder]) { (self.made, self.orders) = (made, orders) }
    }

    /// Notes what was done; where the contract has ended meanwhile, what was begun for it ends, too, and goes on with it.
    package static func settle(_ contract: Contract, _ carried: Carried) -> Contract {
        var contract = contract
        for task in carried.made { contract.members[task]?.request = nil }
        let done = Set(carried.orders.map(\.number))
        contract.due.removeAll { done.contains($0.number) }
        guard !contract.state.isOpen else { return contract }
        let begun = Set(carried.made + carried.orders.filter(\.begins).map(\.task))
        for task in begun.sorted(by: { $0.rawValue < $1.rawValue }) { contract.halt(task) }
        return contract
    }

    // MARK: - What people order

    /// Ends all that works; ``resume(_:_:)`` goes on.
    package static func stop(_ contract: Contract, _ view: View) -> (Contract, [ContractNote]) {
        guard contract.state.isOpen else { return (contract, []) }
        var turn = ContractTurn(contract: contract, view: view)
        turn.end(as: .stopped)
        turn.contract.updatedAt = view.now
        return (turn.contract, turn.notes)
    }

    /// Lets it go on, with the tasks that were ended with it; `nil` where there is nothing to go on with.
    package static func resume(_ contract: Contract, _ view: View) -> (Contract, [ContractNote])? {
        if case .done = contract.state { return nil }
        var turn = ContractTurn(contract: contract, view: view)
        turn.contract.state = .working
        turn.contract.due += turn.contract.held ?? []
        turn.contract.held = nil
        // What failed before a person did something may pass now.
        turn.forgetVerification()
        turn.contract.refusedClaim = nil
        for target in turn.contract.queues.keys { turn.contract.queues[target]?.goOn() }
        for task in turn.contract.members.keys {
            turn.contract.members[task]?.claims = 0
            turn.contract.members[task]?.refusedAt = nil
            if let returns = turn.contract.members[task]?.returns, returns > turn.contract.limits.maxReturns {
                turn.contract.members[task]?.returns = 0
            }
            turn.remindOwner(task)
        }
        for task in contract.halted.sorted(by: { $0.rawValue < $1.rawValue }) { turn.contract.order(task, .resume) }
        turn.contract.halted = []
        turn.notes.append(.resumed)
        if turn.spent() != nil { return nil }
        turn.contract.updatedAt = view.now
        return (turn.contract, turn.notes)
    }

    /// What all of its tasks have spent, also those that were forgotten since.
    package static func spent(by tasks: [FleetTask], of contract: Contract) -> ContractSpending {
        let known = Set(tasks.map(\.id))
        let kept = contract.members.filter { !known.contains($0.key) }.compactMap(\.value.kept)
        return ContractSpending(
            usage: (tasks.map(\.usage) + kept.map(\.usage)).reduce(Usage()) { $0 + $1 },
            activeTime: (tasks.map(\.activeTime) + kept.map(\.activeTime)).reduce(.zero) { $0 + ($1 ?? .zero) }
        )
    }

    /// What is left of the contract's budgets; `nil` where there is none.
    package static func left(of contract: Contract, tasks: [FleetTask]) -> Budgets {
        let spent = spent(by: tasks, of: contract)
        var left = Budgets()
        if let most = contract.limits.maxCost {
            left.maxCost = USD(microdollars: max(0, most.microdollars - (spent.usage.cost?.microdollars ?? 0)))
        }
        if let most = contract.limits.maxTokens { left.maxTokens = max(0, most - (spent.usage.tokens ?? 0)) }
        if let most = contract.limits.maxDuration { left.maxDuration = max(.zero, most - spent.activeTime) }
        return left
    }
}

/// What all tasks of a contract have spent together.
package struct ContractSpending: Hashable, Sendable {
    package var usage: Usage
    /// Of agents and checks.
    package var activeTime: Duration

    /// Which budget is used up, if one is.
    package func exhaustion(of limits: ContractLimits) -> BudgetExhaustion? { exhaustion(of: limits.budgets) }

    func exhaustion(of budgets: Budgets) -> BudgetExhaustion? { exhaustions(of: budgets).first }

    /// All that are used up.
    func exhaustions(of budgets: Budgets) -> [BudgetExhaustion] {
        var used: [BudgetExhaustion] = []
        if let most = budgets.maxCost, (usage.cost ?? .zero) >= most {
            used.append(.cost(spent: usage.cost ?? .zero, limit: most))
        }
        if let most = budgets.maxTokens, (usage.tokens ?? 0) >= most {
            used.append(.tokens(spent: usage.tokens ?? 0, limit: most))
        }
        if let most = budgets.maxDuration, activeTime >= most {
            used.append(.time(spent: activeTime, limit: most))
        }
        return used
    }
}

/// What happened in a contract, for its timeline.
package enum ContractNote: Hashable, Sendable, Codable {
    case began
    case spawned(TaskID, by: TaskID?)
    /// A supervisor wanted what it may not.
    case refused(TaskID, CallRefusal)
    /// A daemon has begun to work on it, or has gone on with it.
    case taskBegan(TaskID, daemon: DaemonID?, attempt: Int)
    /// With the code of the reason.
    case taskEnded(TaskID, TaskStatus, reason: String?)
    /// Its daemon was gone for too long, and it is queued again.
    case taskLost(TaskID, attempt: Int)
    case parked(TaskID)
    case woken(TaskID)
    case messaged(TaskID, by: TaskID)
    case taskStopped(TaskID, by: TaskID)
    case queued(TaskID)
    case batchBegan(target: String, number: Int, [TaskID])
    case batchFailed(target: String, number: Int, checks: [String])
    case merged(TaskID, CommitID?)
    /// `nil` in what an earlier version wrote.
    case returned(TaskID, ReturnCause, ReturnAccount?)
    /// Work that came back, whose task cannot mend it: its leader is told.
    case handedUp(TaskID, to: TaskID, ReturnHold)
    case halted(target: String, MergeHalt)
    case verified(phase: String, passed: Bool, checks: [String])
    case phaseBegan(String)
    /// The supervisor said that the goal is reached, and it is not; `nil` in what an earlier version wrote.
    case claimRefused(TaskID, ClaimFault?)
    case respawned(TaskID, attempt: Int)
    case resumed
    case ended(ContractState)
}
