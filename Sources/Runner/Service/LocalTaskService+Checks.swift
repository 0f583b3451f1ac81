import Domain
import Processes

extension LocalTaskService {
    /// The check of the present run that has begun and not ended, as its spool tells; `nil` where there is none.
    func runningCheck(of task: TaskRecord, last: IterationRecord?) -> RunningCheck? {
        guard task.status == .running, !task.spec.checks.isEmpty else { return nil }
        let directory = parts.state.task(task.id)
        var labels = last.map { [TaskDirectory.checksLabel(run: task.runs, iteration: $0.number)] } ?? []
        // Where the work is merged, it is checked on top of its target.
        labels += Directory.names(in: directory.checks)
            .filter { $0.hasPrefix(TaskDirectory.mergeLabel(run: task.runs)) }
        for label in labels {
            for (index, check) in task.spec.checks.enumerated() {
                guard let since = Spool(directory.check(index, label: label)).runningSince() else { continue }
                return RunningCheck(check: check, iteration: last?.number ?? task.iterations, since: since)
            }
        }
        return nil
    }
}
