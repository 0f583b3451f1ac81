package import Domain

/// A goal that several tasks work on together, with what they may spend and what decides whether it is reached.
package struct Contract: Hashable, Sendable, Codable {
    package let id: ContractID
    package var name: String
    /// What is to be reached, for the supervisor and for people.
    package var goal: String
    package var place: ContractPlace
    /// What must be reached one after the other; empty is the goal alone.
    package var phases: [ContractPhase]
    /// The index of the one that is worked on; their count when all are over.
    package var phase: Int
    /// What every tree must pass that becomes the tip of a target.
    package var checks: [CheckDefinition]
    package var limits: ContractLimits
    package var orphans: OrphanPolicy
    /// The task whose agent leads the others; `nil` where makima does, by the order of their dependencies.
    package var supervisor: TaskID?
    package var members: [TaskID: ContractMember]
    /// One for each target.
    package var queues: [String: MergeQueue]
    package var state: ContractState
    /// What is to be done that does not lie in this value, until it is done.
    package var due: [ContractOrder]
    /// What tasks were to be told when it ended: that is due when it goes on; `nil` is nothing.
    package var held: [ContractOrder]?
    /// How many orders there were, for their names.
    package var orders: Int
    /// Calls of supervisors that had an effect.
    package var calls: Int
    /// Which phase was last found to pass, by the index.
    package var verification: ContractVerification?
    /// The last claim of its supervisor whose checks did not pass.
    package var refusedClaim: RefusedClaim?
    /// The tasks that were ended with the contract, and go on with it.
    package var halted: Set<TaskID>
    /// Counted by the store.
    package var revision: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(_ id: ContractID, name: String, goal: String, place: ContractPlace, at time: Timestamp) {
        self.id = id
        self.name = name
        self.goal = goal
        self.place = place
        phases = []
        phase = 0
        checks = []
        limits = ContractLimits()
        orphans = .finish
        members = [:]
        queues = [:]
        state = .working
        due = []
        orders = 0
        calls = 0
        halted = []
        revision = 0
        createdAt = time
        updatedAt = time
    }

    /// What is checked when the phase that is worked on is said to be reached.
    package var phaseChecks: [CheckDefinition] {
        guard phases.indices.contains(phase) else { return checks }
        let own = phases[phase].checks
        return checks + own.filter { check in !checks.contains { $0.name == check.name } }
    }

    package func children(of task: TaskID) -> [TaskID] {
        members.filter { $0.value.parent == task }.map(\.key).sorted { $0.rawValue < $1.rawValue }
    }

    /// The tasks below one, at any depth.
    package func descendants(of task: TaskID) -> Set<TaskID> {
        var (found, open) = (Set<TaskID>(), [task])
        while let next = open.popLast() {
            for child in children(of: next) where found.insert(child).inserted { open.append(child) }
        }
        return found
    }

    /// Keeps what counts of a task that is about to be forgotten.
    package mutating func keep(_ task: FleetTask) {
        guard var member = members[task.id] else { return }
        member.kept = KeptTask(task)
        if task.isMerged, !member.isMerged { member.merge = .merged(nil) }
        member.ended = member.begun
        members[task.id] = member
    }

    /// Adds an order; its name is the same however often it is carried out.
    package mutating func order(_ task: TaskID, _ kind: ContractOrder.Kind) {
        orders += 1
        due.append(ContractOrder(number: orders, task: task, kind: kind))
    }

    /// Ends a task with the contract: it goes on when the contract does.
    package mutating func halt(_ task: TaskID) {
        halted.insert(task)
        order(task, .stop)
    }
}

/// The repository of a contract and its branches.
package struct ContractPlace: Hashable, Sendable, Codable {
    /// An address that daemons can clone; `nil` where there is a path.
    package var url: String?
    /// On the machine of the daemons that have it.
    package var path: String?
    /// The branches that the work goes into, without `refs/heads/`; the first is meant where none is named.
    package var targets: [String]

    package init(url: String? = nil, path: String? = nil, targets: [String]) {
        self.url = url
        self.path = path
        self.targets = targets
    }

    package var target: String { targets.first ?? "" }
    /// By which daemons are found that have it.
    package var address: String { url ?? path ?? "" }
}

