package import Domain

/// Where a contract stands.
package enum ContractState: Hashable, Sendable, Codable {
    case working
    /// Goes on when a person has done something about it.
    case blocked(ContractObstacle)
    /// A person stopped it.
    case stopped
    case budgetReached(BudgetExhaustion)
    case done(Proof)

    package var status: ContractStatus {
        switch self {
        case .working: .working
        case .blocked: .blocked
        case .stopped: .stopped
        case .budgetReached: .budgetReached
        case .done: .done
        }
    }

    /// Whether its tasks may begin something.
    package var isOpen: Bool {
        switch self {
        case .working, .blocked: true
        case .stopped, .budgetReached, .done: false
        }
    }
}

/// What a person has to do something about.
package enum ContractObstacle: Hashable, Sendable, Codable {
    /// The tasks that have stopped, and nothing else can go on.
    case tasksStopped([TaskID])
    case supervisorStopped(TaskID, TaskStatus)
    /// A person threw it away, and nobody else can lead.
    case supervisorDiscarded(TaskID)
    /// The queue of that target.
    case merging(target: String, MergeHalt)
    /// These checks of a phase do not pass on the target, and nobody leads who could do something.
    case phaseFails(phase: String, checks: [String])
    /// The supervisor said too often in vain that the goal is reached.
    case claimsUsed(Int)
    /// The work of a task came back from the queue too often.
    case returnsUsed(TaskID, Int)
    /// Nothing is at work, or about to be, and every daemon that was asked cannot take that task; the last one's words.
    case notTaken(TaskID, String)
    /// Nothing is at work, or about to be, and that task goes on with that daemon only, which is gone.
    case taskAway(TaskID, DaemonID)
    /// Nothing is at work, or about to be, and no daemon can carry out what is to be merged into that target.
    case mergeWaits(target: String, MergeWait)

    package var code: String {
        switch self {
        case .tasksStopped: "tasks_stopped"
        case .supervisorStopped: "supervisor_stopped"
        case .supervisorDiscarded: "supervisor_discarded"
        case .merging(_, let halt): halt.code
        case .phaseFails: "phase_fails"
        case .claimsUsed: "claims_used"
        case .returnsUsed: "returns_used"
        case .notTaken: "not_taken"
        case .taskAway: "daemon_away"
        case .mergeWaits(_, let wait): wait.code
        }
    }
}

extension ContractState {
    /// For people, with a full stop; `contract` is what it is called on a command line.
    package func explanation(of contract: Contract) -> Explanation {
        let call = contract.id.short
        switch self {
        case .working: return Explanation("It is worked on.", hint: "'makima contract show \(call)' shows its tasks.")
        case .stopped: return Explanation("A person stopped it.", hint: "'makima contract resume \(call)' goes on.")
        case .done(let proof):
            let how = proof == .verified ? "and its checks pass" : "as far as its tasks say: it has no checks"
            return Explanation("The goal is reached, \(how).", hint: "The work is in '\(contract.place.target)'.")
        case .budgetReached(let exhaustion):
            return Explanation(
                "All its tasks together have used up what the contract may spend (\(exhaustion.code)).",
                hint: contract.wayOn(past: exhaustion)
            )
        case .blocked(let obstacle): return obstacle.explanation(of: contract)
        }
    }
}

extension ContractObstacle {
    /// For people, as that of a ``ContractState``.
    package func explanation(of contract: Contract) -> Explanation {
        let call = contract.id.short
        switch self {
        case .tasksStopped(let tasks):
            let names = tasks.prefix(5).map { contract.name(of: $0) }.joined(separator: ", ")
            return Explanation(
                "Nothing can go on: \(names) stopped.",
                hint: "'makima why \(tasks.first?.short ?? "TASK")' says why; the contract goes on when it does."
            )
        case .supervisorStopped(let task, let status):
            return Explanation(
                "Its supervisor is '\(status.words)'.",
                hint: "'makima why \(task.short)' says why; the contract goes on when it does."
            )
        case .supervisorDiscarded: return Self.discarded(contract)
        case .merging(let target, let halt): return halt.explanation(of: target, call)
        case .phaseFails(let phase, let checks):
            return Explanation(
                "On '\(contract.place.target)' these checks of \(phase) do not pass: \(checks.joined(separator: ", ")).",
                hint: "Mend the branch, or add a task; then 'makima contract resume \(call)'."
            )
        case .claimsUsed(let times):
            return Explanation(
                "Its supervisor said \(times) times that the goal is reached, and it was not.",
                hint:
                    "'makima contract log \(call)' has the timeline; 'makima contract resume \(call)' lets it try again."
            )
        case .returnsUsed(let task, let times):
            return Explanation(
                "The work of \(contract.name(of: task)) came back from the merge queue too often: \(times).",
                hint:
                    "Look at 'makima diff \(task.short)'; 'makima contract resume \(call) --max-returns \(times + 1)' lets it "
                    + "try again."
            )
        case .taskAway(let task, let daemon):
            return Explanation(
                "The work of \(contract.name(of: task)) is with daemon '\(daemon)' only, which is not connected.",
                hint:
                    "Start it again, and it goes on by itself; 'makima resume \(task.short) --elsewhere' begins it anew."
            )
        case .mergeWaits(let target, let wait): return wait.explanation(into: target, of: contract)
        case .notTaken(let task, let reason):
            return Explanation(
                "No daemon can take \(contract.name(of: task)): \(reason)",
                hint:
                    "Mend that, or give it what it lacks, as by 'makima resume \(task.short) --max-iterations N'; it is tried again "
                    + "by itself. 'makima contract stop \(call)' gives it up."
            )
        }
    }

    private static func discarded(_ contract: Contract) -> Explanation {
        Explanation(
            "Its supervisor was discarded, and nobody else can lead it.",
            hint:
                "'makima contract stop \(contract.id.short)' ends it; what is merged stays in '\(contract.place.target)'."
        )
    }
}

extension MergeHalt {
    package func explanation(of target: String, _ call: String) -> Explanation {
        let again = "then 'makima contract resume \(call)'."
        switch self {
        case .targetFails(let checks):
            return Explanation(
                "'\(target)' fails without any new work: \(checks.joined(separator: ", ")).",
                hint: "Mend the branch; \(again)"
            )
        case .notEvaluated(let checks):
            return Explanation(
                "On top of '\(target)' these checks could not be evaluated: \(checks.joined(separator: ", ")).",
                hint: "See that what they need is on the daemon's machine; \(again)"
            )
        case .obstructed(let obstacle):
            let paths = obstacle.paths.prefix(5).joined(separator: ", ")
            return Explanation(
                "Nothing can be merged into '\(target)' (\(obstacle.code)\(paths.isEmpty ? "" : ": \(paths)")).",
                hint: "Clear the way; \(again)"
            )
        case .failed(let message):
            return Explanation("The merge could not be carried out: \(message)", hint: "Mend that; \(again)")
        }
    }
}

extension Contract {
    /// What a task is called for people and for supervisors.
    package func name(of task: TaskID) -> String { members[task]?.name ?? task.short }
}
