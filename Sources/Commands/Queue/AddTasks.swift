import ArgumentParser
import Domain
import Runner
import Wire

/// `makima add`: gives a server the tasks of a file.
struct AddTasks: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Queue the tasks of a file at the server",
        discussion: """
            Each heading of the first level ('# Parser') begins a task. Directly below it stand options, one a line: those of \
            'makima run' without '--', as 'check: make test' (a flag is 'include-changes:'), and\u{20}
              after: NAMES          begin when these tasks are done; of the file, or of the server
              after-merged: NAMES   the same, when their work is in the target branch, too
              continue: NAME        begin with the work of that task
              priority: NUMBER      higher is sooner (-100 to 100)
              label: WORDS          a daemon must have all of these; with commas between
              key: NAME [NUMBER]    of the tasks with this name, only so many are at work at once (default: 1)
              not-before: TIME      as 2026-03-01T22:00:00Z
              url: URL              daemons clone the repository from there, and do not use yours
            After an empty line comes the plan; without one, the heading is the plan. All tasks of the file are queued, or none: what \
            is wrong is told together.
            """
    )

    @Argument(help: "The file, or '-' for standard input", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The repository (default: the one around the current directory)", valueName: "dir"))
    var repo: String?

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue: any TaskQueue
        let queued: QueueComposer.Queued
        do {
            let text = try read(in: environment)
            let known = try await environment.machine.openQueue()
            queued = try await QueueComposer(environment: environment, repository: repo, queue: known).compose(text)
            queue = try await environment.queue()
        } catch {
            throw RefusedCommand(error)
        }
        environment.notes(quiet).print(queued.warnings.map { StyledLine("Warning: ", .warning) + StyledLine($0) })
        let key = "add-\(queued.requests.first?.taskId ?? "")"
        let made = try await queue.add(queued.requests, key: key)
        try QueueAnswer(made, at: queue.address).print(in: environment, format, quiet)
        return .success
    }

    private func read(in environment: CommandEnvironment) throws -> String {
        var options = PlanOptions()
        options.name = nil
        options.plan = file == "-" ? file : nil
        options.planFile = file == "-" ? nil : file
        return try PlanReader(options: options, environment: environment).read()
    }
}

extension TaskRequest {
    /// The task, as a daemon of any machine that has its repository can run it.
    init(_ spec: TaskSpec) {
        self.init()
        taskId = spec.id.rawValue
        spawn = SpawnTask(spec, command: "queued", attempt: 1)
    }
}

/// What came of queueing tasks, for the person who did it.
struct QueueAnswer {
    let creation: CreationView
    let address: String

    init(_ creation: CreationView, at address: String) {
        self.creation = creation
        self.address = address
    }

    func print(in environment: CommandEnvironment, _ format: FormatOptions, _ quiet: QuietOptions) throws {
        if format.json {
            environment.answers.print(json: .list(try creation.tasks.map { try APIText.value($0) }))
            return
        }
        var table = Table(header: ["TASK", "NAME", "WAITS FOR"], flexibleColumn: 1)
        let names = Dictionary(creation.tasks.map { ($0.taskId, $0.taskName) }) { first, _ in first }
        for task in creation.tasks {
            let parents = task.dependencies.map { names[$0.taskId] ?? String($0.taskId.prefix(6)) }
            table.add([
                StyledLine(String(task.taskId.prefix(6)), .strong), StyledLine(task.taskName),
                StyledLine(parents.joined(separator: ", ")),
            ])
        }
        let printer = environment.answers
        printer.print(table.lines(columns: printer.columns))
        let first = creation.tasks.first.map { String($0.taskId.prefix(6)) } ?? "TASK"
        environment.notes(quiet)
            .print([
                StyledLine("Queued at \(address)."),
                StyledLine("Hint: ", .accent)
                    + StyledLine("Follow one with 'makima attach \(first)'; 'makima list' shows all."),
            ])
    }
}

extension CommandEnvironment {
    /// The server that commands go through; throws where there is none.
    func queue() async throws -> any TaskQueue {
        guard let queue = try await machine.openQueue() else {
            throw CommandError.noServer(isAsleep: try await machine.tasksOfSleepingServer() != nil)
        }
        return queue
    }
}