/// A step towards the goal.
package struct ContractPhase: Hashable, Sendable, Codable {
    package var name: String
    /// What must pass, besides the contract's own, for it to be over.
    package var checks: [CheckDefinition]

    package init(_ name: String, checks: [CheckDefinition] = []) {
        self.name = name
        self.checks = checks
    }
}

/// What makima holds a contract to, whatever its supervisor says.
package struct ContractLimits: Hashable, Sendable, Codable {
    /// What all tasks together may cost, the supervisor among them; `nil` is no such budget.
    package var maxCost: USD?
    /// What they may use of tokens; `nil` as above.
    package var maxTokens: Int?
    /// How long their agents and checks may run, all together; `nil` as above.
    package var maxDuration: Duration?
    /// Over the life of the contract, without the first supervisor.
    package var maxTasks: Int
    /// So many tasks are with daemons at once, supervisors not counted.
    package var maxAtOnce: Int
    /// How deep tasks may stand below the supervisor; 1: its tasks spawn none.
    package var maxDepth: Int
    /// How many tasks one supervisor may spawn.
    package var maxFanOut: Int
    /// How often the work of one task may come back from the queue.
    package var maxReturns: Int
    /// How much work is merged and checked together at most.
    package var maxBatch: Int
    /// How often a supervisor may say in vain that the goal is reached.
    package var maxClaims: Int
    /// Calls of supervisors that have an effect, over the life of the contract.
    package var maxCalls: Int
    /// What supervisors may do at all.
    package var actions: Set<SupervisorAction>

    package init() {
        maxTasks = 50
        maxAtOnce = 4
        maxDepth = 1
        maxFanOut = 20
        maxReturns = 3
        maxBatch = 8
        maxClaims = 5
        maxCalls = 1000
        actions = Set(SupervisorAction.allCases)
    }

    var budgets: Budgets { Budgets(maxCost: maxCost, maxTokens: maxTokens, maxDuration: maxDuration) }
}

/// A task of a contract.
package struct ContractMember: Hashable, Sendable, Codable {
    package enum Role: String, Hashable, Sendable, Codable {
        case task
        case supervisor
    }

    /// Unique within the contract.
    package var name: String
    package var role: Role
    /// Who spawned it; `nil` for who stands at the top.
    package var parent: TaskID?
    package var depth: Int
    package var target: String
    /// Git glob patterns of the only paths that its work may change; empty is all.
    package var touches: [String]
    package var merging: MergePolicy
    /// The request that makes the task, until it is made.
    package var request: String?
    /// A digest of what was asked for, so that the same asked for again makes no second one.
    package var fingerprint: String?
    package var merge: MergeStage
    /// How often its work came back.
    package var returns: Int
    /// Why it came back last, in words for its agent, which has not been told; `nil` where it has.
    package var untold: String?
    /// Why it came back last; `nil` where it never has.
    package var lastReturn: ReturnedWork?
    /// Why it cannot mend its work, which came back, as its leader was told; `nil` where nobody was.
    package var handedUp: ReturnHold?
    /// What it waits for, of a supervisor that is parked.
    package var wait: WaitWish?
    /// How often it said in vain that the goal is reached.
    package var claims: Int
    /// When that was last refused.
    package var refusedAt: Timestamp?
    /// Up to where its history was looked at for words that should wake it; `nil` where it never was.
    package var heard: Int?
    /// How many of its attempts in a row were lost with their daemon, when that was last looked at.
    package var losses: Int
    /// The last attempt whose beginning the timeline tells, 0 before the first; `nil` in a contract that an earlier version made.
    package var begun: Int?
    /// The same of the ends.
    package var ended: Int?
    /// What is known of it since the server forgot it; `nil` while it is there.
    package var kept: KeptTask?
    /// The last calls of its agent that changed something: who asks again gets the same answer, and no more happens.
    package private(set) var answered: [AnsweredCall]

    /// So many are remembered.
    private static let mostAnswered = 16

    package mutating func note(_ call: AnsweredCall) {
        answered = answered.suffix(Self.mostAnswered - 1) + [call]
    }

    package init(_ name: String, role: Role = .task, parent: TaskID? = nil, depth: Int = 0, target: String) {
        self.name = name
        self.role = role
        self.parent = parent
        self.depth = depth
        self.target = target
        touches = []
        merging = role == .supervisor ? .never : .whenAsked
        merge = .none
        returns = 0
        claims = 0
        losses = 0
        (begun, ended) = (0, 0)
        answered = []
    }
}

