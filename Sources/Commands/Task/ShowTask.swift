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
        let found = try await TaskLookup(environment: environment).finding(task)
        let printer = environment.answers
        if format.json {
            printer.print(json: found.dossier.json(server: found.server))
        } else {
            printer.print(TaskPage(dossier: found.dossier, columns: printer.columns, server: found.server).lines)
            printer.print(found.remark)
        }
        return .success
    }
}
