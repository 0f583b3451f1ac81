import ArgumentParser
import Domain
import Runner
import Wire

/// `makima run`: makes a task and follows it to its stop.
struct RunTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a new task and follow it to its stop",
        discussion: """
            The agent works in a copy of the repository; your checkout is not touched. Ctrl-C stops gently and keeps \
            everything, twice kills.

            Exit codes: 0 done, 1 failed, 2 usage, 3 a limit or budget, 4 stalled, 5 blocked, 130 interrupted, \
            255 a defect of makima.
            """
    )

    @OptionGroup(title: "Plan") var plan: PlanOptions

    @Option(
        help: ArgumentHelp(
            "Run the tasks of a TOML file in the order of their dependencies, and merge their work (docs/CONTRACTS.md)",
            valueName: "file"
        ),
        completion: .file()
    )
    var graph: String?

    @OptionGroup var work: TaskOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "Repository") var repository: RepositoryOptions
    @OptionGroup(title: "Output") var format: FormatOptions
    @OptionGroup(title: "Output") var quiet: QuietOptions

    @Option(
        help: ArgumentHelp(
            "What follows when iterations bring no progress (default: stop, or as configured)",
            valueName: "strategy"
        )
    )
    var onStall: StallStrategy?

    @Flag(help: "Queue the task at the server, and do not follow it ('makima attach' does)")
    var detach = false

    @Flag(help: "Print the first prompt as the agent would be given it, and create nothing")
    var printPrompt = false

    @Option(help: ArgumentHelp("The agent that takes over; means '--on-stall other_agent' too", valueName: "name"))
    var otherAgent: String?

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        if let graph { return try await GraphRun(run: self, path: graph, environment: environment).execute() }
        let service: any TaskService
        let following = RunFollowing(environment: environment, format: format, quiet: quiet)
        let task: TaskRecord
        let changes: ChangeCount
        do {
            var composed = try await compose(in: environment)
            let preview = BudgetPreview(spec: composed.task.spec, options: limits)
            composed.task.warnings += try await preview.warnings(on: environment.machine)
            let asking = QuestionPreview(
                agents: composed.task.spec.agents,
                asks: composed.task.spec.questions != nil,
                source: QuestionPreview.Source(work.questions, composed.task.spec)
            )
            composed.task.warnings += await asking.warnings(on: environment.machine)
            changes = composed.changes
            if printPrompt { return try FirstPrompt(of: composed.task.spec).print(on: environment.answers, format) }
            following.notes.print(composed.task.warnings.map { StyledLine("Warning: ", .warning) + StyledLine($0) })
            if detach {
                try await PermissionPreview(spec: composed.task.spec).check(on: environment.machine)
                following.notes.print(
                    await Self.warnings(of: changes).map { StyledLine("Warning: ", .warning) + StyledLine($0) }
                )
                return try await queue(composed.task.spec, in: environment)
            }
            service = try await environment.machine.makeService()
            task = try await service.create(composed.task.spec)
        } catch {
            throw RefusedCommand(error)
        }
        return try await following.follow(task.id, of: service) { observer, stops in
            let told = ChangesNotice(observer)
            async let _: Void = told.tell(await changes.value)
            return try await service.run(task.id, observer: told, stops: stops)
        }
    }

    /// The task without being followed, with the warnings for whoever makes it.
    func composed(in environment: CommandEnvironment) async throws -> TaskComposer.Composed {
        var composed = try await compose(in: environment)
        composed.task.warnings += await Self.warnings(of: composed.changes)
        return composed.task
    }

    /// The same for tasks that begin at their target, whatever the checkout has.
    func composedForContract(in environment: CommandEnvironment) async throws -> TaskComposer.Composed {
        var composed = try await compose(in: environment)
        let changes = await composed.changes.value
        if !changes.isEmpty {
            composed.task.warnings.append(
                "Not committed in your checkout, and so not known to the tasks: \(changes.words). Commit what they are to "
                    + "have; merges into a branch that is checked out wait until nothing in it is changed."
            )
        }
        return composed.task
    }

    private static func warnings(of changes: ChangeCount) async -> [String] {
        let changes = await changes.value
        return changes.isEmpty ? [] : [RunNotice.changesLeftOut(changes).sentence]
    }

    private func queue(_ spec: TaskSpec, in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let made = try await queue.add([TaskRequest(spec)], key: "run-\(spec.id)")
        try QueueAnswer(made, at: queue.address).print(in: environment, format, quiet)
        return .success
    }

    /// Counts the changes that are left out, while everything else goes on.
    private typealias ChangeCount = Task<CheckoutChanges, Never>

    private func compose(
        in environment: CommandEnvironment
    ) async throws -> (task: TaskComposer.Composed, changes: ChangeCount) {
        let text = try PlanReader(options: plan, environment: environment).read()
        let directory = environment.absolute(repository.repo ?? ".")
        if let named = repository.repo, !environment.machine.isThere(directory) {
            throw CommandError.directoryMissing(path: named)
        }
        guard let facts = try await environment.machine.inspectRepository(at: directory, base: repository.base) else {
            throw CommandError.notARepository(path: directory)
        }
        guard facts.base != nil || facts.otherBranches.isEmpty else {
            throw CommandError.nothingAtHead(branch: facts.baseBranch, others: facts.otherBranches)
        }
        let changes = countChanges(in: facts, environment)
        let settings = try await environment.machine.loadSettings(for: facts)
        let composer = TaskComposer(options: self, defaults: settings.tasks, repository: facts)
        var composed = try composer.compose(plan: text, id: environment.makeTaskID(), in: environment)
        composed.warnings = settings.warnings + composed.warnings
        if composed.spec.repository.includeChanges { changes.cancel() }
        return (composed, changes)
    }

    /// With a base of its own a task has nothing to do with the checkout.
    private func countChanges(in facts: RepositoryFacts, _ environment: CommandEnvironment) -> ChangeCount {
        guard repository.base == nil, !repository.includeChanges else { return Task { CheckoutChanges() } }
        let machine = environment.machine
        return Task {
            // Whoever cannot be told is left without the notice: nothing depends on it.
            let changes = try? await machine.countUncommittedChanges(in: facts)
            return Task.isCancelled ? CheckoutChanges() : changes ?? CheckoutChanges()
        }
    }
}

/// Why no task was made: what was asked for cannot be done as it was asked.
struct RefusedCommand: Error, CustomStringConvertible {
    let refusal: any Error

    init(_ refusal: any Error) {
        self.refusal = refusal
    }

    var description: String { "\(refusal)" }
}