extension ContractMember {
    /// Whether its work goes into the queue as soon as it is done: also where it was there before, and came back.
    var isMergedByItself: Bool {
        if case .returned = merge { return true }
        return merging == .whenDone
    }
}

/// What a contract keeps of a task that is not there any more.
package struct KeptTask: Hashable, Sendable, Codable {
    package var status: TaskStatus
    package var iterations: Int
    package var usage: Usage
    package var activeTime: Duration?

    package init(_ task: FleetTask) {
        status = task.status
        iterations = task.iterations
        usage = task.usage
        activeTime = task.activeTime
    }
}

/// A call of a supervisor's agent that was carried out, and what it was answered.
package struct AnsweredCall: Hashable, Sendable, Codable {
    /// As who asks names it.
    package var call: String
    package var text: String
    /// Its agent is to end its turn.
    package var parks: Bool

    package init(_ call: String, text: String, parks: Bool) {
        self.call = call
        self.text = text
        self.parks = parks
    }
}

/// When the work of a task goes into the queue.
package enum MergePolicy: String, Hashable, Sendable, Codable, CaseIterable {
    case whenDone = "when_done"
    /// By its supervisor.
    case whenAsked = "when_asked"
    case never
}

/// Where the work of a task stands.
package enum MergeStage: Hashable, Sendable, Codable {
    case none
    case queued
    case merged(CommitID?)
    /// It came back in that attempt of its task.
    case returned(attempt: Int)
}

/// What a supervisor waits for.
package struct WaitWish: Hashable, Sendable, Codable {
    /// Of these; all that it has spawned where empty.
    package var tasks: Set<TaskID>
    /// Until the first of them has stopped, instead of all.
    package var any: Bool
    /// It goes on then at the latest.
    package var until: Timestamp?

    package init(_ tasks: Set<TaskID> = [], any: Bool = false, until: Timestamp? = nil) {
        self.tasks = tasks
        self.any = any
        self.until = until
    }
}

/// That a phase is being checked, or was.
package struct ContractVerification: Hashable, Sendable, Codable {
    package var phase: Int
    /// The targets that have not answered.
    package var open: Set<String>
    package var failed: [CheckReceipt]
    /// Whether anything was run.
    package var hasReceipts: Bool

    package init(phase: Int, open: Set<String>) {
        self.phase = phase
        self.open = open
        failed = []
        hasReceipts = false
    }
}

/// Something that a contract wants done outside of itself.
package struct ContractOrder: Hashable, Sendable, Codable {
    package enum Kind: Hashable, Sendable, Codable {
        /// The agent of the task is told, and a task that does not run goes on, also one that is done.
        case wake(String)
        case stop
        /// It goes on as it was stopped with the contract.
        case resume
        /// Its work is in the target branch.
        case noteMerged
        /// The goal is reached: the supervisor is done.
        case complete(Proof)
        /// Its daemon is gone: any other may have it.
        case release
    }

    /// From 1 within the contract.
    package var number: Int
    package var task: TaskID
    package var kind: Kind

    package init(number: Int, task: TaskID, kind: Kind) {
        self.number = number
        self.task = task
        self.kind = kind
    }

    /// Whether its task is told something by it.
    package var wakes: Bool {
        if case .wake = kind { true } else { false }
    }

    /// Whether its task goes on with it.
    package var begins: Bool {
        switch kind {
        case .wake, .resume: true
        case .stop, .noteMerged, .complete, .release: false
        }
    }
}
