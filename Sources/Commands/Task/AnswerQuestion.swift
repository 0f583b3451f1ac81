import ArgumentParser
import Domain
import Runner

/// `makima answer`: answers what an agent asks.
struct AnswerQuestion: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer",
        abstract: "Answer the question of a task's agent",
        discussion: """
            For tasks that were begun with '--ask'. The oldest open question is answered; the agent reads the answer in its next \
            prompt. A task that waits for it goes on at once, one that stopped for it with 'makima resume'.
            """
    )

    @OptionGroup var task: TaskArgument

    @Argument(help: "The answer; '-' reads it from standard input")
    var answer: String

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let text = try MessageReader(environment: environment).read(answer)
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let question = try await service.answer(text, to: dossier.task.id)
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
