import ArgumentParser

/// A parsed command that can be carried out.
protocol ExecutableCommand: ParsableCommand {
    func execute(in environment: CommandEnvironment) async throws -> ExitStatus
}

/// The front door: parses the arguments, carries the command out, reports errors.
package enum CommandLineProgram {
    /// Carries out what the arguments ask for, and returns the exit code of the process.
    package static func run(in environment: CommandEnvironment) async -> ExitStatus {
        let executable: any ExecutableCommand
        do {
            executable = try parse(environment.arguments)
        } catch {
            return report(parsing: error, in: environment)
        }
        do {
            return try await executable.execute(in: environment)
        } catch {
            let report = ErrorReport(error)
            environment.complaints.print(report.lines)
            return report.exitStatus
        }
    }

    private static func parse(_ arguments: [String]) throws -> any ExecutableCommand {
        var command = try MakimaCommand.parseAsRoot(arguments)
        if let executable = command as? any ExecutableCommand { return executable }
        // What is left is the parser's own help and the bare root: to run them is to throw the help they print.
        try command.run()
        throw CleanExit.helpRequest(MakimaCommand.self)
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
