import Domain
import Fleet
import Store
import Wire

extension ContractView {
    init(_ contract: Contract, _ view: ContractRules.View) {
        self.init()
        let explanation = contract.state.explanation(of: contract)
        contractId = contract.id.rawValue
        name = contract.name
        goal = contract.goal
        status = contract.state.status
        if case .blocked(let obstacle) = contract.state { code = obstacle.code }
        if case .budgetReached(let exhaustion) = contract.state { code = exhaustion.code }
        if case .done(let proof) = contract.state { code = proof.rawValue }
        sentence = explanation.sentence.clipped(to: WireLimits.message)
        hint = explanation.hint?.clipped(to: WireLimits.message)
        goesOn = ContractRules.goesOn(contract, view)
        obstacles = ContractRules.obstacles(contract, view).map { ContractObstacleView($0, of: contract) }
        repository = contract.place.address
        targets = contract.place.targets
        phases = contract.phases.map { phase in
            var wire = WirePhase()
            (wire.name, wire.checks) = (phase.name, phase.checks.map(WireCheck.init))
            return wire
        }
        phase = contract.phase
        checks = contract.checks.map(WireCheck.init)
        limits = WireContractLimits(contract.limits)
        orphans = contract.orphans
        let spent = ContractRules.spent(by: Array(view.tasks.values), of: contract)
        (usage, activeMilliseconds) = (WireUsage(spent.usage), spent.activeTime)
        calls = contract.calls
        supervisorId = contract.supervisor?.rawValue
        let keys = TouchKeys(contract)
        tasks = contract.inOrder.map { id, member in
            var task = ContractTaskView(id, member, view.tasks[id])
            let holders = keys.holders(of: id, in: contract, view)
            task.heldBy = holders.prefix(WireLimits.list).map(\.rawValue)
            if let waiting = ContractRules.mergeWaiting(of: id, in: contract, view) {
                task.mergeWaitsFor = waiting.code
                let sentence = waiting.sentence(into: member.target, of: contract)
                task.mergeSentence = sentence.clipped(to: WireLimits.message)
            }
            guard let ending = ContractRules.ending(of: id, in: contract, view) else { return task }
            task.endedWithContract = true
            task.reason?.tell(ending)
            return task
        }
        queues = contract.queues.values.sorted { $0.target < $1.target }.map { MergeQueueView($0, of: contract) }
        revision = contract.revision
        createdAt = contract.createdAt
        updatedAt = max(contract.updatedAt, view.tasks.values.map(\.updatedAt).max() ?? contract.updatedAt)
    }
}

extension ContractObstacleView {
    init(_ obstacle: ContractObstacle, of contract: Contract) {
        self.init()
        let explanation = obstacle.explanation(of: contract)
        code = obstacle.code
        sentence = explanation.sentence.clipped(to: WireLimits.message)
        hint = explanation.hint?.clipped(to: WireLimits.message)
        switch obstacle {
        case .supervisorStopped(let task, _), .supervisorDiscarded(let task), .returnsUsed(let task, _),
            .notTaken(let task, _), .taskAway(let task, _):
            taskId = task.rawValue
        case .tasksStopped(let tasks): taskId = tasks.count == 1 ? tasks[0].rawValue : nil
        case .merging(let target, _), .mergeWaits(let target, _): self.target = target
        case .phaseFails: target = contract.place.target
        case .claimsUsed: taskId = contract.supervisor?.rawValue
        }
    }
}

extension Contract {
    /// Parents before their children; brothers by name.
    fileprivate var inOrder: [(TaskID, ContractMember)] {
        var sorted: [(TaskID, ContractMember)] = []
        func add(below parent: TaskID?) {
            let here = members.filter { $0.value.parent == parent }
                .sorted { ($0.value.name, $0.key.rawValue) < ($1.value.name, $1.key.rawValue) }
            for (id, member) in here {
                sorted.append((id, member))
                add(below: id)
            }
        }
        add(below: nil)
        return sorted
    }
}

