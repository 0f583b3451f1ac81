import Domain
import Journal
import LoopCore
import Workspaces

/// Where a run stands: the machine, the task's row, and what the next prompt must tell.
///
/// Everything that is decided is in the journal before it is acted on.
struct RunShell: Sendable {
    private(set) var parts: RunParts
    private(set) var task: TaskRecord
    /// Why the loop is over; `nil` while it goes on.
    private(set) var stopReason: Reason?
    /// The last checkpoint.
    private(set) var point: CheckpointPoint
    let trees: ReferenceTrees
    private var machine: LoopMachine
    /// The iteration that was begun last, with its outcome where it is known.
    private(set) var current: IterationRecord?
    /// Whether an agent was started whose end was not told yet.
    private(set) var isAgentRunning = false
    private(set) var history: PromptHistory
    /// What a former makima began; `nil` once it is gone on with.
    private var adoption: Adoption?
    /// The status that the journal has.
    private var stored: TaskStatus
    private let watch: Stopwatch
    private var hasFilesOutsideTree: Bool
    /// What this task tries for all tasks of the account.
    private(set) var probe: AccountProbe?
    /// A person wants the next start now, whatever is known about the account.
    private var insists: Bool
    private var warnedBudgets: Set<String> = []
    private var lastImport = Duration.zero

    init(parts: RunParts, start: RunStart) {
        self.parts = parts
        task = start.task
        machine = start.machine
        trees = start.trees
        history = start.history
        point = start.point
        current = start.adoption?.record ?? start.lastRecord
        adoption = start.adoption
        isAgentRunning = start.adoption != nil
        stored = start.task.status
        // A verdict that is owed judges what that iteration left.
        hasFilesOutsideTree = start.lastRecord?.outcome?.hasFilesOutsideTree ?? false
        watch = Stopwatch(parts.surroundings.clock)
        insists = start.skipsWait
    }

    /// While a run goes on, checkpoints go into the user's repository beside what else is done.
    mutating func importIsDue() -> Bool {
        guard watch.elapsed - lastImport >= parts.importInterval else { return false }
        lastImport = watch.elapsed
        return true
    }

    mutating func stop(_ reason: Reason) {
        stopReason = reason
    }

    /// Does the first thing of the run.
    mutating func open(_ opening: LoopStart.Opening) async -> [LoopMachine.Effect] {
        switch opening {
        case .iteration: return await decide(.event(.start))
        case .wait(let hold): return await decide(.event(.heldBack(hold)))
        case .verdict(let number): return await written([.runChecks(number: number)])
        case .completion(let proof): return await written([.finish(.completed(proof))])
        case .adoption: return await written([])
        }
    }

    /// Lets the machine decide, and writes the decision down.
    ///
    /// A journal that cannot be written ends the run.
    mutating func decide(_ happening: Happening) async -> [LoopMachine.Effect] {
        if happening.endsAgent { isAgentRunning = false }
        let happening = await heard(happening)
        guard let event = happening.event else { return await conclude(happening) }
        if case .waitEnded = happening { insists = true }
        let before = machine.state
        let effects = machine.handle(event)
        guard machine.state != before || !effects.isEmpty else { return [] }
        // Another agent may take over, and what ended says nothing about its account.
        let gate = parts.gate
        note(effects)
        do {
            task.wait = wait(after: happening)
            if case .iterationEnded = happening { task.keepWait() }
            try await record(happening)
            try await tell(gate, happening)
            return effects
        } catch {
            return [.finish(RunFailure.reason(forJournal: error))]
        }
    }

    /// Writes down what happened when the run was over already; nothing follows from it.
    mutating func noteLate(_ happening: Happening) async {
        guard happening.endsAgent, let event = happening.event else { return }
        isAgentRunning = false
        _ = machine.handle(event)
        // A journal that still cannot be written is told by the final line, which comes next.
        try? await record(happening)
    }

    /// What the row must tell of what is going to be done.
    private mutating func note(_ effects: [LoopMachine.Effect]) {
        for case .changeAgent(let name, let obstacle) in effects {
            let wait = obstacle.map { TaskWait($0, attempt: machine.memory.attempts) }
            let couldNotWork = !machine.candidates.contains(task.spec.agent.name)
            task.change(to: name, because: wait, before: machine.iterationsUsed + 1)
            if couldNotWork { task.agentChange?.isUnusable = true }
            parts.changeAgent(to: name)
        }
        for case .changeStrategy(let strategy, let cause) in effects {
            if strategy == .otherAgent {
                task.spec.changeAgents()
                parts.changeAgent(to: task.spec.agent.name)
            }
            task.strategyChange = StrategyChange(
                strategy,
                after: machine.iterationsUsed,
                because: cause,
                agent: task.spec.agent.name
            )
        }
    }

