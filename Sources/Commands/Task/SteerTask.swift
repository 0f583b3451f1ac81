import ArgumentParser
import Domain
import Runner
import Wire

/// `makima steer`: says something to the agent of a task.
struct SteerTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "steer",
        abstract: "Say something to a task's agent",
        discussion: """
            An agent that listens while it works hears it after its present step; any other reads it in the prompt of the \
            next iteration. Until then it is queued, whatever happens: 'makima show' tells where it is. Work that is done meanwhile \
            goes on for it, as long as an iteration is left. Where none is, it says how the task goes on with more.
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
            return try await say(text, to: queued, in: environment)
        }
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let said = try await service.say(text, to: dossier.task.id)
        let hearing = Hearing(dossier)
        let hint = hearing.hint(dossier)
        if format.json {
            let word = hearing.word(listens: said.agentListens)
            environment.answers.print(json: said.message.json.adding(("heard", .text(word)), ("hint", .text(hint))))
            return .success
        }
        environment.answers.print(
            StyledLine("Message \(said.message.number) is queued: \(hearing.words(listens: said.agentListens)).")
        )
        tell(hint, in: environment)
        return .success
    }

    private func say(_ text: String, to queued: QueuedTask, in environment: CommandEnvironment) async throws
        -> ExitStatus
    {
        let lookup = TaskLookup(environment: environment)
        let dossier = try await lookup.finding(queued, of: lookup.service()).dossier
        // Whoever waits in the queue is given a prompt by itself.
        let hearing = dossier.task.status == .pending ? Hearing.nextPrompt : Hearing(dossier)
        let hint = hearing.hint(dossier)
        let answer = try await queued.queue.give(.say(text), to: queued.id)
        if format.json {
            environment.answers.print(json: try APIText.value(answer).adding(("hint", .text(hint))))
            return .success
        }
        environment.answers.print(StyledLine(queued.words(for: .say(text), answer)))
        if case .lastWork = hearing { environment.answers.print(StyledLine(Self.withoutPrompt)) }
        tell(hint, in: environment)
        return .success
    }

    private static let withoutPrompt =
        "No prompt follows the present work: whoever does not listen while it works hears it later."

    private func tell(_ hint: String?, in environment: CommandEnvironment) {
        guard let hint else { return }
        environment.notes(quiet).print(StyledLine("Hint: ", .accent) + StyledLine(hint))
    }
}
