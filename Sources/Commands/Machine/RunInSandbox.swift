import ArgumentParser
import Domain
import Runner

/// `makima sandbox`: runs a program in the current directory, confined as agents and checks are.
struct RunInSandbox: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox",
        abstract: "Run a command in the sandbox, in the current directory",
        discussion: """
            The directory is writable, its .git is not, and no other file of yours is visible. Without a command, a shell. \
            The exit status is that of the command.
            """
    )

    @OptionGroup var network: NetworkOptions

    @Option(
        help: ArgumentHelp("A further path that may be read; repeatable", valueName: "path"),
        completion: .directory
    )
    var allowRead: [String] = []

    @Argument(parsing: .postTerminator, help: "The command and its arguments, after '--'")
    var command: [String] = []

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        var spec = try await environment.machine.loadSettings(for: nil).tasks.sandbox
        if spec.mode == .off { spec.mode = .auto }
        network.apply(to: &spec)
        spec.read += allowRead.map { environment.absolute($0) }
        let request = SandboxRequest(
            .directory(environment.currentDirectory, spec),
            command: command,
            terminal: environment.variables["TERM"]
        )
        let result = try await environment.machine.makeService().runInSandbox(request)
        return result.told(in: environment)
    }
}

extension SandboxResult {
    /// The program itself was only told that something was killed or refused.
    fileprivate func told(in environment: CommandEnvironment) -> ExitStatus {
        if let limitHits {
            environment.notes(QuietOptions())
                .print(StyledLine("Warning: ", .warning) + StyledLine("\(limitHits.clause)."))
        }
        return ExitStatus(rawValue: status)
    }
}

/// `makima shell`: a shell in the workspace of a task that does not run.
struct EnterTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Open a shell in the workspace of a task, in its sandbox",
        discussion: """
            The task is yours meanwhile, so it must not be running. What you change is not the agent's work: the next \
            run begins from it. With a command after '--', that is run instead of a shell.
            """
    )

    @OptionGroup var task: TaskArgument

    @Argument(parsing: .postTerminator, help: "A command and its arguments, after '--'")
    var command: [String] = []

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let request = SandboxRequest(
            .task(dossier.task.id),
            command: command,
            terminal: environment.variables["TERM"]
        )
        return try await service.runInSandbox(request).told(in: environment)
    }
}