    private mutating func written(_ effects: [LoopMachine.Effect]) async -> [LoopMachine.Effect] {
        do {
            task.status = .running
            try await store()
            return effects
        } catch {
            return [.finish(RunFailure.reason(forJournal: error))]
        }
    }

    // MARK: - Work

    mutating func iterationWork(
        _ number: Int,
        attempt: Int,
        session: LoopMachine.SessionChoice
    ) -> IterationWork {
        let record = IterationRecord(
            number: number,
            attempt: attempt,
            run: task.runs,
            startedAt: parts.surroundings.wallClock.now()
        )
        current = record
        isAgentRunning = true
        return IterationWork(
            parts: parts,
            task: task,
            record: record,
            session: session,
            facts: history.facts(for: task, machine: machine, number: number, session: session),
            messagesToRepeat: history.messagesToRepeat,
            trees: trees
        )
    }

    /// The rest of an iteration that a former makima began; `nil` where there is none.
    mutating func adoptedWork() -> IterationWork? {
        guard let adoption else { return nil }
        self.adoption = nil
        var work = IterationWork(
            parts: parts,
            task: task,
            record: adoption.record,
            session: .continue,
            facts: history.facts(for: task, machine: machine, number: adoption.record.number, session: .continue),
            trees: trees
        )
        work.adoption = adoption
        return work
    }

    func checkWork(_ number: Int) -> CheckWork {
        CheckWork(
            parts: parts,
            spec: task.spec,
            number: number,
            label: TaskDirectory.checksLabel(run: task.runs, iteration: number),
            point: point,
            trees: trees,
            hasFilesOutsideTree: hasFilesOutsideTree,
            timeLeft: task.timeLeft
        )
    }

    // MARK: - Waiting

    /// Asks whether the agent may be started now; returns what happened where it may not.
    mutating func admit(attempt: Int) async -> LoopMachine.Event? {
        do {
            if let event = try await choice().event(for: task, insists: insists) { return event }
            defer { insists = false }
            switch try await parts.gate.enter(insists: insists) {
            case .start: return nil
            case .hold(let hold): return .heldBack(hold)
            case .probe(let probe): try await begin(probe, attempt: attempt)
            }
            return nil
        } catch {
            return RunFailure.event(RunFailure.reason(forJournal: error))
        }
    }

    /// Asks whether another agent does the work while this one waits; returns what happened where the wait is not begun.
    func fallOver() async -> LoopMachine.Event? {
        guard task.spec.fallsOver, let wait = task.wait, wait.agent == nil, !wait.cause.isForPerson else { return nil }
        do {
            return try await choice().event(insteadOfWaitOf: task)
        } catch {
            return RunFailure.event(RunFailure.reason(forJournal: error))
        }
    }

    private func choice() async throws -> AgentChoice {
        guard task.spec.fallsOver else { return AgentChoice(task.spec.agent.name) }
        var candidates: [AgentChoice.Candidate] = []
        for name in machine.candidates {
            guard let gate = parts.gates[name] else { continue }
            let own = task.standings?[name]?.wait
            candidates.append(AgentChoice.Candidate(name, own: own, turn: try await gate.look()))
        }
        return AgentChoice.among(
            candidates,
            present: task.spec.agent.name,
            patience: task.spec.waits ? AgentChoice.patience : .zero,
            at: parts.surroundings.wallClock.now()
        )
    }

    private mutating func begin(_ probe: AccountProbe, attempt: Int) async throws {
        self.probe = probe
        let wait = TaskWait(probing: probe.wait, attempt: attempt)
        task.wait = wait
        try await store()
        parts.observer.observe(.waiting(wait))
    }

    /// Lets the other tasks of the account go on while the agent of this one works.
    private mutating func conclude(_ happening: Happening) async -> [LoopMachine.Effect] {
        guard case .probeWorks(let began) = happening, let probe, probe.began == began else { return [] }
        do {
            self.probe = nil
            try await parts.gate.conclude(probe)
            task.wait = nil
            try await record(happening)
            return []
        } catch {
            return [.finish(RunFailure.reason(forJournal: error))]
        }
    }

