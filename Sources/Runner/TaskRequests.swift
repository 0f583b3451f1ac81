package import Domain

/// A resume, with what a person changes about the task at that time; `nil` leaves a value as it is.
package struct ResumeRequest: Hashable, Sendable {
    /// Counted over the life of the task, so it must be above what is used.
    package var maxIterations: Int?
    package var maxCost: USD?
    package var maxTokens: Int?
    package var maxDuration: Duration?
    /// Appended to the next prompt.
    package var message: String?
    /// Accepts the changes to protected paths made so far.
    package var allowProtected: Bool
    package var waits: Bool?
    /// How often what comes back of a review is given to the agent, over the life of the task.
    package var pullRequestRounds: Int?
    /// Begins at once, whatever the task or others of its account wait for.
    package var skipsWait = false
    /// The task goes on though it is done: something more is wanted of it.
    package var reopens = false
    package var sandbox: SandboxMode?
    package var permissions: PermissionMode?
    package var network: NetworkMode?
    package var resources = ResourceWishes()
    package var iterationTimeout: Duration?
    package var stallTimeout: Duration?
    package var handshakeTimeout: Duration?
    package var context: ContextMode?
    /// Who answers the agent's questions from now on.
    package var questions: QuestionWish?
    /// Further patterns of protected paths.
    package var protect: [String] = []
    /// Added to those of the task.
    package var allowHosts: [String] = []
    /// Further paths that may be read from now on, absolute.
    package var read: [String] = []
    package var agent: AgentConfiguration?
    /// ``agent`` and those that take over from it, the best first; `nil` leaves those of the task.
    package var choices: [AgentConfiguration]?
    /// Take the place of all checks that the task has; never empty.
    package var checks: [CheckDefinition]?
    /// Prepares the workspace, as long as no agent has worked in it.
    package var setupCommand: String?

    package init(
        maxIterations: Int? = nil,
        maxCost: USD? = nil,
        maxTokens: Int? = nil,
        maxDuration: Duration? = nil,
        message: String? = nil,
        allowProtected: Bool = false
    ) {
        self.maxIterations = maxIterations
        self.maxCost = maxCost
        self.maxTokens = maxTokens
        self.maxDuration = maxDuration
        self.message = message
        self.allowProtected = allowProtected
    }
}

/// Who is to answer an agent's questions.
package enum QuestionWish: Hashable, Sendable {
    case nobody
    case people(QuestionPolicy)
}

/// Everything the journal knows about a task, for `show`, `why` and the like.
package struct TaskDossier: Sendable {
    package var task: TaskRecord
    package var iterations: [IterationRecord]
    package var checkpoints: [Checkpoint]
    package var receipts: [CheckReceipt]
    package var events: [TaskEvent]
    package var talk: TaskTalk
    /// The directory with the agent's files.
    package var workspacePath: String
    /// The git directory with its checkpoints.
    package var vaultPath = ""
    /// What the task's programs were kept from by its network.
    package var networkRefusals: [NetworkRefusalCount] = []
    /// Whether the makima that ran it is gone, while its agent still works.
    package var isOrphaned = false
    /// The last checkpoint of the workspace, where that was removed: nothing can go on in it.
    package var removedUpTo: Int?
    /// The shortest name by which it can be called on the command line.
    package var callName: String
    /// The check that runs at this moment.
    package var runningCheck: RunningCheck?
    /// As in a ``TaskCall``.
    package var told: Explanation?
    /// Why a server does not begin it until somebody does something.
    package var standstill: Explanation?
    /// Whether it is what a server was told by the task's daemon, which knows more.
    package var isReported = false

    package init(
        task: TaskRecord,
        iterations: [IterationRecord],
        checkpoints: [Checkpoint],
        receipts: [CheckReceipt],
        events: [TaskEvent],
        talk: TaskTalk = TaskTalk(),
        workspacePath: String,
        callName: String
    ) {
        self.talk = talk
        self.task = task
        self.iterations = iterations
        self.checkpoints = checkpoints
        self.receipts = receipts
        self.events = events
        self.workspacePath = workspacePath
        self.callName = callName
    }
}

extension TaskDossier {
    /// How the task is called, where it stands.
    package var call: TaskCall {
        var call = task.call(callName)
        call.told = told
        return call
    }
}

/// A check that has begun and not ended.
package struct RunningCheck: Hashable, Sendable {
    package var check: CheckDefinition
    /// Which it judges.
    package var iteration: Int
    package var since: Timestamp

    package init(check: CheckDefinition, iteration: Int, since: Timestamp) {
        self.check = check
        self.iteration = iteration
        self.since = since
    }
}

