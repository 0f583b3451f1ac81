import Domain
import Wire

/// What the merge queue of a contract made of a task's work.
struct MergedWork: Hashable, Sendable {
    /// As the contract is called on a command line.
    var contract: String
    var target: String
    /// As which it was merged; `nil` where it was in the target already, and the queue proved nothing.
    var commit: String?
    /// Whether the contract has checks, which every tip of the target passed.
    var hasChecks: Bool

    /// `nil` for a task whose work is not merged.
    init?(_ task: ContractTaskView, in contract: ContractView) {
        guard task.merge == "merged" else { return nil }
        self.contract = contract.callName
        (target, commit, hasChecks) = (task.target, task.commit, !contract.checks.isEmpty)
    }

    /// Whether checks stand for it, and not only its agent's word.
    var isChecked: Bool { commit != nil && hasChecks }

    /// For people, with a full stop.
    var sentence: String {
        guard let commit else {
            return "Its work was in '\(target)' already when contract \(contract) was to merge it."
        }
        let place = "Merged into '\(target)' as \(CommitID(rawValue: commit)?.short ?? commit)"
        return hasChecks
            ? "\(place), and checked there by contract \(contract)."
            : "\(place) by contract \(contract), which has no checks."
    }
}

extension ContractView {
    /// By task.
    var mergedWork: [String: MergedWork] {
        Dictionary(tasks.compactMap { task in MergedWork(task, in: self).map { (task.taskId, $0) } }) { first, _ in
            first
        }
    }

    /// How this contract ended tasks, by task.
    var endings: [String: Explanation] {
        Dictionary(tasks.compactMap { task in task.told.map { (task.taskId, $0) } }) { first, _ in first }
    }
}
