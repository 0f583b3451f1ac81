import ArgumentParser
import Domain
import Runner

/// `makima steer`: says something to the agent of a task.
struct SteerTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "steer",
        abstract: "Say something to a task's agent",
        discussion: """
            An agent that listens while it works hears it after its present step; any other reads it in the prompt of the \
            next iteration. Until then it is queued, whatever happens: 'makima show' tells where it is. Work that is done meanwhile \
            goes on for it, as long as an iteration is left.
            """
    )

    @OptionGroup var task: TaskArgument

    @Argument(help: "What to say; '-' reads it from standard input")
    var message: String

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let text = try MessageReader(environment: environment).read(message)
        if let queued = try await environment.queued(task.task) {
            return try await queued.carryOut(.say(text), in: environment, format)
        }
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let said = try await service.say(text, to: dossier.task.id)
        if format.json {
            environment.answers.print(json: said.message.json)
            return .success
        }
        environment.answers.print(
            StyledLine("Message \(said.message.number) is queued: \(Self.whatFollows(said, dossier.task)).")
        )
        if !dossier.task.status.isActive {
            environment.notes(quiet)
                .print(StyledLine("Hint: ", .accent) + StyledLine("Go on with 'makima resume \(dossier.callName)'."))
        }
        return .success
    }

    private static func whatFollows(_ said: SentMessage, _ task: TaskRecord) -> String {
        guard task.status.isActive else { return "the agent reads it when the task is resumed" }
        return said.agentListens
            ? "the agent hears it after its present step, or reads it in its next prompt"
            : "the agent reads it in its next prompt"
    }
}
