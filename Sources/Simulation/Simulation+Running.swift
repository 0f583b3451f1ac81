import Domain
import Journal
import LoopCore
import TestSupport
import Workspaces

@testable import Runner

/// How a run begins: as the service, the run and its preparation do it, on files that are none.
extension Simulation {
    mutating func begin(_ index: Int) async throws {
        // A run whose machine has decided nothing further is over.
        guard tasks[index].shell == nil else { return }
        do {
            try await run(index)
        } catch is FaultyJournal.Death {
            return
        } catch JournalError.diskFull {
            return note("\(index): cannot begin: the disk is full")
        } catch let error as LimitError {
            note("\(index): cannot begin: \(error)")
            tasks[index].shell = nil
        } catch let error as ServiceError {
            note("\(index): cannot begin: \(error)")
        }
    }

    private mutating func run(_ index: Int) async throws {
        guard let stored = try await journal.task(tasks[index].id) else { return }
        let recovered = try await Recovery(parts: parts).recover(stored)
        if recovered.status != stored.status { note("\(index): recovered") }
        guard recovered.runs == 0 || recovered.status.isResumable else { return }
        let (task, plan) = try await plan(recovered)
        oracle.noteResume(of: task.id, after: recovered.reason)
        var begun = task
        begun.runs += 1
        begun.reason = nil
        begun = try await enter(.initializing, begun, from: task.status)
        tasks[index].control = ProcessControl()
        tasks[index].insists = plan.request.skipsWait
        let start = try await prepare(begun, plan, index)
        let starting = try await enter(.starting, start.task, from: begun.status)
        note("\(index): run \(begun.runs) begins: \(start.opening)")
        oracle.noteRun(of: task.id, isLost: start.lastRecord?.outcome?.ownerDied == true)
        let runParts = parts.run(
            of: starting.spec,
            in: tasks[index].workspace,
            confinement: tasks[index].confinement,
            observer: Witness(),
            control: tasks[index].control
        )
        var shell = RunShell(parts: runParts, start: start.with(starting))
        let effects = await shell.open(start.opening)
        tasks[index].shell = shell
        if !journal.isDead { await carryOut(effects, index) }
    }

    private mutating func plan(_ recovered: TaskRecord) async throws -> (TaskRecord, RunPlan) {
        guard recovered.runs > 0 else { return (recovered, RunPlan()) }
        var request = ResumeRequest()
        if recovered.iterations >= recovered.spec.limits.maxIterations || dice.chance(6) {
            request.maxIterations = min(50, recovered.iterations + 1 + dice.roll(4))
        }
        if agent.isGood { request.maxCost = USD(microdollars: 1_000_000_000) }
        request.skipsWait = dice.chance(10)
        if !agent.isGood, dice.chance(6) { request.message = "go on" }
        if agent.isGood { request.waits = true }
        let last = try await journal.iterations(of: recovered.id).last { $0.endedAt != nil }?.outcome
        var plan = RunPlan(resumption: recovered.reason, request: request, wasReady: last?.isReady ?? false)
        let task = try ResumeRules.apply(plan, to: recovered, ceiling: 50)
        let rest = KeptWait.rest(of: recovered, at: wallClock.now(), jitter: 0.5)
        plan.hold = try ResumeRules.hold(plan, of: task, before: recovered, rest: rest)
        if let message = request.message { try await pass(message, to: task) }
        plan.hasUnheard = try await journal.hasUnheard(of: task.id)
        oracle.noteLimit(task.spec.limits.maxIterations, of: task.id)
        return (task, plan)
    }

    /// As the service does: what a person says who resumes answers what was asked.
    private func pass(_ message: String, to task: TaskRecord) async throws {
        do {
            guard try await parts.questionDesk(of: task.spec).answer(nil, message, hasSeen: true) == nil else { return }
        } catch ServiceError.unclearAnswer {
            // Something else is said.
        }
        _ = try await journal.say(message, to: task.id, at: wallClock.now())
    }

    private func enter(_ status: TaskStatus, _ task: TaskRecord, from: TaskStatus) async throws -> TaskRecord {
        var changed = task
        changed.status = status
        changed.updatedAt = wallClock.now()
        guard try await journal.update(changed, expecting: from) else {
            throw ServiceError.running(task.id, owner: nil)
        }
        return changed
    }

    private mutating func prepare(_ task: TaskRecord, _ plan: RunPlan, _ index: Int) async throws -> RunStart {
        let workspace = tasks[index].workspace
        if try await journal.checkpoints(of: task.id).isEmpty {
            try await journal.recordCheckpoint(workspace.base, of: task.id)
        }
        let now = try await workspace.checkpoint(.stopped, iteration: task.iterations)
        if !now.isUnchanged { try await journal.recordCheckpoint(now.checkpoint, of: task.id) }
        try await parts.questionDesk(of: task.spec).closeQuestions()
        let records = try await journal.iterations(of: task.id).filter { $0.endedAt != nil }
        let base = SimulatedAgent.tree(0)
        let start = LoopStart(task: task, plan: plan, tree: now.checkpoint.tree, base: base)
        if case .completion = start.opening { await oracle.checkHeard(task, in: self) }
        return RunStart(
            task: start.task,
            machine: start.machine,
            opening: start.opening,
            trees: ReferenceTrees(base: base, accepted: base, baseCommit: workspace.base.commit),
            history: PromptHistory(of: records, checks: task.spec.checks),
            point: CheckpointPoint(now.checkpoint),
            lastRecord: records.last,
            skipsWait: plan.request.skipsWait
        )
    }
}

/// Looks on and keeps nothing.
private struct Witness: RunObserver {
    func observe(_ event: RunEvent) {}
}
