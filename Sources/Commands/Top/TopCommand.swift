import ArgumentParser
import Domain

/// `makima top`: all tasks on a whole terminal, kept current.
struct TopCommand: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Watch all tasks on the whole terminal, and steer them",
        discussion: """
            Shows the tasks of this machine and of the server, and of the one that is selected why it is where it is, and its log. \
            '?' shows the keys. Quitting ends no task.
            """
    )

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let isDumb = environment.variables["TERM"] == "dumb"
        guard environment.answers.isTerminal, !isDumb else { throw CommandError.noScreen }
        let service = try await TaskLookup(environment: environment).service()
        return try await TopSession(environment: environment, service: service).run()
    }
}
