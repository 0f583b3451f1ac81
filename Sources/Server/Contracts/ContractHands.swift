import Domain
import Fleet
import Logging
import Store
import Wire

/// Carries out what a contract wants done outside of itself; each thing has the same effect however often it is done.
struct ContractHands: Sendable {
    let store: any TaskStore
    let orders: TaskOrders
    let merges: MergeDispatcher
    let surroundings: Surroundings

    private static let page = 500

    /// What is so of a contract now.
    func view(of contract: Contract) async throws -> ContractRules.View {
        var view = try await outline(of: contract)
        view.merges = try await merges.answers(of: contract, view.tasks)
        view.words = try await words(in: contract, view)
        for task in ContractRules.askedForLimits(of: contract, view) {
            view.limits[task] = try await OwnLimits.read(of: task, in: store)
        }
        // A path means something on one machine only.
        guard contract.place.path == nil else { return view }
        for task in view.away.keys {
            guard let found = view.tasks[task] else { continue }
            view.away[task]?.isStored = try await merges.hasWork(of: found)
        }
        return view
    }

    /// What was said to its supervisors that wait, since that was last looked at.
    private func words(in contract: Contract, _ view: ContractRules.View) async throws
        -> [TaskID: ContractRules.Words]
    {
        guard contract.state.isOpen else { return [:] }
        var words: [TaskID: ContractRules.Words] = [:]
        for (task, member) in contract.members where member.role == .supervisor {
            guard let found = view.tasks[task], found.waitsForContract else { continue }
            let events = try await OrderHistory(store: store).events(of: task, after: member.heard ?? 0)
            guard let last = events.last else { continue }
            let areUnheard = StandingMessage.all(in: events).contains { !$0.isDelivered }
            words[task] = ContractRules.Words(end: last.position, areUnheard: areUnheard)
        }
        return words
    }

    /// As much of it as people are shown: what daemons say of merges is in the contract as soon as it is decided about.
    func outline(of contract: Contract) async throws -> ContractRules.View {
        var view = ContractRules.View(try await tasks(of: contract.id), now: surroundings.now())
        for task in view.tasks.values where task.isQueued {
            guard let daemon = task.demands.daemon, try await merges.isGone(daemon) else { continue }
            view.away[task.id] = ContractRules.AwayHome(daemon, isStored: false)
        }
        guard case .budgetReached = contract.state else { return view }
        for task in view.tasks.values {
            guard case .budget? = task.reason else { continue }
            view.limits[task.id] = try await OwnLimits.read(of: task.id, in: store)
        }
        return view
    }

    func tasks(of contract: ContractID) async throws -> [FleetTask] { try await Self.tasks(of: contract, in: store) }

    static func tasks(of contract: ContractID, in store: any TaskStore) async throws -> [FleetTask] {
        var (tasks, cursor) = ([FleetTask](), PageCursor?.none)
        let filter = TaskFilter(contract: contract.rawValue)
        repeat {
            let page = try await store.tasks(filter, after: cursor, limit: page)
            tasks += page.tasks
            cursor = page.next
        } while cursor != nil
        return tasks
    }

    /// Does what is due; whether something was done, so that more may follow.
    func carryOut(_ contract: Contract, _ view: ContractRules.View) async throws -> Bool {
        let made = try await makeTasks(of: contract, view)
        let done = try await carryOutOrders(of: contract, view)
        let carried = ContractRules.Carried(made: made, orders: contract.due.filter { done.contains($0.number) })
        let begun = contract.state.isOpen ? try await merges.begin(contract, view) : false
        if !made.isEmpty || !done.isEmpty {
            try await change(contract.id) { $0 = ContractRules.settle($0, carried) }
        }
        return !made.isEmpty || !done.isEmpty || begun
    }

    // MARK: - Tasks

    /// Makes tasks that are in the contract only, those that others wait for first; returns which are there now.
    private func makeTasks(of contract: Contract, _ view: ContractRules.View) async throws -> [TaskID] {
        let requests = contract.members.compactMapValues(\.request)
        guard !requests.isEmpty, contract.state.isOpen else { return [] }
        let keys = TouchKeys(contract)
        try await hold(view.tasks.keys.filter { requests[$0] == nil }, by: keys)
        var tasks: [NewTask] = []
        var made: [TaskID] = []
        for (id, text) in requests {
            if try await store.task(id) != nil {
                made.append(id)
                continue
            }
            let request = try APIText.decode(Array(text.utf8), as: TaskRequest.self)
            let time = surroundings.now()
            var task = TaskDocument.task(request, id: id, at: time)
            task.demands.keys = keys.replacing(task.demands.keys, of: id)
            tasks.append(NewTask(task, document: try TaskDocument.make(request, id: id)))
        }
        guard !tasks.isEmpty else { return made }
        // All together: they may wait for each other.
        _ = try await store.create(tasks, key: nil, at: surroundings.now())
        return made + tasks.map(\.task.id)
    }

