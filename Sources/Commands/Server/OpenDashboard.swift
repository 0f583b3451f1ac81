import ArgumentParser
import Domain
import Wire

/// `makima open`: lets a browser in.
struct OpenDashboard: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Print a link to the dashboard, which lets a browser in once",
        discussion: """
            Open it within a minute. The browser stays let in for a week, with the rights of your token; 'makima token --list' shows it, \
            and '--revoke' ends it.
            """
    )

    @OptionGroup var format: FormatOptions
    @OptionGroup var quiet: QuietOptions

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        let queue = try await environment.queue()
        let code = try await queue.makeLoginCode()
        let link = "\(queue.pages)/login#\(code.code)"
        if format.json {
            let fields: [(String, JSONValue)] = [("url", .text(link)), ("expiresAt", .time(code.expiresAt))]
            environment.answers.print(json: .fields(fields))
            return .success
        }
        environment.answers.print(StyledLine(link))
        environment.notes(quiet).print(StyledLine("Open it within a minute; it works once.", .faint))
        return .success
    }
}
