import Domain
import Runner

/// Where a run stands at this moment: what the status block shows.
struct RunProgress {
    private(set) var task: TaskRecord
    private(set) var sandbox: SandboxState?
    private(set) var iteration: (number: Int, limit: Int, began: Duration)?
    private(set) var activity = Activity(title: "starting", began: .zero)
    private(set) var lastChange: ChangeSize?
    /// The latest verdict of each check, in the order of the task's definitions.
    private(set) var verdicts: [String: CheckVerdict] = [:]
    private(set) var isStopping = false
    private(set) var isFinished = false
    /// Spent by the agent process that runs now; not yet in the task's own usage.
    private var processUsage = Usage()
    private var openCalls: [(id: String, activity: Activity)] = []

    /// What is being done, since when.
    struct Activity: Hashable {
        var title: String
        var began: Duration
    }

    init(task: TaskRecord) {
        self.task = task
    }

    /// Everything spent over the life of the task.
    var usage: Usage { task.usage + processUsage }

    /// The tool call that was opened last, or else what the agent or makima is doing.
    var currentActivity: Activity { openCalls.last?.activity ?? activity }

    mutating func apply(_ event: RunEvent, elapsed: Duration) {
        switch event {
        case .began(let task, let sandbox):
            self.task = task
            self.sandbox = sandbox
        case .preparing(let preparation): begin(preparation.words, elapsed)
        case .iterationBegan(let number, let limit, _):
            iteration = (number, limit, elapsed)
            openCalls = []
            begin("the agent is starting", elapsed)
        case .agent(let event): apply(event, elapsed: elapsed)
        case .checkpointTaken(let checkpoint): lastChange = checkpoint.change
        case .checkBegan(let check, _): begin("checking: \(check.title)", elapsed)
        case .checkEnded(let receipt):
            verdicts[receipt.check.name] = receipt.verdict
            begin("judging", elapsed)
        case .iterationEnded(_, let task):
            self.task = task
            processUsage = Usage()
            openCalls = []
            begin("between iterations", elapsed)
        case .waiting(let wait): begin(wait.activity, elapsed)
        case .asked(let request, _, _): begin("the agent waits for a permission: \(request.words)", elapsed)
        case .notice: break
        case .stopping: isStopping = true
        case .finished(let task):
            self.task = task
            processUsage = Usage()
            isFinished = true
        }
    }

    private mutating func apply(_ event: AgentEvent, elapsed: Duration) {
        switch event {
        case .session: begin("the agent is thinking", elapsed)
        case .text, .result: begin("the agent is thinking", elapsed)
        case .toolCallBegan(let id, let name, let summary):
            let title = [name, summary.firstLine(upTo: 160)].filter { !$0.isEmpty }.joined(separator: " ")
            openCalls.append((id, Activity(title: title, began: elapsed)))
        case .toolCallEnded(let id, _):
            openCalls.removeAll { $0.id == id }
            begin("the agent is thinking", elapsed)
        case .usage(let usage): processUsage = usage
        case .retrying(_, _, let cause): begin("the agent retries: \(cause.words)", elapsed)
        case .rateLimit, .permissionDenied, .permissionAsked, .permissionWithdrawn, .messageTaken,
            .errorOutput, .oversizedLine:
            break
        }
    }

    private mutating func begin(_ title: String, _ elapsed: Duration) {
        activity = Activity(title: title, began: elapsed)
    }
}
