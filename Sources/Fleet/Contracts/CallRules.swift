package import Domain

/// Decides what a supervisor may have done, whatever its agent says.
package enum CallRules {
    /// What follows from a call that is allowed.
    package enum Effect: Hashable, Sendable {
        /// Nothing changes.
        case listed
        case read(TaskID, SupervisorCall.TaskPart)
        /// The task is to be made; it is in the contract, without its request.
        case spawned(TaskID)
        /// The same was asked for before.
        case spawnedBefore(TaskID)
        case parked
        case messaged(TaskID)
        case stopped(TaskID)
        case queued(TaskID)
    }

    /// A call, who makes it, and the id of the task that it makes, where it makes one.
    package struct Request: Sendable {
        package var call: SupervisorCall
        package var caller: TaskID
        package var newTask: TaskID

        package init(_ call: SupervisorCall, by caller: TaskID, newTask: TaskID) {
            self.call = call
            self.caller = caller
            self.newTask = newTask
        }
    }

    /// The task that would go on with the call, whose limits are to be known; `nil` where none would.
    package static func addressee(of request: Request, in contract: Contract) -> TaskID? {
        guard case .message(let name, _) = request.call, let member = contract.members[request.caller] else {
            return nil
        }
        let desk = CallDesk(
            contract: contract,
            view: ContractRules.View([], now: contract.updatedAt),
            caller: request.caller,
            member: member
        )
        do throws(CallRefusal) {
            return try desk.own(name)
        } catch {
            // The decision says so.
            return nil
        }
    }

    /// Returns the contract as it is after the call, what is to be answered, and what is told of it.
    package static func decide(
        _ request: Request,
        _ contract: Contract,
        _ view: ContractRules.View
    ) throws(CallRefusal) -> (Contract, Effect, [ContractNote]) {
        guard let member = contract.members[request.caller], member.role == .supervisor else { throw .notSupervisor }
        guard contract.state.isOpen else { throw .contractOver(contract.state.status) }
        let action = request.call.action
        guard contract.limits.actions.contains(action) else { throw .notAllowed(action) }
        var desk = CallDesk(contract: contract, view: view, caller: request.caller, member: member)
        let effect = try desk.carryOut(request)
        switch effect {
        case .listed, .read, .spawnedBefore: break
        case .spawned, .parked, .messaged, .stopped, .queued:
            guard contract.calls < contract.limits.maxCalls else { throw .callsUsed(contract.limits.maxCalls) }
            desk.contract.calls += 1
            desk.contract.updatedAt = view.now
        }
        return (desk.contract, effect, desk.notes)
    }
}

extension SupervisorCall {
    package var action: SupervisorAction {
        switch self {
        case .spawn: .spawn
        case .list: .list
        case .wait: .wait
        case .read: .read
        case .message: .message
        case .stop: .stop
        case .merge: .merge
        }
    }
}

/// Carries out one call in a contract.
private struct CallDesk {
    var contract: Contract
    let view: ContractRules.View
    let caller: TaskID
    let member: ContractMember
    var notes: [ContractNote] = []

    mutating func carryOut(_ request: CallRules.Request) throws(CallRefusal) -> CallRules.Effect {
        switch request.call {
        case .list: return .listed
        case .read(let name, let part): return .read(try own(name), part)
        case .spawn(let wish): return try spawn(wish, as: request.newTask)
        case .wait(let names, let any, let seconds): return try park(names, any: any, seconds: seconds)
        case .message(let name, let text): return try message(name, text)
        case .stop(let name): return try stop(name)
        case .merge(let name): return try merge(name)
        }
    }

    // MARK: - Spawning

