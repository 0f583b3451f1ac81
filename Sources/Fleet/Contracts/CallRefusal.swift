package import Domain

/// Why a supervisor's call is not carried out; its agent reads the sentence.
package enum CallRefusal: Error, Hashable, Sendable, Codable {
    case notSupervisor
    case contractOver(ContractStatus)
    case notAllowed(SupervisorAction)
    case callsUsed(Int)
    case tooDeep(Int)
    case fanOut(Int)
    case tasksUsed(Int)
    case budgetUsed
    case aboveBudget(USD, left: USD)
    case tokensAboveBudget(Int, left: Int)
    case nameTaken(String)
    case unknownTarget(String)
    case unknownTask(String)
    /// Nobody judges what is their own.
    case ownWork
    case notMergeable(String)
    case notDone(String, TaskStatus)
    case mergedAlready(String)
    /// Its iterations or its budget are used up, which of them is not known.
    case atLimit(String)
    /// The same, with what is used up; whether its work is done.
    case usedUp(String, OwnExhaustion, isDone: Bool)
    /// Its work came back, and it has used up what it needs to mend that.
    case cameBack(String, OwnExhaustion)
    /// A person has thrown it away.
    case discarded(String)
    case beingMerged(String)
    /// Nothing but its agent's word stands for it.
    case unproven(String)
    case nothingToWaitFor
    /// The arguments are not what the tool takes.
    case malformed(String)

    /// The stable word for it.
    package var code: String {
        switch self {
        case .notSupervisor: "not_supervisor"
        case .contractOver: "contract_over"
        case .notAllowed: "not_allowed"
        case .callsUsed: "calls_used"
        case .tooDeep: "too_deep"
        case .fanOut: "fan_out"
        case .tasksUsed: "tasks_used"
        case .budgetUsed: "budget_used"
        case .aboveBudget, .tokensAboveBudget: "above_budget"
        case .nameTaken: "name_taken"
        case .unknownTarget: "unknown_target"
        case .unknownTask: "unknown_task"
        case .ownWork: "own_work"
        case .notMergeable: "not_mergeable"
        case .notDone: "not_done"
        case .mergedAlready: "merged_already"
        case .atLimit, .usedUp, .cameBack: "at_limit"
        case .discarded: "discarded"
        case .beingMerged: "being_merged"
        case .unproven: "unproven"
        case .nothingToWaitFor: "nothing_to_wait_for"
        case .malformed: "malformed"
        }
    }

    /// For the agent, with a full stop and what it can do.
    package var sentence: String {
        switch self {
        case .notSupervisor: "Only the supervisor of a contract can do that."
        case .contractOver(let status):
            "The contract is '\(status.rawValue)': nothing is begun any more. End your turn."
        case .notAllowed(let action): "This contract does not allow its supervisor to '\(action.rawValue)'."
        case .callsUsed(let most): "The \(most) calls that this contract allows are used up. End your turn."
        case .tooDeep(let most):
            "Tasks may stand \(most) deep below the supervisor of this contract, and this one would be deeper."
        case .fanOut(let most): "One supervisor may have \(most) tasks, and you have them."
        case .tasksUsed(let most): "This contract may have \(most) tasks over its life, and has them."
        case .budgetUsed: "The contract has spent what it may: nothing is begun any more."
        case .aboveBudget(let wanted, let left):
            "\(wanted.dollars) dollars are more than the \(left.dollars) that are left of the contract's budget."
        case .tokensAboveBudget(let wanted, let left):
            "\(wanted) tokens are more than the \(left) that are left of the contract's budget."
        case .nameTaken(let name): "There is another task called '\(name)' in this contract: names are unique."
        case .unknownTarget(let name): "'\(name)' is none of the branches that this contract may merge into."
        case .unknownTask(let name): "You have no task '\(name)'. list_tasks names them."
        case .ownWork: "That is your own task: nobody accepts or steers their own work."
        case .notMergeable(let name): "'\(name)' leads tasks, and has no work of its own to merge."
        case .notDone(let name, let status): "'\(name)' is '\(status.words)': only work that is done is merged."
        case .atLimit(let name):
            "'\(name)' has used up its iterations or its budget, and cannot go on. \(Self.wayPast(isDone: false))"
        case .usedUp(let name, let what, let isDone):
            "'\(name)' has used up \(what.words), and cannot go on: it would never hear that. \(Self.wayPast(isDone: isDone))"
        case .cameBack(let name, let what):
            "The work of '\(name)' came back from the merge, and it has used up \(what.words): it cannot mend that. Spawn another "
                + "task that continues it, whose work is merged in its place, or give its work up (stop_task)."
        case .discarded(let name):
            "A person has discarded '\(name)', and its work is gone. Spawn another task for it, if it is still needed."
        case .mergedAlready(let name):
            "The work of '\(name)' is merged already. Spawn another task for what is missing."
        case .beingMerged(let name): "The work of '\(name)' is being merged this moment. Wait for it."
        case .unproven(let name):
            "No check has proven the work of '\(name)', and the contract has none. Spawn it with checks, or ask a person."
        case .nothingToWaitFor: "None of these tasks is at work: nothing would ever wake you."
        case .malformed(let what): what
        }
    }

    /// What can be done instead of sending a task on that is at its limit.
    private static func wayPast(isDone: Bool) -> String {
        // What continues a task begins when that is done, and never where it is not.
        isDone
            ? "Merge its work as it is (merge_task), or spawn another task that continues it."
            : "Only a person can raise that. Spawn another task for what is missing, not one that continues it: it is not done."
    }
}
