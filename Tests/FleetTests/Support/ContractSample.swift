import Domain
import Fleet
import Testing

extension MergeReport {
    /// The work of all of these tasks is in conflict.
    static func conflicts(_ tasks: some Sequence<TaskID>) -> MergeReport {
        let outcomes = tasks.map { MergeEntryReport($0, .conflict(paths: ["a"])) }
        return MergeReport(.unchanged, before: Sample.commit, after: Sample.commit, entries: outcomes)
    }
}

extension Sample {
    static let commit: CommitID = {
        guard let commit = CommitID(rawValue: String(repeating: "a", count: 40)) else {
            preconditionFailure("no commit")
        }
        return commit
    }()

    static func receipt(_ verdict: CheckVerdict, name: String = "test") -> CheckReceipt {
        guard let tree = TreeID(rawValue: String(repeating: "b", count: 40)) else { preconditionFailure("no tree") }
        return CheckReceipt(
            check: CheckDefinition(name: name, command: "make \(name)"),
            verdict: verdict,
            iteration: 0,
            duration: .seconds(1),
            tree: tree,
            base: commit,
            outputTail: "says ``` what it likes",
            logPath: "log"
        )
    }

    static let contractID: ContractID = {
        guard let id = ContractID(rawValue: id(1000).rawValue) else { preconditionFailure("no id") }
        return id
    }()
}

/// A contract and its tasks, as a server would have them.
struct ContractStage {
    var contract: Contract
    var tasks: [TaskID: FleetTask] = [:]
    var now = Sample.then
    /// Without the beginnings and ends of tasks.
    var notes: [ContractNote] = []
    /// Those alone.
    var moves: [ContractNote] = []
    var away: [TaskID: ContractRules.AwayHome] = [:]
    var limits: [TaskID: OwnLimits] = [:]
    var words: [TaskID: ContractRules.Words] = [:]
    static let leader = Sample.id(1)

    /// With a supervisor, unless it `isGraph`.
    init(isGraph: Bool = false, checks: [String] = ["test"]) {
        let place = ContractPlace(path: "/repository", targets: ["main", "next"])
        contract = Contract(Sample.contractID, name: "goal", goal: "reach it", place: place, at: Sample.then)
        contract.checks = checks.map { CheckDefinition(name: $0, command: "make \($0)") }
        guard !isGraph else { return }
        contract.supervisor = Self.leader
        contract.members[Self.leader] = ContractMember("lead", role: .supervisor, target: "main")
        tasks[Self.leader] = Sample.task(1)
        set(Self.leader, .running)
    }

    var view: ContractRules.View {
        var view = ContractRules.View(Array(tasks.values), now: now)
        view.away = away
        view.limits = limits
        view.words = words
        return view
    }

    mutating func advance(_ merges: [String: ContractRules.MergeAnswer] = [:]) {
        var view = view
        view.merges = merges
        let (next, notes) = ContractRules.advance(contract, view)
        contract = next
        self.notes += notes.filter { !$0.isMove }
        moves += notes.filter(\.isMove)
    }

    /// Carries out what is due, as a server would, and says what that was.
    @discardableResult
    mutating func carryOutOrders() -> [ContractOrder] {
        let due = contract.due
        contract.due = []
        for order in due {
            switch order.kind {
            case .wake, .resume: requeue(order.task)
            case .stop: set(order.task, .interrupted, .interrupted(.person))
            case .noteMerged: tasks[order.task]?.isMerged = true
            case .complete(let proof): set(order.task, .done, .completed(proof))
            case .release: tasks[order.task]?.demands.daemon = nil
            }
        }
        return due
    }

    private mutating func requeue(_ task: TaskID) {
        guard tasks[task]?.assignment == nil else { return }
        set(task, .pending)
    }

    /// Lets a task stand there; at work it is with a daemon, in a new attempt where it was with none.
    mutating func set(_ task: TaskID, _ status: TaskStatus, _ reason: Reason? = nil) {
        guard var found = tasks[task] else { return }
        let isAtWork = status.isActive && status != .waiting
        if isAtWork, found.assignment == nil {
            found.attempt += 1
            found.assignment = Assignment(daemon: Sample.daemon(), session: 1, since: now)
        }
        if !isAtWork { found.assignment = nil }
        (found.status, found.reason) = (status, reason)
        tasks[task] = found
    }

    mutating func add(_ number: Int, _ name: String, merging: MergePolicy = .whenAsked) -> TaskID {
        let id = Sample.id(number)
        var member = ContractMember(
            name,
            parent: contract.supervisor,
            depth: contract.supervisor == nil ? 0 : 1,
            target: "main"
        )
        member.merging = merging
        contract.members[id] = member
        tasks[id] = Sample.task(number)
        return id
    }

    mutating func park(_ task: TaskID = leader, _ cause: WaitCause = .dependency, _ wish: WaitWish? = WaitWish()) {
        contract.members[task]?.wait = wish
        set(task, .waiting, .waiting(cause, until: nil))
    }

    func decide(_ call: SupervisorCall, by caller: TaskID = leader, as number: Int = 50) -> Result<
        (Contract, CallRules.Effect), CallRefusal
    > {
        do throws(CallRefusal) {
            let request = CallRules.Request(call, by: caller, newTask: Sample.id(number))
            let (contract, effect, _) = try CallRules.decide(request, contract, view)
            return .success((contract, effect))
        } catch { return .failure(error) }
    }

    @discardableResult
    mutating func call(_ call: SupervisorCall, by caller: TaskID = leader, as number: Int = 50) -> CallRefusal? {
        switch decide(call, by: caller, as: number) {
        case .success((let contract, _)):
            self.contract = contract
            return nil
        case .failure(let refusal): return refusal
        }
    }

    /// What the daemon says of the batch at work, where all of it fits.
    mutating func answer(_ verdict: MergeVerdict = .merged, target: String = "main") {
        guard let batch = contract.queues[target]?.batch else { return }
        let isRed = verdict == .checksFailed(targetFails: false) || verdict == .checksFailed(targetFails: true)
        let report = MergeReport(
            verdict,
            before: Sample.commit,
            after: Sample.commit,
            entries: batch.entries.map { MergeEntryReport($0.task, .fits(Sample.commit)) },
            receipts: [Sample.receipt(isRed ? .failed(exitCode: 1) : .passed)]
        )
        advance([target: .report(report, batch: batch.number)])
    }
}

extension ContractNote {
    fileprivate var isMove: Bool {
        switch self {
        case .taskBegan, .taskEnded, .taskLost: true
        default: false
        }
    }
}
