import ArgumentParser
import Domain
import Runner

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
    @OptionGroup(title: "Agent") var agent: AgentOptions
    @OptionGroup(title: "Proof") var proof: ProofOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "Time-outs") var timeouts: TimeoutOptions
    @OptionGroup(title: "Repository") var repository: RepositoryOptions
    @OptionGroup(title: "Sandbox") var sandbox: SandboxOptions
    @OptionGroup(title: "Output") var format: FormatOptions
    @OptionGroup(title: "Output") var quiet: QuietOptions

    @Option(
        help: ArgumentHelp(
            "Whether the agent's conversation goes on over iterations (default: continue, or as configured)",
            valueName: "mode"
        )
    )
    var context: ContextMode?

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let service: any TaskService
        let following = RunFollowing(environment: environment, format: format, quiet: quiet)
        let task: TaskRecord
        do {
            let composed = try await compose(in: environment)
            following.notes.print(composed.warnings.map { StyledLine("Warning: ", .warning) + StyledLine($0) })
            service = try await environment.machine.makeService()
            task = try await service.create(composed.spec)
        } catch {
            throw RefusedCommand(error)
        }
        return try await following.follow(task.id, of: service) { observer, stops in
            try await service.run(task.id, observer: observer, stops: stops)
        }
    }

    private func compose(in environment: CommandEnvironment) async throws -> TaskComposer.Composed {
        let text = try PlanReader(options: plan, environment: environment).read()
        let directory = environment.absolute(repository.repo ?? ".")
        guard let facts = try await environment.machine.inspectRepository(at: directory, base: repository.base) else {
            throw CommandError.notARepository(path: directory)
        }
        let settings = try await environment.machine.loadSettings(for: facts)
        let composer = TaskComposer(options: self, defaults: settings.tasks, repository: facts)
        return try composer.compose(plan: text, id: environment.makeTaskID(), in: environment)
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