    private mutating func spawn(_ wish: SpawnWish, as id: TaskID) throws(CallRefusal) -> CallRules.Effect {
        let fingerprint = wish.fingerprint
        if let (known, found) = contract.members.first(where: { $0.value.name == wish.name }) {
            // An agent that has lost its conversation asks for the same once more.
            guard found.parent == caller, found.fingerprint == fingerprint else { throw .nameTaken(wish.name) }
            return .spawnedBefore(known)
        }
        guard wish.name != contract.name(of: caller) else { throw .nameTaken(wish.name) }
        let limits = contract.limits
        guard member.depth < limits.maxDepth else { throw .tooDeep(limits.maxDepth) }
        if wish.isSupervisor, member.depth + 1 >= limits.maxDepth { throw .tooDeep(limits.maxDepth) }
        guard contract.children(of: caller).count < limits.maxFanOut else { throw .fanOut(limits.maxFanOut) }
        guard contract.members.count - 1 < limits.maxTasks else { throw .tasksUsed(limits.maxTasks) }
        try checkBudget(wish)
        if wish.mergesWhenDone {
            guard limits.actions.contains(.merge) else { throw .notAllowed(.merge) }
            guard !wish.checks.isEmpty || !contract.checks.isEmpty else { throw .unproven(wish.name) }
        }
        let target = wish.target ?? contract.place.target
        guard contract.place.targets.contains(target) else { throw .unknownTarget(target) }
        for name in wish.after + [wish.continues].compactMap(\.self) { _ = try own(name, isDirect: true) }
        var new = ContractMember(
            wish.name,
            role: wish.isSupervisor ? .supervisor : .task,
            parent: caller,
            depth: member.depth + 1,
            target: target
        )
        new.touches = wish.touches
        new.merging = wish.isSupervisor ? .never : wish.mergesWhenDone ? .whenDone : .whenAsked
        new.fingerprint = fingerprint
        contract.members[id] = new
        notes.append(.spawned(id, by: caller))
        return .spawned(id)
    }

    private func checkBudget(_ wish: SpawnWish) throws(CallRefusal) {
        let left = ContractRules.left(of: contract, tasks: Array(view.tasks.values))
        if let most = left.maxCost {
            guard most > .zero else { throw .budgetUsed }
            if let wanted = wish.maxCost, wanted > most { throw .aboveBudget(wanted, left: most) }
        }
        guard left.maxDuration.map({ $0 > .zero }) ?? true else { throw .budgetUsed }
        if let most = left.maxTokens {
            guard most > 0 else { throw .budgetUsed }
            if let wanted = wish.maxTokens, wanted > most { throw .tokensAboveBudget(wanted, left: most) }
        }
    }

    // MARK: - Waiting

    private mutating func park(_ names: [String], any: Bool, seconds: Int?) throws(CallRefusal) -> CallRules.Effect {
        var tasks: Set<TaskID> = []
        for name in names { tasks.insert(try own(name, isDirect: true)) }
        let awaited = tasks.isEmpty ? Set(contract.children(of: caller)) : tasks
        let turn = ContractTurn(contract: contract, view: view)
        // To wait for what cannot happen would be to wait for ever, at somebody's cost.
        guard awaited.contains(where: { !turn.isSettled($0) }) else { throw .nothingToWaitFor }
        let until = seconds.map { view.now + .seconds(max(1, min($0, 30 * 86_400))) }
        contract.members[caller]?.wait = WaitWish(tasks, any: any, until: until)
        notes.append(.parked(caller))
        return .parked
    }

    // MARK: - Steering

    private mutating func message(_ name: String, _ text: String) throws(CallRefusal) -> CallRules.Effect {
        let task = try own(name)
        if case .merged = contract.members[task]?.merge { throw .mergedAlready(name) }
        try checkGoesOn(task, name)
        if contract.members[task]?.merge == .queued {
            let target = contract.members[task]?.target ?? ""
            guard contract.queues[target]?.remove(task) ?? true else { throw .beingMerged(name) }
        }
        // What it makes of that is looked at before it is merged.
        contract.members[task]?.merge = .none
        contract.members[task]?.handedUp = nil
        takeUpWork(of: task)
        contract.order(task, .wake("Your supervisor says:\n\n\(text)"))
        notes.append(.messaged(task, by: caller))
        return .messaged(task)
    }

