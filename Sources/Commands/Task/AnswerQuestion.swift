import ArgumentParser
import Domain
import Runner

/// `makima answer`: answers what an agent asks.
struct AnswerQuestion: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Answer the question of a task's agent, or let it do what it asks for",
        discussion: """
            Where the agent asks something (tasks begun with '--ask'), the oldest open question is answered, and the agent reads the \
            answer in its next prompt. Where it wants to be allowed something ('--permissions ask' or 'edit'), name the question, \
            which 'makima show TASK' tells, and answer 'yes', 'always' or 'no' with a reason: an agent that waits goes on at once. \
            A task that waits for an answer goes on by itself, one that stopped for it with 'makima resume'.
            """
    )

    @OptionGroup var task: TaskArgument

    @Argument(help: "The answer; '-' reads it from standard input")
    var answer: String

    @Option(
        help: ArgumentHelp("The question that is answered; needed for permissions", valueName: "number")
    )
    var question: Int?

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let text = try MessageReader(environment: environment).read(answer)
        if let queued = try await environment.queued(task.task) {
            let number = if let question { question } else { try await queued.oldestQuestion() }
            return try await queued.carryOut(.answer(question: number, text), in: environment, format)
        }
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let question = try await service.answer(text, to: dossier.task.id, question: question)
        if format.json {
            environment.answers.print(json: question.json)
            return .success
        }
        environment.answers.print(StyledLine("Answered: \(question.asked.text.firstLine(upTo: 160))"))
        if !dossier.task.status.isActive {
            environment.notes(quiet)
                .print(StyledLine("Hint: ", .accent) + StyledLine("Go on with 'makima resume \(dossier.callName)'."))
        }
        return .success
    }
}
