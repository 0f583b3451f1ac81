import ArgumentParser

/// `makima mcp`: makima's tools for an agent, by the Model Context Protocol on standard input and output.
///
/// Started by agents' programs. What is called is appended to a file, so that nothing is lost whatever becomes of makima.
struct ServeTools: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serve makima's tools to an agent (Model Context Protocol)",
        discussion: """
            makima gives this server to agents that take tools: report_completion_gate, ask_person and note_progress. It works \
            for one iteration of one task only: the file and the token (in MAKIMA_TOOLS_TOKEN) are that iteration's.
            """
    )

    @Option(help: ArgumentHelp("The file that calls are appended to", valueName: "file"))
    var file: String

    @Flag(help: "Somebody answers questions")
    var ask = false

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        guard let token = environment.variables["MAKIMA_TOOLS_TOKEN"], !token.isEmpty else {
            throw CommandError.toolTokenMissing
        }
        try await environment.machine.serveTools(
            ToolService(file: environment.absolute(file), token: token, asksPeople: ask, version: MakimaVersion.text)
        )
        return .success
    }
}

/// The tools of one iteration.
package struct ToolService: Hashable, Sendable {
    /// Absolute; calls are appended to it.
    package var file: String
    package var token: String
    package var asksPeople: Bool
    /// makima's version, told to the agent's program.
    package var version: String
}
