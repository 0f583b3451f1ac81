import ArgumentParser
import Domain
import Runner

/// `makima discard`: removes the workspace of a task.
struct DiscardTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Remove the workspace of a task, and forget the task",
        discussion: """
            Refuses to remove work that is nowhere else, unless forced. The branch and the checkpoints stay in the \
            repository, as refs/makima/checkpoints/ID/NUMBER; the README says how to remove what is under refs/makima.
            """
    )

    @OptionGroup var task: TaskArgument

    @Flag(
        name: .shortAndLong,
        help: "Remove work that is nowhere else, too, and end an agent that works on without its makima"
    )
    var force = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let last = try await service.discard(dossier.task.id, force: force)
        if format.json {
            environment.answers.print(
                json: .fields([("id", .text(dossier.task.id.rawValue)), ("discarded", .flag(true))])
            )
        } else {
            environment.answers.print(
                StyledLine("Discarded the workspace of task \(dossier.callName), and forgot the task.")
            )
            environment.notes(quiet).print(Self.remains(of: dossier.task.id, upTo: last))
        }
        return .success
    }

    /// What stays, and how it is got back without makima.
    private static func remains(of id: TaskID, upTo last: Int?) -> [StyledLine] {
        guard let last else { return [] }
        let refs = "refs/makima/checkpoints/\(id)"
        return [
            StyledLine("Its checkpoints stay in your repository; 'git for-each-ref \(refs)' lists them."),
            StyledLine("Hint: ", .accent) + StyledLine("'git branch NAME \(refs)/\(last)' gets one back."),
        ]
    }
}
