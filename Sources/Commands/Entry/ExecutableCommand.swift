import ArgumentParser

/// A parsed command that can be carried out.
protocol ExecutableCommand: ParsableCommand {
    func execute(in environment: CommandEnvironment) async throws -> ExitStatus
}

/// The front door: parses the arguments, carries the command out, reports errors.
package enum CommandLineProgram {
    /// Carries out what the arguments ask for, and returns the exit code of the process.
    package static func run(in environment: CommandEnvironment) async -> ExitStatus {
        let command: any ParsableCommand
        do {
            command = try MakimaCommand.parseAsRoot(environment.arguments)
        } catch {
            return report(parsing: error, in: environment)
        }
        guard let executable = command as? any ExecutableCommand else {
            let help = MakimaCommand.helpMessage(columns: helpColumns(environment.standardOutput))
            environment.answers.printForeign(help)
            return .success
        }
        do {
            return try await executable.execute(in: environment)
        } catch {
            let report = ErrorReport(error)
            environment.complaints.print(report.lines)
            return report.exitStatus
        }
    }

    /// A request for help or the version is an answer; everything else is a mistake on the command line.
    private static func report(parsing error: any Error, in environment: CommandEnvironment) -> ExitStatus {
        let isAnswer = MakimaCommand.exitCode(for: error) == .success
        let columns = helpColumns(isAnswer ? environment.standardOutput : environment.standardError)
        let message = MakimaCommand.fullMessage(for: error, columns: columns)
        let printer = isAnswer ? environment.answers : environment.complaints
        printer.printForeign(message)
        return isAnswer ? .success : .usage
    }

    /// Help is readable up to 100 columns.
    private static func helpColumns(_ sink: any OutputSink) -> Int {
        min(100, max(40, sink.terminalSize()?.columns ?? 80))
    }
}
