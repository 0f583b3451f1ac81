import ArgumentParser
import Domain
import Runner

/// `makima why`: explains from facts why a task is where it is.
struct ExplainTask: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Explain why a task is where it is, and what to do"
    )

    @OptionGroup var task: TaskArgument
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let (_, dossier) = try await TaskLookup(environment: environment).dossier(task)
        let printer = environment.answers
        let account = Account(dossier: dossier)
        if format.json {
            printer.print(json: account.json)
        } else {
            printer.print(account.lines(columns: printer.columns))
        }
        return .success
    }
}