    /// Who is told something that nobody hears would wait for it in vain.
    private func checkGoesOn(_ task: TaskID, _ name: String) throws(CallRefusal) {
        guard let found = view.tasks[task] else {
            guard contract.members[task]?.request == nil else { return }
            throw .discarded(name)
        }
        // At work it hears it still, in its last iteration as well.
        guard found.assignment == nil else { return }
        // Only a person raises limits.
        if let used = OwnExhaustion(found.reason) ?? view.limits[task]?.exhaustion(by: found) {
            if contract.hasReturned(task) { throw .cameBack(name, used) }
            throw .usedUp(name, used, isDone: found.status == .done)
        }
        if found.status == .iterationLimitReached || found.status == .budgetReached { throw .atLimit(name) }
    }

    private mutating func stop(_ name: String) throws(CallRefusal) -> CallRules.Effect {
        let task = try own(name)
        try giveUpWork(of: task, name)
        for below in contract.descendants(of: task).sorted(by: { $0.rawValue < $1.rawValue }) {
            contract.order(below, .stop)
        }
        contract.order(task, .stop)
        notes.append(.taskStopped(task, by: caller))
        return .stopped(task)
    }

    /// Work that is done, and not merged, is no part of the goal any more.
    private mutating func giveUpWork(of task: TaskID, _ name: String) throws(CallRefusal) {
        guard let child = contract.members[task], child.role == .task, !child.isMerged,
            let found = view.tasks[task], found.status == .done, found.assignment == nil
        else { return }
        guard contract.queues[child.target]?.remove(task) ?? true else { throw .beingMerged(name) }
        contract.members[task]?.merging = .never
        contract.members[task]?.merge = .none
        contract.members[task]?.untold = nil
        contract.members[task]?.handedUp = nil
    }

    private mutating func merge(_ name: String) throws(CallRefusal) -> CallRules.Effect {
        let task = try own(name)
        guard let child = contract.members[task], child.role == .task else { throw .notMergeable(name) }
        if case .merged = child.merge { throw .mergedAlready(name) }
        guard child.merge != .queued else { return .queued(task) }
        guard let found = view.tasks[task], found.status == .done else {
            throw .notDone(name, view.tasks[task]?.status ?? .pending)
        }
        if case .returned(let attempt) = child.merge, found.attempt <= attempt {
            if let used = view.limits[task]?.exhaustion(by: found) { throw .cameBack(name, used) }
            throw .notDone(name, .pending)
        }
        guard found.reason == .completed(.verified) || !contract.checks.isEmpty else { throw .unproven(name) }
        takeUpWork(of: task)
        var turn = ContractTurn(contract: contract, view: view)
        turn.queue(task)
        contract = turn.contract
        notes += turn.notes
        return .queued(task)
    }

    /// What was given up may be wanted again.
    private mutating func takeUpWork(of task: TaskID) {
        guard let child = contract.members[task], child.role == .task, child.merging == .never else { return }
        contract.members[task]?.merging = .whenAsked
    }

    // MARK: - Names

    /// A task below the caller; what is not is not there for it.
    func own(_ name: String, isDirect: Bool = false) throws(CallRefusal) -> TaskID {
        if name == caller.rawValue || name == member.name { throw .ownWork }
        let reach = isDirect ? Set(contract.children(of: caller)) : contract.descendants(of: caller)
        if let found = reach.first(where: { contract.members[$0]?.name == name }) { return found }
        let found = name.count >= 4 ? reach.filter { $0.rawValue.hasPrefix(name.lowercased()) } : []
        guard found.count == 1, let task = found.first else { throw .unknownTask(name) }
        return task
    }
}

extension SpawnWish {
    /// What makes it the same wish.
    var fingerprint: String {
        let parts =
            [name, plan, continues ?? "", agent ?? "", target ?? "", "\(isSupervisor)", "\(mergesWhenDone)"]
            + [checks, after, touches].map { $0.joined(separator: "\u{1E}") }
            + [maxIterations, maxTokens].map { "\($0 ?? -1)" } + ["\(maxCost?.microdollars ?? -1)"]
        return SHA256Digest(of: parts.joined(separator: "\u{1F}")).description
    }
}