    /// The wait that is in the journal, to be carried out: it returns what happens when it is over.
    func pause() -> (@Sendable () async -> Happening?)? {
        guard let wait = task.wait else { return nil }
        parts.observer.observe(.waiting(wait))
        guard wait.cause.isForPerson else {
            return Pause(
                wait: wait,
                gate: wait.agent.flatMap { parts.gates[$0] } ?? parts.gate,
                surroundings: parts.surroundings,
                bell: parts.listenForWaitBell()
            )
            .elapse
        }
        return AnswerPause(
            wait: wait,
            desk: QuestionDesk(
                of: task.spec,
                journal: parts.journal,
                wallClock: parts.surroundings.wallClock,
                directory: parts.directory
            ),
            supervisor: parts.supervisor,
            surroundings: parts.surroundings
        )
        .elapse
    }

    /// The wait that goes into the journal with what the machine decided.
    private func wait(after happening: Happening) -> TaskWait? {
        switch machine.state {
        case .waiting(let cause, let delay):
            let attempt = machine.memory.attempts + 1
            if case .event(.heldBack(let hold)) = happening { return TaskWait(hold, attempt: attempt) }
            let now = parts.surroundings.wallClock.now()
            let end = delay.end(from: now, jitter: parts.surroundings.jitter())
            return TaskWait(cause, from: now, until: end, stated: delay.until, attempt: attempt)
        // What is left of it a resume waits for.
        case .stopped(.interrupted): return stored == .waiting ? task.wait : nil
        case .ready, .iterating, .checking, .stopping, .stopped: return nil
        }
    }

    /// Tells the other tasks of the account behind `gate` what the end of the agent says.
    private mutating func tell(_ gate: AccountGate, _ happening: Happening) async throws {
        guard case .iterationEnded(let report, _) = happening else { return }
        let ended = probe
        probe = nil
        let isStopping = parts.control.isStopping
        try await gate.note(report.end, own: task.wait, wasStopped: isStopping, probe: ended)
    }

    // MARK: - Writing down

    private mutating func record(_ happening: Happening) async throws {
        task.iterations = machine.iterationsUsed
        task.usage = machine.usage
        task.activeTime = machine.activeTime
        task.loopMemory = try LoopState.encode(machine)
        task.status = status(of: machine.state)
        switch happening {
        case .event, .waitEnded, .probeWorks: try await store()
        case .iterationEnded(let report, let outcome): try await recordIteration(report, outcome)
        case .checksEnded(let report, let after): try await recordChecks(report, after)
        }
    }

    private func status(of state: LoopMachine.State) -> TaskStatus {
        switch state {
        case .iterating, .checking, .ready, .stopping: .running
        case .waiting: .waiting
        // The final status is written when the completion action is done.
        case .stopped: stored == .waiting ? .waiting : .running
        }
    }

    private mutating func store() async throws {
        task.updatedAt = parts.surroundings.wallClock.now()
        guard try await parts.journal.update(task, expecting: stored) else {
            throw ServiceError.running(task.id, owner: nil)
        }
        stored = task.status
    }

    private mutating func recordIteration(_ report: IterationReport, _ outcome: IterationOutcome) async throws {
        hasFilesOutsideTree = outcome.hasFilesOutsideTree ?? false
        guard var record = current, record.number == report.number else { return }
        if let session = outcome.agent.sessionID { task.sessionID = session }
        task.updatedAt = parts.surroundings.wallClock.now()
        record.endedAt = task.updatedAt
        record.outcome = outcome
        current = record
        history.note(outcome, of: record.number)
        if let checkpoint = outcome.checkpoint { point = CheckpointPoint(checkpoint) }
        // What came back of the review is told again until an iteration counts.
        if outcome.counted { task.forge?.feedback = [] }
        try await parts.journal.endIteration(record, task: task)
        stored = task.status
        parts.observer.observe(.iterationEnded(record, task: task))
        warnOfBudgets()
    }

    /// Warns once of each budget of which little is left.
    private mutating func warnOfBudgets() {
        let near = BudgetCheck.nearlyExhausted(
            usage: task.usage,
            history: machine.memory.spending ?? SpendingHistory(),
            activeTime: task.activeTime,
            budgets: task.spec.budgets
        )
        for exhaustion in near where warnedBudgets.insert(exhaustion.code).inserted {
            parts.observer.observe(.notice(.budgetNearlyUsed(exhaustion)))
        }
    }

    private mutating func recordChecks(_ report: ChecksReport, _ after: CheckpointReport) async throws {
        guard var record = current, record.number == report.number else { return try await store() }
        record.outcome?.receipts = report.receipts
        current = record
        history.note(report.receipts)
        if !after.isUnchanged { try await parts.journal.recordCheckpoint(after.checkpoint, of: task.id) }
        task.updatedAt = parts.surroundings.wallClock.now()
        try await parts.journal.endIteration(record, task: task)
        stored = task.status
    }
}
