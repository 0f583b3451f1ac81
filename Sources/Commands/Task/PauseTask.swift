import ArgumentParser
import Domain
import Runner

/// `makima pause`: lets the process that runs a task stop, until somebody resumes it.
struct PauseTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Pause a task until it is resumed",
        discussion: """
            Gently: the agent is interrupted and may end. Everything is kept, and nothing goes on by itself: a task of a server \
            is handed to no daemon meanwhile.
            """
    )

    @OptionGroup var task: TaskArgument
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        if let queued = try await environment.queued(task.task) {
            return try await queued.carryOut(.pause, in: environment, format)
        }
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let came = try await service.pause(dossier.task.id)
        // Also where an agent was ended that had worked on: its daemon would go on.
        let isNoted = try await environment.machine.leaveWish(.pause, for: dossier.task.id)
        if isNoted, !came.wasRunning { return environment.tellOfWish(dossier, format) }
        let words = StopWords(came, to: .pause, of: dossier.task, called: dossier.callName)
        return words.print(in: environment, format, quiet)
    }
}
