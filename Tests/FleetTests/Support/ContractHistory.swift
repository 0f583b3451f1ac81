import Domain
import Fleet
import TestSupport

/// A graph of tasks, or a goal with a supervisor, that goes on as its server, its daemons and people happen to act, one after the other.
///
/// The server looks at the contract, acts by what it saw, and writes down what it did; anybody may act in between.
struct ContractHistory {
    private(set) var stage: ContractStage
    private var dice: SeededGenerator
    /// What the server saw, and has not acted by yet.
    private var looked: Contract?
    /// What it did, and has not written down yet.
    private var carried: ContractRules.Carried?
    /// Told to stop, and still at work.
    private var stopping: Set<TaskID> = []
    /// Stopped by a person, each by itself: those the contract does not let go on.
    private var aside: Set<TaskID> = []
    /// May not begin another iteration.
    private var exhausted: Set<TaskID> = []
    /// How many batches do not go well.
    private var troubles = 3
    private(set) var steps: [String] = []

    /// In one of which tasks `mayFail` some come to nothing.
    init(seed: UInt64, mayFail: Bool = false) {
        dice = SeededGenerator(seed: seed)
        stage = ContractStage(isGraph: seed.isMultiple(of: 2))
        stage.contract.limits.maxReturns = 9
        if roll(3) == 0 { stage.contract.limits.maxTokens = 10 * (1 + roll(8)) }
        var before: TaskID?
        for number in 2..<6 {
            let task = stage.add(number, "task \(number)", merging: .whenDone)
            if let before, roll(2) == 0 { stage.tasks[task]?.demands.dependencies = [Dependency(before, .merged)] }
            before = task
            if mayFail, roll(4) == 0 { exhausted.insert(task) }
            requests[task] = stage.tasks[task]
            stage.tasks[task] = nil
            stage.contract.members[task]?.request = "{}"
        }
    }

    /// The tasks as they are made.
    private var requests: [TaskID: FleetTask] = [:]