extension ContractTaskView {
    init(_ id: TaskID, _ member: ContractMember, _ task: FleetTask?) {
        self.init()
        taskId = id.rawValue
        name = member.name
        role = member.role == .supervisor ? .supervisor : .task
        parentTaskId = member.parent?.rawValue
        depth = member.depth
        status = task?.status ?? member.kept?.status ?? .pending
        forgotten = task == nil && member.kept != nil
        reason = task?.reason.map { WireReason($0, task: TaskCall(id.rawValue)) }
        iterations = task?.iterations ?? member.kept?.iterations ?? 0
        usage = WireUsage(task?.usage ?? member.kept?.usage ?? Usage())
        target = member.target
        touches = member.touches
        returns = member.returns
        switch member.merge {
        case .none: merge = "none"
        case .queued: merge = "queued"
        case .returned: merge = "returned"
        case .merged(let commit):
            merge = "merged"
            self.commit = commit?.rawValue
        }
    }
}

extension MergeQueueView {
    init(_ queue: MergeQueue, of contract: Contract) {
        self.init()
        target = queue.target
        waiting = (queue.parts.flatMap(\.self) + queue.waiting + queue.held + queue.setAside).map(\.task.rawValue)
        batch = queue.batch?.entries.map(\.task.rawValue) ?? []
        batchNumber = queue.batch?.number
        halt = queue.halt?.code
        guard contract.state.isOpen, let wait = queue.batch?.wait, wait.isTold else { return }
        let explanation = wait.cause.explanation(into: queue.target, of: contract)
        obstacle = wait.cause.code
        sentence = explanation.sentence.clipped(to: WireLimits.message)
        hint = explanation.hint?.clipped(to: WireLimits.message)
    }
}

extension TimelineEntryView {
    init(_ event: ContractEvent, of contract: Contract) {
        self.init()
        (position, at) = (event.position, event.at)
        let told = NoteWords(event.note, contract)
        self.event = told.code
        taskId = told.task?.rawValue
        sentence = told.sentence.clipped(to: WireLimits.message)
        detail = told.detail?.clipped(to: WireLimits.output)
        guard case .returned(_, _, let account?) = event.note else { return }
        (returns, maxReturns) = (account.number, account.most)
        rivals = account.rivals.map(WireMergeRival.init)
    }
}

/// A note of a timeline, for people.
struct NoteWords {
    var code: String
    var task: TaskID?
    var sentence: String
    var detail: String?

    private init(_ code: String, _ sentence: String) { self.init(code, nil, sentence) }

    private init(_ code: String, _ task: TaskID?, _ sentence: String, detail: String? = nil) {
        (self.code, self.task, self.sentence, self.detail) = (code, task, sentence, detail)
    }

    init(_ note: ContractNote, _ contract: Contract) {
        let name = { (task: TaskID) in "'\(contract.name(of: task))'" }
        switch note {
        case .began: self.init("began", "The contract was made.")
        case .spawned(let task, let by):
            self.init("spawned", task, "\(by.map(name) ?? "makima") spawned \(name(task)).")
        case .refused(let task, let refusal):
            self.init("refused", task, "\(name(task)) was refused something: \(refusal.sentence)", detail: refusal.code)
        case .parked(let task): self.init("parked", task, "\(name(task)) waits for its tasks.")
        case .woken(let task): self.init("woken", task, "\(name(task)) goes on.")
        case .messaged(let task, let by): self.init("messaged", task, "\(name(by)) told \(name(task)) something.")
        case .taskStopped(let task, let by): self.init("task_stopped", task, "\(name(by)) ended \(name(task)).")
        case .queued(let task): self.init("queued", task, "The work of \(name(task)) is in the merge queue.")
        case .claimRefused(let task, let fault):
            let why = fault.map { ": \($0.clause(of: contract))" } ?? ""
            self.init("claim_refused", task, "\(name(task)) said that the goal is reached, and it is not\(why).")
        case .respawned(let task, let attempt):
            self.init(
                "respawned",
                task,
                "\(name(task)) was begun anew, with what is known of its tasks (attempt \(attempt))."
            )
        case .resumed: self.init("resumed", "The contract goes on.")
        case .phaseBegan(let phase): self.init("phase_began", "The phase '\(phase)' began.")
        case .ended(let state): self.init("ended", state.explanation(of: contract).sentence)
        case .taskBegan, .taskEnded, .taskLost: self = Self.moving(note, contract, name)
        case .batchBegan, .batchFailed, .merged, .returned, .handedUp, .halted, .verified:
            self = Self.merging(note, contract, name)
        }
    }

