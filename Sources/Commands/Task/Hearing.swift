import Domain
import LoopCore
import Runner

/// When the agent of a task hears what is said to it now, if not at once.
enum Hearing: Hashable {
    /// In its next prompt, which comes by itself.
    case nextPrompt
    /// It is at work, and no prompt follows that.
    case lastWork(Obstacle)
    /// Nothing goes on with the task until a person says so.
    case atRest

    /// Why nothing follows.
    enum Obstacle: Hashable {
        case iterations
        case budget(BudgetExhaustion)
    }

    init(_ dossier: TaskDossier) {
        let task = dossier.task
        guard task.status.isActive else {
            self = .atRest
            return
        }
        let budget = BudgetCheck.exhausted(
            usage: task.usage,
            activeTime: task.activeTime,
            budgets: task.spec.budgets
        )
        if dossier.begunIterations >= task.spec.limits.maxIterations {
            self = .lastWork(.iterations)
        } else if let budget {
            self = .lastWork(.budget(budget))
        } else {
            self = .nextPrompt
        }
    }

    /// The word for programs; `listens` where the agent hears while it works.
    func word(listens: Bool) -> String {
        switch self {
        case .nextPrompt: listens ? "present_step" : "next_prompt"
        case .lastWork: listens ? "present_step" : "resume"
        case .atRest: "resume"
        }
    }

    /// The same as a clause.
    func words(listens: Bool) -> String {
        switch self {
        case .nextPrompt where listens: "the agent hears it after its present step, or reads it in its next prompt"
        case .nextPrompt: "the agent reads it in its next prompt"
        case .lastWork(let obstacle) where listens:
            "the agent hears it after its present step, if it has one left; \(obstacle.words), so that no prompt follows"
        case .lastWork(let obstacle):
            "\(obstacle.words), so that the agent reads it only when the task goes on after that"
        case .atRest: "the agent reads it when the task is resumed"
        }
    }

    /// What lets the agent hear it where nothing does by itself.
    func hint(_ dossier: TaskDossier) -> String? {
        switch self {
        case .nextPrompt: return nil
        case .lastWork(let obstacle):
            let way = "When it has stopped: \(obstacle.wayOn(dossier))"
            return "\(way) Work that is done by then ends without it."
        case .atRest: return dossier.wayOn
        }
    }
}

extension Hearing.Obstacle {
    fileprivate var words: String {
        switch self {
        case .iterations: "this is the last iteration that the task may use"
        case .budget: "its budget is used up"
        }
    }

    fileprivate func wayOn(_ dossier: TaskDossier) -> String {
        switch self {
        case .iterations:
            let limits = dossier.task.spec.limits
            return TaskCall(
                dossier.callName,
                used: limits.maxIterations,
                limit: limits.maxIterations,
                ceiling: limits.ceiling
            )
            .wayOn
        case .budget(let exhaustion):
            return Reason.budget(exhaustion).explanation(task: dossier.call).hint ?? dossier.call.wayOn
        }
    }
}

extension TaskDossier {
    /// What lets a task go on that has stopped, with what its limits call for.
    fileprivate var wayOn: String {
        switch task.reason {
        case .budget?, .iterationLimit?: task.reason?.explanation(task: call).hint ?? call.wayOn
        default: told?.hint ?? call.wayOn
        }
    }

    /// The iterations that are used, or will be when what is under way has ended.
    fileprivate var begunIterations: Int {
        guard let last = iterations.last, last.outcome == nil || task.status == .running else {
            // A server knows only of those that have ended.
            return task.iterations + (isReported && task.status == .running ? 1 : 0)
        }
        return isReported && task.status == .running
            ? max(task.iterations + 1, last.number) : max(task.iterations, last.number)
    }
}