/// Tasks of a machine.
package struct TaskListing: Hashable, Sendable {
    package var tasks: [TaskRecord]
    package var unreadable: [UnreadableTask]
    /// The directory with the agent's files, by task; also where that was removed.
    package var workspacePaths: [TaskID: String]
    /// Those at work whose agent waits for a person.
    package var asking: Set<TaskID> = []
    /// Those whose makima is gone, while their agent still works.
    package var orphaned: Set<TaskID> = []
    /// The last checkpoint, of those whose workspace was removed.
    package var removed: [TaskID: Int] = [:]
    /// Why what their dead owner left cannot be recorded, of those that stand as it left them.
    package var unrecovered: [TaskID: String] = [:]
    /// How many tasks are left out.
    package var older = 0
    /// Of those left out, the ones that a name could be mistaken for.
    package var others: Set<TaskID> = []

    package init(
        tasks: [TaskRecord],
        unreadable: [UnreadableTask] = [],
        workspacePaths: [TaskID: String] = [:]
    ) {
        self.workspacePaths = workspacePaths
        self.tasks = tasks
        self.unreadable = unreadable
    }
}

extension TaskListing {
    /// The shortest names by which the tasks can be called on the command line.
    package var callNames: [TaskID: String] {
        let ids = others.union(tasks.map(\.id)).sorted { $0.rawValue < $1.rawValue }
        var names: [TaskID: String] = [:]
        for (index, id) in ids.enumerated() {
            // Who shares the longest beginning stands beside it.
            let neighbours = [index - 1, index + 1].filter(ids.indices.contains).map { ids[$0].rawValue }
            names[id] = CallName.shortest(for: id.rawValue, among: neighbours)
        }
        return names
    }
}

/// A task whose row in the journal is damaged.
package struct UnreadableTask: Hashable, Sendable {
    /// As stored; need not be a valid id.
    package var id: String
    /// What is wrong with its row.
    package var message: String
    /// Where its files are.
    package var directory: String

    package init(id: String, message: String, directory: String) {
        self.id = id
        self.message = message
        self.directory = directory
    }
}

/// What a person sees of a diff.
package enum DiffRange: Hashable, Sendable {
    /// Everything since the base.
    case total
    /// What one iteration changed.
    case iteration(Int)
}

/// What a task changed.
package struct TaskDiff: Hashable, Sendable {
    /// As git prints it, without colour.
    package var text: [UInt8]
    /// The checkpoint that it goes up to.
    package var upTo: Int
    /// Later ones that it should have in it, and that are not in the repository.
    package var missing: [Int]

    package init(_ text: [UInt8], upTo: Int, missing: [Int] = []) {
        self.text = text
        self.upTo = upTo
        self.missing = missing
    }
}

/// What became of the work of a task that was discarded.
package struct DiscardedWork: Hashable, Sendable {
    /// The last checkpoint, which is in the repository; `nil` where there was no workspace.
    package var last: Int?
    /// The checkpoints that are gone, because they exceed the task's limit on the disk.
    package var letGo: [Int] = []
    /// Whether commits of the agent's own are gone for the same reason.
    package var losesAgentCommits = false

    package init(last: Int? = nil) {
        self.last = last
    }
}

/// What came of a restore.
package struct RestoredFiles: Hashable, Sendable {
    /// What was there before.
    package var kept: Checkpoint
    /// What is there now.
    package var made: Checkpoint
    /// Whether the files were gone, and were made anew first.
    package var isRemade: Bool
    /// Why ignored files could not be copied from the user's checkout then.
    package var copyProblem: String?

    package init(kept: Checkpoint, made: Checkpoint, isRemade: Bool = false, copyProblem: String? = nil) {
        self.kept = kept
        self.made = made
        self.isRemade = isRemade
        self.copyProblem = copyProblem
    }
}

