import ArgumentParser
import Domain
import Runner

/// `makima show`: everything about a task on one page.
struct ShowTask: ExecutableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a task on one page")

    @OptionGroup var task: TaskArgument
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let (_, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let printer = environment.answers
        if format.json {
            printer.print(json: dossier.json)
        } else {
            printer.print(TaskPage(dossier: dossier, columns: printer.columns).lines)
        }
        return .success
    }
}
