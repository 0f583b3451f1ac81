import ArgumentParser
import Domain
import Runner

/// `makima stop`: asks the process that runs a task to stop it.
struct StopTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop a task that is being run",
        discussion: "Gently: the agent is interrupted and may end. Everything is kept."
    )

    @OptionGroup var task: TaskArgument

    @Flag(name: .shortAndLong, help: "Kill the agent now")
    var force = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        if let queued = try await environment.queued(task.task) {
            return try await queued.carryOut(.stop(force: force), in: environment, format)
        }
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let came = try await service.stop(dossier.task.id, force: force)
        // Also where an agent was ended that had worked on: its daemon would go on.
        let isNoted = try await environment.machine.leaveWish(.stop(force: force), for: dossier.task.id)
        if isNoted, !came.wasRunning { return environment.tellOfWish(dossier, format) }
        let words = StopWords(came, to: .stop(force: force), of: dossier.task, called: dossier.callName)
        return words.print(in: environment, format, quiet)
    }
}

extension CommandEnvironment {
    /// Of a wish that waits for the daemon to be started.
    func tellOfWish(_ dossier: TaskDossier, _ format: FormatOptions) -> ExitStatus {
        if format.json {
            let fields: [(String, JSONValue)] = [
                ("id", .text(dossier.task.id.rawValue)), ("wasRunning", .flag(false)), ("noted", .flag(true)),
            ]
            answers.print(json: .fields(fields))
        } else {
            let name = dossier.callName
            answers.print(
                StyledLine("Nothing runs task \(name) now; its daemon does not go on with it when it is started.")
            )
        }
        return .success
    }
}
