import Domain
import Runner

extension TaskDossier {
    /// What is told in place of what the reason says where the server that has the task's contract does not run, or does not know
    /// it; `nil` for a task of no contract, and where nobody has to do anything.
    ///
    /// Whether the contract ended it only that server knows.
    var toldWithoutServer: Explanation? {
        guard let contract = task.spec.contract, task.status.isResumable, let reason = task.reason else { return nil }
        let explanation = reason.explanation(task: call)
        let start = "It belongs to a contract, which its server keeps: start that with 'makima up'."
        switch reason {
        case .interrupted(.person), .budget:
            return Explanation(
                explanation.sentence,
                hint:
                    "\(start) Then 'makima contract resume \(contract.short)' goes on with all of it; where the contract itself did "
                    + "not end, '\(call.resume)' goes on with this task."
            )
        case .waiting, .paused, .blocked, .stalled, .iterationLimit, .interrupted, .failed, .completed:
            guard let hint = explanation.hint else { return nil }
            return Explanation(explanation.sentence, hint: "\(start) Then: \(hint)")
        }
    }
}