    private mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &dice) }

    private mutating func pick(_ tasks: [FleetTask]) -> TaskID? {
        tasks.map(\.id).sorted { $0.rawValue < $1.rawValue }.randomElement(using: &dice)
    }

    /// Lets somebody do something; people only where they `mayAct`.
    mutating func step(people mayAct: Bool) {
        switch roll(mayAct ? 12 : 7) {
        case 0: look()
        case 1: act()
        case 2: write()
        case 3: begin()
        case 4, 5: end()
        case 6: merge()
        case 7: stop()
        case 8: stopOne()
        case 9: resumeOne()
        case 10: say()
        default: resume()
        }
    }

    /// A person says something to the supervisor, which hears it when it goes on.
    private mutating func say() {
        let leader = ContractStage.leader
        if case .done = stage.contract.state { return }
        guard stage.contract.supervisor == leader else { return }
        steps.append("a person says something to the supervisor")
        stage.words[leader] = ContractRules.Words(end: (stage.words[leader]?.end ?? 0) + 1, areUnheard: true)
    }

    private mutating func stopOne() {
        guard let task = pick(Array(stage.tasks.values)), let found = stage.tasks[task] else { return }
        steps.append("a person stops \(task.short)")
        aside.insert(task)
        apply(OrderRules.stop(found, at: stage.now), to: task)
    }

    /// A person lets one task go on that a person has stopped; whether there is one.
    @discardableResult
    mutating func resumeOne() -> Bool {
        let stopped = stage.tasks.values.filter { $0.status == .interrupted && aside.contains($0.id) }
        guard let task = pick(Array(stopped)), let found = stage.tasks[task] else { return false }
        steps.append("a person lets \(task.short) go on")
        aside.remove(task)
        apply(OrderRules.resume(found, at: stage.now), to: task)
        return true
    }

    mutating func resume() {
        guard stage.contract.state != .working else { return }
        let spent = ContractRules.spent(by: Array(stage.tasks.values), of: stage.contract)
        if spent.exhaustion(of: stage.contract.limits) != nil {
            stage.contract.limits.maxTokens = (spent.usage.tokens ?? 0) + 30
        }
        guard let (next, _) = ContractRules.resume(stage.contract, stage.view) else { return }
        steps.append("a person lets it go on")
        stage.contract = next
    }

    /// A person allows more where what was allowed is spent.
    mutating func raiseBudget() {
        if case .budgetReached = stage.contract.state { resume() }
    }

    private mutating func stop() {
        guard stage.contract.state.isOpen else { return }
        steps.append("a person stops it")
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
    }

    // MARK: - The server

    private mutating func look() {
        guard looked == nil, carried == nil else { return }
        stage.advance()
        looked = stage.contract
    }

    private mutating func act() {
        guard let contract = looked else { return }
        looked = nil
        let made = contract.state.isOpen ? contract.members.filter { $0.value.request != nil }.map(\.key) : []
        for task in made where stage.tasks[task] == nil { stage.tasks[task] = requests[task] }
        let orders = contract.due.filter { stage.tasks[$0.task] != nil && carryOut($0) }
        carried = ContractRules.Carried(made: made, orders: orders)
        steps.append("the server makes \(made.count), and carries out \(orders.map { "\($0.kind) \($0.task.short)" })")
    }

    private mutating func write() {
        guard let carried else { return }
        self.carried = nil
        stage.contract = ContractRules.settle(stage.contract, carried)
        steps.append("the server writes it down: \(stage.contract.state)")
    }

    private mutating func carryOut(_ order: ContractOrder) -> Bool {
        guard let task = stage.tasks[order.task] else { return true }
        switch order.kind {
        case .stop: apply(OrderRules.stop(task, at: stage.now), to: task.id)
        case .resume:
            guard task.assignment == nil else { return false }
            apply(OrderRules.resume(task, at: stage.now), to: task.id)
        case .wake:
            var wish = ResumeWish()
            wish.reopens = true
            apply(OrderRules.resume(task, wish, at: stage.now), to: task.id)
        case .noteMerged: stage.tasks[task.id]?.isMerged = true
        case .release: break
        case .complete(let proof): if task.assignment == nil { stage.set(task.id, .done, .completed(proof)) }
        }
        return true
    }

    private mutating func apply(_ step: OrderRules.Step, to task: TaskID) {
        switch step {
        case .changed(let changed): stage.tasks[task] = changed
        case .tell: stopping.insert(task)
        case .nothing, .refused: break
        }
    }

    // MARK: - Daemons

    private mutating func begin() {
        let free = stage.tasks.values.filter { task in
            task.isQueued && task.demands.dependencies.allSatisfy { stage.tasks[$0.task]?.isMerged == true }
        }
        guard let task = pick(Array(free)) else { return }
        steps.append("\(task.short) begins")
        stage.words[task]?.areUnheard = false
        stage.set(task, .running)
    }

    private mutating func end() {
        guard let task = pick(stage.tasks.values.filter { $0.assignment != nil }) else { return }
        let spent = stage.tasks[task]?.usage.tokens ?? 0
        stage.tasks[task]?.usage.tokens = spent + 10
        let isStopped = stopping.remove(task) != nil && roll(4) > 0
        guard isStopped || task != stage.contract.supervisor else { return lead(task) }
        // The first iteration is the last: what is told to it later it cannot do.
        if !isStopped, exhausted.contains(task), stage.tasks[task]?.attempt ?? 0 > 1 {
            steps.append("\(task.short) has no iteration left")
            stage.tasks[task]?.iterations = 1
            return stage.set(task, .iterationLimitReached, .iterationLimit(used: 1, limit: 1, ceiling: 50))
        }
        steps.append("\(task.short) \(isStopped ? "is stopped" : "is done")")
        stage.set(task, isStopped ? .interrupted : .done, isStopped ? .interrupted(.person) : .completed(.verified))
    }

    /// A supervisor waits for its tasks, and says when all of their work is merged.
    private mutating func lead(_ leader: TaskID) {
        let open = stage.contract.children(of: leader).filter { stage.tasks[$0]?.isMerged != true }
        steps.append("the supervisor \(open.isEmpty ? "claims the goal" : "waits")")
        guard !open.isEmpty else { return stage.park(leader, .acceptance, nil) }
        stage.park(leader, .dependency, WaitWish(Set(open), any: roll(2) == 0))
    }

    private mutating func merge() {
        guard looked == nil, carried == nil, let batch = stage.contract.queues["main"]?.batch else { return }
        guard !batch.isVerification else { return stage.answer(.unchanged) }
        guard troubles > 0, roll(2) == 0 else { return stage.answer() }
        troubles -= 1
        switch roll(3) {
        case 0:
            steps.append("a conflict")
            stage.advance(["main": .report(.conflicts(batch.entries.map(\.task)), batch: batch.number)])
        case 1:
            steps.append("checks fail on \(batch.entries.map(\.task.short))")
            stage.answer(.checksFailed(targetFails: false))
        default:
            steps.append("the batch is lost")
            stage.advance(["main": .lost(batch: batch.number)])
        }
    }
}
