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
    @Option(help: ArgumentHelp("Explain this iteration instead of where the task is", valueName: "number"))
    var iteration: Int?
    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let found = try await TaskLookup(environment: environment).finding(task)
        let printer = environment.answers
        if let iteration { return try explain(iteration, found.dossier, printer) }
        let account = Account(dossier: found.dossier, server: found.server)
        if format.json {
            printer.print(json: account.json)
        } else {
            printer.print(account.lines(columns: printer.columns))
            printer.print(found.remark)
        }
        return .success
    }

    private func explain(_ number: Int, _ dossier: TaskDossier, _ printer: Printer) throws -> ExitStatus {
        guard dossier.iterations.contains(where: { $0.number == number }) else {
            throw CommandError.iterationUnknown(number: number, task: dossier.callName, known: dossier.task.iterations)
        }
        let account = IterationAccount(dossier: dossier, number: number)
        if format.json {
            printer.print(json: account.json)
        } else {
            printer.print(account.lines.flatMap { $0.wrapped(to: printer.columns) })
        }
        return .success
    }
}
