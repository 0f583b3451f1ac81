import Domain
import LoopCore

/// Where the loop of a run begins: anew, or with what an earlier run left undone.
///
/// Pure.
struct LoopStart: Sendable {
    /// The first thing the run does.
    enum Opening: Hashable, Sendable {
        case iteration
        /// Waits, and then begins the iteration.
        case wait(AccountHold)
        /// Runs the checks that are owed to this iteration.
        case verdict(number: Int)
        /// Goes on with an iteration that a former makima began.
        case adoption
        /// The work is proven; only the completion action is left.
        case completion(Proof)
    }

    let task: TaskRecord
    let machine: LoopMachine
    let opening: Opening

    /// `tree` is that of the files as they are, `base` the one they began as.
    init(task: TaskRecord, plan: RunPlan, tree: TreeID, base: TreeID) {
        let rules = LoopRules(task.spec)
        var task = task
        let kept = LoopState.decode(task.loopMemory)
        var memory =
            (kept?.memory
            ?? LoopMemory(
                iterationsUsed: task.iterations,
                usage: task.usage,
                activeTime: task.activeTime
            ))
            .restored(for: plan.resumption == .interrupted(.ownerDied) ? .crash : .person)
        memory.noteStart(tree: tree, headTree: nil)
        let business = plan.unfinishedBusiness(of: task)
        if business == nil, case .verdict(let report)? = kept?.unfinishedBusiness {
            memory.noteUnjudged(report)
            task.iterations = memory.iterationsUsed
        }
        if plan.request.allowProtected { task.acceptedTree = tree }
        self.task = task
        switch business {
        case .completion where plan.hasUnheard && LoopMachine(rules: rules, memory: memory).mayBegin:
            // What was said since is heard before the work is handed over.
            machine = LoopMachine(rules: rules, memory: memory)
            opening = plan.hold.map(Opening.wait) ?? .iteration
        case .completion(let proof):
            machine = LoopMachine(rules: rules, memory: memory)
            opening = .completion(proof)
        case .verdict(let report):
            machine = LoopMachine(rules: rules, memory: memory, owedVerdictOn: report)
            opening = .verdict(number: report.number)
        case .otherVerdict:
            var report = IterationReport(number: task.iterations, end: .ok, tree: tree)
            report.differsFromBase = tree != base
            machine = LoopMachine(rules: rules, memory: memory, owedVerdictOn: report)
            opening = .verdict(number: report.number)
        case .protectedPaths where plan.request.allowProtected && rules.checks.isEmpty:
            machine = LoopMachine(rules: rules, memory: memory)
            opening = .completion(.unverified)
        case .protectedPaths where plan.request.allowProtected:
            let report = IterationReport(number: task.iterations, end: .ok, tree: tree)
            machine = LoopMachine(rules: rules, memory: memory, owedVerdictOn: report)
            opening = .verdict(number: report.number)
        case .protectedPaths, nil:
            machine = LoopMachine(rules: rules, memory: memory)
            opening = plan.hold.map(Opening.wait) ?? .iteration
        }
    }
}