    /// What became of a task by itself.
    private static func moving(_ note: ContractNote, _ contract: Contract, _ name: (TaskID) -> String) -> NoteWords {
        switch note {
        case .taskBegan(let task, let daemon, let attempt):
            let place = daemon.map { " at the daemon '\($0)'" } ?? ""
            let words = attempt == 1 ? "began\(place)" : "goes on\(place) (attempt \(attempt))"
            return NoteWords("task_began", task, "\(name(task)) \(words).")
        case .taskEnded(let task, .done, let reason):
            return NoteWords("task_ended", task, "\(name(task)) is done\(reason.map { ": \($0.spokenCode)" } ?? "").")
        case .taskEnded(let task, .waiting, _):
            return NoteWords("task_ended", task, "\(name(task)) says that the goal is reached.")
        case .taskEnded(let task, let status, let reason):
            let why = reason.flatMap { $0 == status.rawValue ? nil : ": \($0.spokenCode)" } ?? ""
            return NoteWords("task_ended", task, "\(name(task)) stopped: it is '\(status.words)'\(why).")
        case .taskLost(let task, let attempt):
            return NoteWords(
                "task_lost",
                task,
                "The daemon of \(name(task)) is lost (attempt \(attempt)): it is queued again."
            )
        case .began, .spawned, .refused, .parked, .woken, .messaged, .taskStopped, .queued, .claimRefused, .respawned,
            .resumed, .phaseBegan, .ended, .batchBegan, .batchFailed, .merged, .returned, .handedUp, .halted, .verified:
            return NoteWords(note, contract)
        }
    }

    private static func merging(_ note: ContractNote, _ contract: Contract, _ name: (TaskID) -> String) -> NoteWords {
        switch note {
        case .batchBegan(let target, let number, let tasks):
            let what =
                tasks.isEmpty
                ? "'\(target)' is checked"
                : "\(tasks.map(name).joined(separator: ", ")) \(tasks.count == 1 ? "goes" : "go") into '\(target)'"
            return NoteWords("batch_began", "Batch \(number): \(what).")
        case .batchFailed(let target, let number, let checks):
            let failing = checks.joined(separator: ", ")
            return NoteWords("batch_failed", "Batch \(number) fails on '\(target)' (\(failing)), and is divided.")
        case .merged(let task, let commit):
            let how = commit.map { " as \($0.short)" } ?? ": it was there already"
            return NoteWords("merged", task, "The work of \(name(task)) is merged\(how).")
        case .returned(let task, let cause, let account):
            let target = contract.members[task]?.target ?? contract.place.target
            let why = ReturnedWork(cause, account?.rivals ?? []).clause(target: target, of: contract)
            let count = account.map { " (return \($0.number) of \($0.most) that are allowed)" } ?? ""
            return NoteWords(
                "returned",
                task,
                "The work of \(name(task)) came back\(count): \(why).",
                detail: detail(of: cause)
            )
        case .handedUp(let task, let leader, let hold):
            return NoteWords(
                "handed_up",
                task,
                "\(name(task)) cannot mend its work: it \(hold.clause). \(name(leader)), which leads it, decides.",
                detail: hold.code
            )
        case .halted(let target, let halt):
            let why = halt.explanation(of: target, contract.id.short).sentence
            return NoteWords("halted", "The queue of '\(target)' stands still. \(why)")
        case .verified(let phase, let passed, let checks):
            let names = checks.isEmpty ? "there are no checks" : checks.joined(separator: ", ")
            return NoteWords("verified", "The checks of \(phase) \(passed ? "pass" : "do not pass"): \(names).")
        case .began, .spawned, .refused, .taskBegan, .taskEnded, .taskLost, .parked, .woken, .messaged, .taskStopped,
            .queued, .claimRefused, .respawned, .resumed, .phaseBegan, .ended:
            return NoteWords(note, contract)
        }
    }

    private static func detail(of cause: ReturnCause) -> String? {
        switch cause {
        // The sentence has the first ones.
        case .conflict(let paths, _), .outside(let paths):
            paths.count > ReturnedWork.mostNames ? paths.joined(separator: "\n") : nil
        case .checksFailed(let receipts, _):
            receipts.map { "\($0.check.name):\n\($0.outputTail)" }.joined(separator: "\n")
        case .missing: nil
        }
    }
}
