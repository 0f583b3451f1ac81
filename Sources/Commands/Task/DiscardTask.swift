import ArgumentParser
import Domain
import Runner

/// `makima discard`: removes the workspace of a task.
struct DiscardTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Remove the workspace of a task",
        discussion: "Refuses to remove work that is nowhere else, unless forced."
    )

    @OptionGroup var task: TaskArgument

    @Flag(name: .shortAndLong, help: "Remove work that is nowhere else, too")
    var force = false

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let (service, dossier) = try await TaskLookup(environment: environment).dossier(task)
        try await service.discard(dossier.task.id, force: force)
        if format.json {
            environment.answers.print(
                json: .fields([("id", .text(dossier.task.id.rawValue)), ("discarded", .flag(true))])
            )
        } else {
            environment.answers.print(StyledLine("Discarded the workspace of task \(dossier.callName)."))
        }
        return .success
    }
}
