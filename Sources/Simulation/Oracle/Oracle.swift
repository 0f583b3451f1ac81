import Domain
import Journal
import LoopCore
import TestSupport

@testable import Runner

/// Knows, in other words than the product, what must hold.
struct Oracle {
    private(set) var violations: [String] = []
    var known: [TaskID: Knowledge] = [:]
    /// Until when an account was told to be at its limit, where nothing has been heard since that says otherwise.
    private var limits: [AgentAccount: Limit] = [:]

    /// What really happened to one task.
    struct Knowledge {
        var seen: Set<TreeID> = [SimulatedAgent.tree(0)]
        /// Counted iterations in a row that left nothing new.
        var fruitless = 0
        /// The same without the last iteration.
        var fruitlessBefore = 0
        var wasReady = false
        /// The tree on which every check has passed, if that is the last thing that they said.
        var passed: TreeID?
        /// What a person allowed last.
        var maxIterations = 0
        /// Why the loop decided to stop, until a person lets the task go on.
        var decision: Reason?
        var talk = Talk()
    }

    private struct Limit {
        var since: Timestamp
        var until: Timestamp
    }

    mutating func violate(_ what: String) { violations.append(what) }

    // MARK: - What happens

    /// A person allows so many iterations.
    mutating func noteLimit(_ maxIterations: Int, of id: TaskID) {
        known[id, default: Knowledge()].maxIterations = maxIterations
    }

    /// The loop has decided to stop, and the journal has it.
    mutating func noteDecision(_ reason: Reason, of id: TaskID) {
        switch reason {
        // What a death stopped goes on, and so does what the journal could not be told.
        case .interrupted(.ownerDied), .failed(.internalError), .blocked(.environment(.diskFull)): break
        default: known[id, default: Knowledge()].decision = reason
        }
    }

    /// `isLost` says that the last iteration is recorded as one in which the process died: that is not held against it.
    mutating func noteRun(of id: TaskID, isLost: Bool) {
        guard isLost, let knowledge = known[id] else { return }
        known[id]?.fruitless = min(knowledge.fruitless, knowledge.fruitlessBefore)
    }

    /// A run is about to begin, after a stop for `reason`.
    mutating func noteResume(of id: TaskID, after reason: Reason?) {
        // What is proven is finished by the next run, whatever the reason.
        if reason == .interrupted(.ownerDied), let decision = known[id]?.decision, decision.status != .done {
            violate("the task had stopped (\(decision.code)), and goes on as after a death")
        }
        known[id]?.decision = nil
        if reason != .interrupted(.ownerDied) { known[id]?.fruitless = 0 }
    }

    mutating func noteStart(of task: SimulatedTask, _ record: IterationRecord, in simulation: Simulation) async {
        guard let shell = task.shell else { return violate("an agent starts that nobody runs") }
        if case .agent = task.phase { violate("two agents on one task") }
        let spec = shell.task.spec
        if record.number > known[task.id]?.maxIterations ?? 0 {
            violate("iteration \(record.number) is above what was allowed")
        }
        if !spec.agents.contains(where: { $0.name == spec.agent.name }) { violate("an agent starts that nobody named") }
        checkAccount(shell, task, in: simulation)
        let fruitless = known[task.id]?.fruitless ?? 0
        let allowed = spec.limits.noChangeThreshold + (spec.onStall == nil ? 0 : 1)
        if fruitless >= allowed { violate("iteration \(record.number) begins after \(fruitless) without progress") }
        do {
            let iterations = try await simulation.journal.iterations(of: task.id)
            checkStart(record, spec, after: iterations)
            try await checkTalk(of: task, after: iterations, in: simulation)
        } catch {
            violate("the journal cannot be read: \(error)")
        }
    }

    private mutating func checkStart(_ record: IterationRecord, _ spec: TaskSpec, after iterations: [IterationRecord]) {
        let counted = Set(iterations.filter { $0.outcome?.counted == true }.map(\.number)).count
        if record.number != counted + 1 { violate("iteration \(record.number) is not the next of \(counted)") }
        let spent = iterations.compactMap { $0.outcome?.agent.usage.cost }.reduce(USD.zero, +)
        if let limit = spec.budgets.maxCost, spent >= limit { violate("an agent starts with its budget used up") }
    }

    private mutating func checkAccount(_ shell: RunShell, _ task: SimulatedTask, in simulation: Simulation) {
        let account = shell.parts.gate.account
        let now = simulation.wallClock.now()
        if task.insists {
            limits[account] = nil
        } else if let limit = limits[account], now >= limit.since, now < limit.until {
            violate("an agent starts although its account is at its limit until \(limit.until)")
        }
        let probes = simulation.tasks.count {
            $0.id != task.id && $0.shell?.probe != nil && $0.shell?.parts.gate.account == account
        }
        if shell.probe != nil, probes > 0 { violate("two tasks probe one account") }
    }

    /// The service answers an agent of `task`.
    mutating func noteAnswer(of task: SimulatedTask) {
        if let account = task.shell?.parts.gate.account { limits[account] = nil }
    }

    /// The clock was set.
    mutating func noteClockJump() { limits = [:] }

    mutating func noteEnd(
        of task: SimulatedTask,
        _ report: IterationReport,
        _ record: IterationRecord,
        at now: Timestamp
    ) {
        noteAnswer(of: task)
        if case .usageLimit(let reset?) = report.end, let account = task.shell?.parts.gate.account,
            reset - now < .seconds(7 * 86_400)
        {
            limits[account] = Limit(since: now, until: reset)
        }
        var knowledge = known[task.id, default: Knowledge()]
        if report.end.countsAsIteration { knowledge.talk.noteTold(task.told, in: record) }
        knowledge.passed = nil
        knowledge.wasReady = report.gate.isReady
        if let tree = report.tree, report.end.countsAsIteration {
            let isNew = knowledge.seen.insert(tree).inserted
            knowledge.fruitlessBefore = knowledge.fruitless
            switch report.end {
            // Held against nobody.
            case .question, .permissionDenied, .permissionAsked: if isNew { knowledge.fruitless = 0 }
            // The verdict is still to come, and may be progress.
            case .ok where report.gate.isReady: knowledge.fruitless = 0
            default: knowledge.fruitless = isNew ? 0 : knowledge.fruitless + 1
            }
        }
        known[task.id] = knowledge
    }

    mutating func noteChecks(of task: SimulatedTask, _ receipts: [CheckReceipt]) {
        let hasPassed = receipts.allSatisfy(\.verdict.isPassed)
        known[task.id, default: Knowledge()].passed = hasPassed ? receipts.first?.tree : nil
    }

    /// The process died, or the disk was full: what was learned then is perhaps not written.
    mutating func noteLoss() { limits = [:] }
}
