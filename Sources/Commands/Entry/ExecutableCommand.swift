import ArgumentParser

/// A parsed command that can be carried out.
protocol ExecutableCommand: ParsableCommand {
    func execute(in environment: CommandEnvironment) async throws -> ExitStatus
}

/// The front door: parses the arguments, carries the command out, reports errors.
package enum CommandLineProgram {
    /// Carries out what the arguments ask for, and returns the exit code of the process.
    package static func run(in environment: CommandEnvironment) async -> ExitStatus {
        do {
            return try await parse(environment.arguments, columns: helpColumns(environment.answers))
                .execute(in: environment)
        } catch let answer as ParserAnswer {
            environment.answers.printForeign(answer.text)
            return .success
        } catch {
            let report = ErrorReport(error)
            environment.complaints.print(report.lines)
            if wantsJSON(environment.arguments) { environment.answers.print(json: report.json) }
            return report.exitStatus
        }
    }

    private static func parse(_ arguments: [String], columns: Int) throws -> any ExecutableCommand {
        do {
            var command = try MakimaCommand.parseAsRoot(arguments)
            if let executable = command as? any ExecutableCommand { return executable }
            // What is left is the parser's own help and the bare root: to run them is to throw the help they print.
            try command.run()
            throw CleanExit.helpRequest(MakimaCommand.self)
        } catch {
            guard MakimaCommand.exitCode(for: error) == .success else { throw UsageError(error, arguments) }
            throw ParserAnswer(text: MakimaCommand.fullMessage(for: error, columns: columns))
        }
    }

    /// Asks the arguments themselves: those that cannot be parsed may ask for JSON too.
    private static func wantsJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }

    /// Help is readable up to 100 columns.
    private static func helpColumns(_ printer: Printer) -> Int {
        min(100, max(40, printer.knownColumns ?? 80))
    }
}

/// What the parser itself has to say where no command is meant: help, or the version.
private struct ParserAnswer: Error {
    let text: String
}