/// The commands' way to tasks: everything `makima` can do with them, without a word about how it is shown.
///
/// Implemented in-process by ``LocalTaskService``; a running daemon will be another implementation.
package protocol TaskService: Sendable {
    /// Makes the task known to the journal. Nothing is started.
    func create(_ spec: TaskSpec) async throws -> TaskRecord
    /// Runs a task to its stop and returns its record; throws only where nothing could be begun.
    func run(_ id: TaskID, observer: any RunObserver, stops: StopRequests) async throws -> TaskRecord
    /// Checks a resume against the task's state and limits, records it, and runs on.
    func resume(_ id: TaskID, _ request: ResumeRequest, observer: any RunObserver, stops: StopRequests) async throws
        -> TaskRecord
    /// Finds the one task whose id or name begins with `name`.
    func find(_ name: String) async throws -> TaskRecord
    /// As ``find(_:)``; where the task's owner died, that is recorded, and the rest is left to ``resume(_:_:observer:stops:)``.
    func findToResume(_ name: String) async throws -> TaskRecord
    /// The `latest` tasks and all at work, or all there are; those that cannot be read are named, not fatal.
    ///
    /// Where an owner died, that is recorded, and no more.
    func list(latest: Int?) async throws -> TaskListing
    /// All tasks as the journal has them: quick, and nobody looks after those whose owner died.
    func glance() async throws -> TaskListing
    func dossier(_ id: TaskID) async throws -> TaskDossier
    /// The unified diff, up to the last checkpoint that is in the repository.
    func diff(_ id: TaskID, _ range: DiffRange) async throws -> TaskDiff
    /// Takes a checkpoint, then makes the files those of checkpoint `number`; where they were gone, makes them anew first.
    func restore(_ id: TaskID, to number: Int) async throws -> RestoredFiles
    /// Rebases the work onto `branch` (default: the task's target), checks it there and fast-forwards the branch.
    ///
    /// A wish to stop ends the checks and leaves the branch as it is.
    func merge(_ id: TaskID, into branch: String?, observer: any RunObserver, stops: StopRequests) async throws
        -> MergeResult
    /// Queues what a person says to the task's agent, and lets the agent have it at once where it can.
    func say(_ text: String, to id: TaskID) async throws -> SentMessage
    /// Answers the open question of the task with this number, or else the oldest; throws where there is none, and where a
    /// permission is asked for and not named.
    func answer(_ text: String, to id: TaskID, question number: Int?) async throws -> TaskQuestion
    /// Lets a task go on at once that waits in another process.
    ///
    /// Returns false where none waits.
    func endWait(of id: TaskID) async throws -> Bool
    /// Asks the process that runs the task to stop it, where it has not heard that wish before.
    func stop(_ id: TaskID, force: Bool) async throws -> StopAnswer
    /// The same, gently, of somebody who means to go on.
    func pause(_ id: TaskID) async throws -> StopAnswer
    /// Removes the workspace; without `force` only where no agent works in it and everything is reachable elsewhere.
    ///
    @discardableResult
    func discard(_ id: TaskID, force: Bool) async throws -> DiscardedWork
    /// Removes what nobody needs any more, or says what would be removed; `observe` is told of each thing when its fate is
    /// known.
    func collectGarbage(_ request: GarbageRequest, observe: @Sendable (GarbageEntry) -> Void) async throws
    /// Runs a program on this process's own terminal and returns how it ended; a task's lock is held meanwhile.
    func runInSandbox(_ request: SandboxRequest) async throws -> SandboxResult
    /// The files that hold the agent's output, oldest first.
    func outputFiles(_ id: TaskID) async throws -> [OutputFile]
}

extension TaskService {
    /// All tasks there are.
    package func list() async throws -> TaskListing { try await list(latest: nil) }
}

/// What people and the agent of a task have said to each other.
package struct TaskTalk: Hashable, Sendable {
    package var messages: [TaskMessage] = []
    package var questions: [TaskQuestion] = []
    /// The numbers of messages that the task's daemon has, which alone knows whether its agent has heard them.
    package var handedOver: Set<Int> = []

    package init(messages: [TaskMessage] = [], questions: [TaskQuestion] = []) {
        self.messages = messages
        self.questions = questions
    }
}

/// A message that was queued.
package struct SentMessage: Hashable, Sendable {
    package var message: TaskMessage
    /// Whether the task's agent hears messages while it works.
    package var agentListens: Bool

    package init(message: TaskMessage, agentListens: Bool) {
        self.message = message
        self.agentListens = agentListens
    }
}

/// How a merge ended.
package enum MergeResult: Hashable, Sendable {
    /// `ownBranch` is the task's branch where it was unchanged and has followed to the merged commit.
    case merged(branch: String, commit: CommitID, ownBranch: String? = nil)
    case upToDate(branch: String)
    case conflict(branch: String, paths: [String])
    case checksFailed([CheckReceipt])
    /// The user's checkout of the branch has changes that would be overwritten.
    case checkoutDirty(branch: String, paths: [String])
    /// A person stopped it before the branch was moved.
    case interrupted(branch: String)
}

/// One file of agent output.
package struct OutputFile: Hashable, Sendable {
    package var iteration: Int
    package var attempt: Int
    package var path: String
    /// Where what it wrote to standard error is.
    package var errorPath: String?
    package var agent: AgentKind

    package init(iteration: Int, attempt: Int, path: String, errorPath: String? = nil, agent: AgentKind) {
        self.errorPath = errorPath
        self.iteration = iteration
        self.attempt = attempt
        self.path = path
        self.agent = agent
    }
}
