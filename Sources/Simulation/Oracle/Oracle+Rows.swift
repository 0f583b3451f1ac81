import Domain
import Journal
import LoopCore
import TestSupport

@testable import Runner

/// What the journal must say of a task, whatever happened.
extension Oracle {
    mutating func check(_ index: Int, of simulation: Simulation) async throws {
        let task = simulation.tasks[index]
        guard let row = try await simulation.journal.task(task.id) else { return violate("a task is gone") }
        let iterations = try await simulation.journal.iterations(of: task.id)
        checkCounts(row, iterations)
        checkOpen(row, iterations, task)
        checkEnd(row, task)
        let messages = try await simulation.journal.messages(of: task.id)
        known[task.id]?.talk.note(messages)
        if known[task.id]?.talk.isComplete(messages) != true { violate("something that was said is gone") }
    }

    private mutating func checkCounts(_ row: TaskRecord, _ iterations: [IterationRecord]) {
        let counted = Set(iterations.filter { $0.outcome?.counted == true }.map(\.number))
        // The last one is in the row as soon as its checks have judged it.
        let isOwedVerdict = counted.count == row.iterations + 1 && iterations.last?.outcome?.gate.isReady == true
        let number = row.iterations + (isOwedVerdict ? 1 : 0)
        if counted != (number == 0 ? [] : Set(1...number)) {
            violate("\(row.iterations) iterations in the row, counted are \(counted.sorted())")
        }
        if number > known[row.id]?.maxIterations ?? 0 { violate("more iterations than were allowed") }
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
