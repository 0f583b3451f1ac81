import ArgumentParser
import Domain
import Runner

/// `makima resume`: goes on with a task that stopped.
struct ResumeTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on with a task that stopped, and follow it",
        discussion: """
            The count of iterations goes on, so a task that used all it was allowed needs a higher '--max-iterations'. \
            Where the agent was ready, other checks judge its work first, without a new iteration. Exit codes are those \
            of 'makima run'.
            """
    )

    @OptionGroup var task: TaskArgument
    @OptionGroup(title: "Agent") var agent: AgentOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "Time-outs") var timeouts: TimeoutOptions
    @OptionGroup(title: "Output") var format: FormatOptions
    @OptionGroup(title: "Output") var quiet: QuietOptions

    @Option(
        help: ArgumentHelp(
            "Tell the agent this in its next prompt; '-' reads it from standard input",
            valueName: "text"
        )
    )
    var message: String?

    @Option(
        help: ArgumentHelp(
            "A command that must succeed from now on; repeatable, replaces all checks of the task",
            valueName: "command"
        )
    )
    var check: [String] = []

    @OptionGroup var protected: ProtectOptions
    @OptionGroup var review: ReviewOptions
    @OptionGroup var preparation: SetupOptions
    @OptionGroup var conversation: ContextOptions

    @Flag(help: "Let any daemon of the server go on, from the last work that the server has of the task")
    var elsewhere = false

    @Flag(help: "Start the agent at once, also where the task waits for a time or for another task's try")
    var now = false

    @Flag(help: "Accept the changes to protected paths made so far")
    var allowProtected = false

    @Option(help: ArgumentHelp("How strictly the agent is confined from now on", valueName: "mode"))
    var sandbox: SandboxMode?

    @OptionGroup var resources: ResourceOptions
    @OptionGroup(title: "Questions") var questions: QuestionOptions
    @OptionGroup(title: "Questions") var permissions: PermissionOptions
    @OptionGroup var network: NetworkOptions

    @Option(
        help: ArgumentHelp(
            "A further path that agent and checks may read from now on; repeatable",
            valueName: "path"
        ),
        completion: .directory
    )
    var allowRead: [String] = []

    func validate() throws { try CheckArguments.validate(check) }

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        if let queued = try await environment.queued(task.task) { return try await resume(queued, in: environment) }
        guard !elsewhere else { throw CommandError.onlyForServer(option: "--elsewhere") }
        let service = try await environment.machine.makeService()
        let record: TaskRecord
        do {
            record = try await service.findToResume(task.task)
        } catch ServiceError.noSuchTask(let name) {
            let reached = try await TaskLookup(environment: environment).reach(name)
            throw reached.doubt ?? ServiceError.noSuchTask(name)
        }
        // The server would begin again from what it knows, beside what was done here.
        if try await environment.machine.attempt(of: record.id) != nil, try await environment.machine.openQueue() == nil
        {
            throw CommandError.serverAsleep(task: record.id.short, contract: record.spec.contract?.short)
        }
        if now, try await service.endWait(of: record.id) { return tellOfOwner(record, in: environment) }
        let request = try await request(for: record, in: environment)
        let following = RunFollowing(environment: environment, format: format, quiet: quiet)
        // What is refused changes nothing that anybody has to be warned of.
        if record.status.isResumable {
            following.notes.print(droppedChecks(of: record))
            following.notes.print(await unasked(record, request, in: environment))
        }
        return try await following.follow(record.id, of: service) { observer, stops in
            try await service.resume(record.id, request, observer: observer, stops: stops)
        }
    }

    /// The process that waits goes on, and shows what it does.
    private func tellOfOwner(_ record: TaskRecord, in environment: CommandEnvironment) -> ExitStatus {
        let name = record.id.short
        if format.json {
            environment.answers.print(json: RunEvent.line("wait_ended", [("id", .text(record.id.rawValue))]))
        } else {
            environment.answers.print(StyledLine("Task \(name) does not wait any longer, in the process that runs it."))
            environment.notes(quiet)
                .print(StyledLine("Hint: ", .accent) + StyledLine("Follow it with 'makima logs \(name) -f'."))
        }
        return .success
    }

    private func request(for record: TaskRecord, in environment: CommandEnvironment) async throws -> ResumeRequest {
        var request = ResumeRequest(
            maxIterations: limits.maxIterations,
            maxCost: limits.maxCost?.amount,
            maxTokens: limits.maxTokens,
            maxDuration: limits.maxDuration?.duration,
            message: try message.map { try MessageReader(environment: environment).read($0) },
            allowProtected: allowProtected
        )
        request.waits = limits.wait
        request.iterationTimeout = timeouts.iterationTimeout?.duration
        request.stallTimeout = timeouts.stallTimeout?.duration
        request.handshakeTimeout = timeouts.handshakeTimeout?.duration
        request.context = conversation.context
        request.protect = protected.protect
        request.questions = try await questionWish(for: record, in: environment)
        request.skipsWait = now
        request.pullRequestRounds = review.prRounds
        request.sandbox = sandbox
        request.permissions = permissions.permissions
        request.network = network.mode
        request.resources = resources.wishes
        request.allowHosts = network.allowHost
        request.read = try environment.readable(allowRead)
        request.setupCommand = preparation.setup
        request.checks = check.isEmpty ? nil : checks(of: record)
        try await chooseAgent(for: &request, of: record, in: environment)
        return request
    }

    private func unasked(
        _ record: TaskRecord,
        _ request: ResumeRequest,
        in environment: CommandEnvironment
    ) async -> [StyledLine] {
        guard case .people = request.questions else { return [] }
        let agents = request.choices ?? request.agent.map { [$0] } ?? record.spec.agents
        return await QuestionPreview(agents: agents, asks: true, source: .option).warnings(on: environment.machine)
            .map { StyledLine("Warning: ", .warning) + StyledLine($0) }
    }

    /// What is not said anew stays as the task has it, and comes from the configuration where it has nothing.
    private func questionWish(
        for record: TaskRecord,
        in environment: CommandEnvironment
    ) async throws -> QuestionWish? {
        guard questions.isGiven else { return nil }
        var defaults = TaskDefaults()
        if let policy = record.spec.questions {
            defaults.questions = policy
            defaults.asks = true
        } else {
            defaults.questions = try await environment.machine.loadSettings(for: nil).tasks.questions
        }
        let mode = permissions.permissions ?? record.spec.permissionMode
        return questions.policy(defaults, asking: mode == .ask).map(QuestionWish.people) ?? .nobody
    }

    /// A command that the task has as a check already stays that check, with its name, time-out and cleanliness.
    private func checks(of record: TaskRecord) -> [CheckDefinition] {
        CheckArguments.definitions(check)
            .map { given in record.spec.checks.first { $0.command == given.command } ?? given }
    }

    /// Whoever names one check may not think of the others.
    private func droppedChecks(of record: TaskRecord) -> [StyledLine] {
        guard !check.isEmpty else { return [] }
        let dropped = record.spec.checks.filter { !check.contains($0.command) }.map(\.fullTitle)
        guard !dropped.isEmpty else { return [] }
        let names = dropped.listed(atMost: 5)
        return [
            StyledLine("Warning: ", .warning)
                + StyledLine("The task is no longer checked by \(names), only by '--check'.")
        ]
    }

    /// A new model alone keeps the agent as the task knows it, whatever the configuration says by now.
    private func chooseAgent(
        for request: inout ResumeRequest,
        of record: TaskRecord,
        in environment: CommandEnvironment
    ) async throws {
        if let name = agent.agent {
            let path = record.spec.repository.path
            let repository = try await environment.machine.inspectRepository(at: path, base: nil)
            let defaults = try await environment.machine.loadSettings(for: repository).tasks
            let chosen = try defaults.agent(name, model: agent.model)
            request.agent = chosen
            request.choices = defaults.agents.choices(from: chosen)
        } else if let model = agent.model {
            var changed = record.spec.agent
            try changed.use(model: model)
            request.agent = changed
        }
    }
}
