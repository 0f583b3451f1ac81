import Domain
import LoopCore
import TestSupport

@testable import Runner

/// Knows, in other words than the product, what must hold.
struct Oracle {
    private(set) var violations: [String] = []
    private var known: [TaskID: Knowledge] = [:]

    /// What really happened to one task.
    private struct Knowledge {
        var seen: Set<TreeID> = [SimulatedAgent.tree(0)]
        /// Counted iterations in a row that left nothing new.
        var fruitless = 0
        /// The same without the last iteration.
        var fruitlessBefore = 0
        var wasReady = false
        /// The tree on which every check has passed, if that is the last thing that they said.
        var passed: TreeID?
    }

    mutating func violate(_ what: String) { violations.append(what) }

    // MARK: - What happens

    /// `isLost` says that the last iteration is recorded as one in which the process died: that is not held against it.
    mutating func noteRun(of id: TaskID, by resumption: Resumption, isLost: Bool) {
        var knowledge = known[id, default: Knowledge()]
        if isLost { knowledge.fruitless = min(knowledge.fruitless, knowledge.fruitlessBefore) }
        if resumption == .person { knowledge.fruitless = 0 }
        known[id] = knowledge
    }

    mutating func noteStart(
        of task: SimulatedTask,
        _ record: IterationRecord,
        knowing wait: AccountWait?,
        in simulation: Simulation
    ) {
        guard let shell = task.shell else { return violate("an agent starts that nobody runs") }
        if case .agent = task.phase { violate("two agents on one task") }
        let spec = shell.task.spec
        if record.number > spec.limits.maxIterations { violate("iteration \(record.number) is above the limit") }
        if record.number != shell.task.iterations + 1 { violate("iteration \(record.number) is not the next") }
        if let limit = spec.budgets.maxCost, (shell.task.usage.cost ?? .zero) >= limit {
            violate("an agent starts with its budget used up")
        }
        let now = simulation.wallClock.now()
        if let wait, wait.isCredible(at: now), now < wait.until, !task.insists {
            violate("an agent starts although its account is at its limit until \(wait.until)")
        }
        let probes = simulation.tasks.count { $0.id != task.id && $0.shell?.probe != nil }
        if shell.probe != nil, probes > 0 { violate("two tasks probe one account") }
        let fruitless = known[task.id]?.fruitless ?? 0
        let allowed = spec.limits.noChangeThreshold + (spec.onStall == nil ? 0 : 1)
        if fruitless >= allowed { violate("iteration \(record.number) begins after \(fruitless) without progress") }
    }

    mutating func noteEnd(of task: SimulatedTask, _ report: IterationReport) {
        var knowledge = known[task.id, default: Knowledge()]
        knowledge.passed = nil
        knowledge.wasReady = report.gate.isReady
        if let tree = report.tree, report.end.countsAsIteration {
            let isNew = knowledge.seen.insert(tree).inserted
            knowledge.fruitlessBefore = knowledge.fruitless
            switch report.end {
            // Held against nobody.
            case .question, .permissionDenied: if isNew { knowledge.fruitless = 0 }
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

    // MARK: - What must hold after everything

    mutating func check(_ index: Int, of simulation: Simulation) async throws {
        let task = simulation.tasks[index]
        guard let row = try await simulation.journal.task(task.id) else { return violate("a task is gone") }
        let iterations = try await simulation.journal.iterations(of: task.id)
        checkCounts(row, iterations)
        checkOpen(row, iterations, task)
        checkEnd(row, task)
    }

    private mutating func checkCounts(_ row: TaskRecord, _ iterations: [IterationRecord]) {
        let counted = Set(iterations.filter { $0.outcome?.counted == true }.map(\.number))
        // The last one is in the row as soon as its checks have judged it.
        let isOwedVerdict = counted.count == row.iterations + 1 && iterations.last?.outcome?.gate.isReady == true
        let number = row.iterations + (isOwedVerdict ? 1 : 0)
        if counted != (number == 0 ? [] : Set(1...number)) {
            violate("\(row.iterations) iterations in the row, counted are \(counted.sorted())")
        }
        if number > row.spec.limits.maxIterations { violate("more iterations than the limit") }
        for (number, records) in Dictionary(grouping: iterations, by: \.number) {
            if records.count(where: { $0.outcome?.counted == true }) > 1 { violate("iteration \(number) counts twice") }
        }
        let cost = iterations.compactMap { $0.outcome?.agent.usage.cost }.reduce(USD.zero, +)
        if (row.usage.cost ?? .zero) != cost {
            violate("the row says \(row.usage.cost?.formatted ?? "nothing"), the iterations \(cost.formatted)")
        }
    }

    private mutating func checkOpen(_ row: TaskRecord, _ iterations: [IterationRecord], _ task: SimulatedTask) {
        let open = iterations.filter { $0.endedAt == nil }
        if open.count > 1 { violate("\(open.count) iterations are open") }
        let isOver = !row.status.isActive || row.reason != nil
        if isOver, !open.isEmpty { violate("a task that is \(row.status.rawValue) has an open iteration") }
        if isOver, row.runs > 0, row.reason == nil { violate("a task stopped without a reason") }
        if let reason = row.reason, reason.status != row.status {
            violate("\(row.status.rawValue) for the reason \(reason.code)")
        }
        if case .agent(let record) = task.phase, open.map(\.number) != [record.number] {
            violate("an agent works and the journal does not know it")
        }
    }

    private mutating func checkEnd(_ row: TaskRecord, _ task: SimulatedTask) {
        guard case .completed(let proof) = row.reason else { return }
        let knowledge = known[task.id, default: Knowledge()]
        if !knowledge.wasReady { violate("done, and the agent was not ready") }
        if proof == .verified, knowledge.passed != task.workspace.tree {
            violate("verified, and the checks have not passed on these files")
        }
        if proof == .unverified, !row.spec.checks.isEmpty { violate("unverified, and there are checks") }
    }
}
