import Domain
import LoopCore
import Processes

extension Recovery {
    /// Ends what is left of a task's programs; returns what the kernel did to the agent at its limits.
    ///
    /// The task's lock is free, so their shims have ended. Where one was killed, what it had started may still write; it is
    /// found by its control group, or without a sandbox by other signs.
    func endRemains(of task: TaskRecord, at open: IterationRecord?) async -> LimitHits? {
        let clock = parts.surroundings.clock
        guard let open else {
            for spool in spoolsOfChecks(of: task) { await Strays(of: spool).end(waitingBy: clock) }
            return nil
        }
        return await Strays(of: spool(of: open, task)).end(waitingBy: clock).limitHits
    }

    /// Those of the checks that were running; none where others did.
    private func spoolsOfChecks(of task: TaskRecord) -> [Spool] {
        guard case .checking(let report)? = LoopState.decode(task.loopMemory)?.state else { return [] }
        let directory = parts.state.task(task.id)
        let label = TaskDirectory.checksLabel(run: task.runs, iteration: report.number)
        return task.spec.checks.indices.map { Spool(directory.check($0, label: label)) }
    }
}