    /// Before a new task that may change the same paths is there, those that are know that they are not at work with it.
    private func hold(_ tasks: [TaskID], by keys: TouchKeys) async throws {
        for step in keys.steps(for: tasks) {
            try await change(step.task) { $0.demands.keys = keys.keys(after: step, $0.demands.keys) }
        }
    }

    // MARK: - Orders

    /// Returns the numbers of those that need not be looked at any more.
    private func carryOutOrders(of contract: Contract, _ view: ContractRules.View) async throws -> Set<Int> {
        var done: Set<Int> = []
        for order in contract.due {
            guard try await store.task(order.task) != nil else {
                // One that is not made yet is waited for, one that is forgotten is not.
                if contract.members[order.task]?.request == nil { done.insert(order.number) }
                continue
            }
            do {
                if try await carryOut(order, of: contract) { done.insert(order.number) }
            } catch let error as APIError {
                // The others are not held up by it.
                surroundings.logger.error(
                    "An order of a contract could not be carried out.",
                    metadata: ["contract.id": "\(contract.id)", "task.id": "\(order.task)", "error": "\(error)"]
                )
            }
        }
        return done
    }

    /// Whether it is done.
    private func carryOut(_ order: ContractOrder, of contract: Contract) async throws -> Bool {
        switch order.kind {
        case .wake(let text): return try await wake(order, text, of: contract)
        case .stop:
            _ = try await orders.stop(self.order(.stop, order, of: contract, part: "stop"), force: false)
        case .resume: return try await resume(order, of: contract)
        case .noteMerged: try await change(order.task) { $0.isMerged = true }
        case .release:
            try await change(order.task) { task in
                if task.isQueued { task.demands.daemon = nil }
            }
        case .complete(let proof):
            try await change(order.task) { task in
                guard task.assignment == nil else { return }
                (task.status, task.reason) = (.done, .completed(proof))
            }
        }
        return true
    }

    /// Lets a task go on that was stopped; while it is being stopped still, that is waited for.
    private func resume(_ order: ContractOrder, of contract: Contract) async throws -> Bool {
        guard let task = try await store.task(order.task) else { return true }
        if task.assignment != nil { return false }
        do {
            _ = try await orders.resume(ResumeRequest(), self.order(.resume, order, of: contract, part: "resume"))
        } catch let error as APIError where error.problem.status == 409 {
            // It is done, or at its own limit: the contract says what follows.
        }
        return true
    }

    /// Says it, and lets the task go on where it does not run.
    ///
    /// One that runs is looked after until it has heard.
    private func wake(_ order: ContractOrder, _ text: String, of contract: Contract) async throws -> Bool {
        guard let task = try await store.task(order.task) else { return true }
        let text = text.clipped(to: WireLimits.message)
        if task.assignment != nil || task.isQueued {
            let said = self.order(.message, order, of: contract, part: "say")
            _ = try await orders.say(text, said)
            let talk = try await OrderHistory(store: store).talk(of: task.id)
            return !talk.said.contains { $0.name == .message(said.id) }
        }
        // Its daemon would turn it down again and again; it stays done, and who said it looks at it as it is. Of work that came
        // back a person is told what it lacks to go on.
        if task.status == .done, !contract.hasReturned(task.id),
            try await OwnLimits.read(of: task.id, in: store)?.exhaustion(by: task) != nil
        {
            return true
        }
        var request = ResumeRequest()
        (request.changes.reopen, request.changes.message) = (true, text)
        do {
            _ = try await orders.resume(request, self.order(.resume, order, of: contract, part: "resume"))
        } catch let error as APIError where error.problem.status == 409 {
            // It is at its own limit: the contract says what follows.
        }
        return true
    }

    /// The same however often it is made.
    private func order(
        _ kind: PersonOrder.Kind,
        _ order: ContractOrder,
        of contract: Contract,
        part: String
    ) -> TaskOrders.Order {
        let id = "contract-\(contract.id)-\(order.number)-\(part)"
        return TaskOrders.Order(
            task: order.task,
            person: PersonOrder(kind, by: PersonOrder.makima),
            id: id,
            key: RequestKey(id, fingerprint: SHA256Digest(of: id))
        )
    }

    /// Changes a task, as often as somebody was faster.
    private func change(_ id: TaskID, _ body: (inout FleetTask) -> Void) async throws {
        var current = try await store.task(id)
        while let task = current {
            let time = surroundings.now()
            var changed = task
            body(&changed)
            guard changed != task else { return }
            changed.updatedAt = time
            guard
                case .outdated(let other) = try await store.update(changed, expecting: TaskExpectation(task), at: time)
            else { return }
            current = other
        }
    }

    /// Changes a contract, as often as somebody was faster; returns it.
    @discardableResult
    func change(_ id: ContractID, notes: [ContractNote] = [], _ body: (inout Contract) throws -> Void) async throws
        -> Contract?
    {
        var current = try await store.contract(id)
        while let contract = current {
            var changed = contract
            try body(&changed)
            guard changed != contract || !notes.isEmpty else { return contract }
            switch try await store.update(changed, notes: notes, at: surroundings.now()) {
            case .updated(let saved): return saved
            case .outdated(let other): current = other
            case .unknown: return nil
            }
        }
        return nil
    }
}
