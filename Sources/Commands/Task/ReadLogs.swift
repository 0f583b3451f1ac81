import ArgumentParser
import Domain
import Runner
import Wire

/// `makima logs`: what the agent said and did.
struct ReadLogs: ExecutableCommand {
    static let configuration = CommandConfiguration(commandName: "logs", abstract: "Read what the agent said and did")

    @OptionGroup var task: TaskArgument
    @OptionGroup var quiet: QuietOptions

    @Flag(name: .shortAndLong, help: "Go on reading until the task stops")
    var follow = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Only this iteration", valueName: "number"))
    var iteration: Int?

    @Flag(help: "Print the agent's output as it is; not to a terminal")
    var raw = false

    /// How often a followed log is looked at.
    private static let pollInterval = Duration.milliseconds(200)

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        if raw, environment.answers.isTerminal { throw CommandError.rawOnTerminal }
        let lookup = TaskLookup(environment: environment)
        let service = try await lookup.service()
        if let queued = try await lookup.elsewhere(task, than: service) {
            return try await read(queued, in: environment)
        }
        let record = try await service.find(task.task)
        var log = AgentLog(source: environment.machine, isRaw: raw)
        if follow {
            try await followLog(&log, of: record.id, service: service, in: environment)
        } else {
            try await log.print(files(of: service, record.id), isComplete: true, to: environment.answers)
        }
        if !log.hasFiles {
            if let iteration {
                throw CommandError.iterationUnknown(
                    number: iteration,
                    task: record.id.short,
                    known: record.iterations
                )
            }
            environment.notes(quiet).print("There is no output yet.")
        }
        return .success
    }

    /// What a daemon of another machine has sent of it.
    private func read(_ queued: QueuedTask, in environment: CommandEnvironment) async throws -> ExitStatus {
        if raw {
            try await printOutput(of: queued, to: environment.answers)
            return .success
        }
        var log = try await StoredLog(of: queued, iteration: iteration, source: environment.machine)
        if follow {
            for try await _ in QueueFollowing.news(of: queued, in: environment) {
                try await log.readOn(to: environment.answers)
            }
        }
        try await log.readOn(to: environment.answers)
        try await log.finish(to: environment.answers)
        if !log.hasOutput {
            if let iteration {
                throw CommandError.iterationUnknown(
                    number: iteration,
                    task: queued.name,
                    known: queued.view.iterations
                )
            }
            environment.notes(quiet).print("There is no output yet.")
        }
        return .success
    }

    private func printOutput(of queued: QueuedTask, to printer: Printer) async throws {
        var position: Int? = 0
        while let after = position {
            let page = try await queued.queue.output(of: queued.id, after: after, streams: [.stdout])
            for piece in page.pieces where iteration == nil || piece.iteration == iteration {
                printer.write(Array(piece.text.utf8))
            }
            position = page.next
        }
    }

    private func files(of service: any TaskService, _ id: TaskID) async throws -> [OutputFile] {
        try await service.outputFiles(id).filter { iteration == nil || $0.iteration == iteration }
    }

    /// Reads on until the task has stopped and everything is read, or a person interrupts it.
    private func followLog(
        _ log: inout AgentLog,
        of id: TaskID,
        service: any TaskService,
        in environment: CommandEnvironment
    ) async throws {
        while true {
            // Asked before reading: what is written between the answer and the reading is read, too.
            let isActive = try await service.dossier(id).task.status.isActive
            try await log.print(files(of: service, id), isComplete: !isActive, to: environment.answers)
            guard isActive else { return }
            try await environment.clock.sleep(for: Self.pollInterval)
        }
    }
}
