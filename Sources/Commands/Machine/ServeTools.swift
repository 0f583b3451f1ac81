import ArgumentParser

/// `makima mcp`: makima's tools for an agent, by the Model Context Protocol on standard input and output.
///
/// Started by agents' programs. What is called is appended to a file, so that nothing is lost whatever becomes of makima.
struct ServeTools: ExecutableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Serve makima's tools to an agent (Model Context Protocol)",
        discussion: """
            makima gives this server to agents that take tools: report_completion_gate, ask_person and note_progress, and to those \
            that lead other tasks also spawn_task, list_tasks, wait_for_tasks, read_task, message_task, stop_task and merge_task. It works \
            for one iteration of one task only: the file and the token (in MAKIMA_TOOLS_TOKEN) are that iteration's.
            """
    )

    @Option(help: ArgumentHelp("The file that calls are appended to", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The file in which an agent that leads others is answered", valueName: "file"))
    var replies: String?

    @Flag(help: "Somebody answers questions")
    var ask = false

    func execute(in environment: CommandEnvironment) async throws -> ExitStatus {
        guard let token = environment.variables["MAKIMA_TOOLS_TOKEN"], !token.isEmpty else {
            throw CommandError.toolTokenMissing
        }
        var service = ToolService(
            file: environment.absolute(file),
            token: token,
            asksPeople: ask,
            version: MakimaVersion.text
        )
        service.replies = replies.map(environment.absolute)
        try await environment.machine.serveTools(service)
        return .success
    }
}

/// The tools of one iteration.
package struct ToolService: Hashable, Sendable {
    /// Absolute; calls are appended to it.
    package var file: String
    package var token: String
    package var asksPeople: Bool
    /// Absolute; makima answers there an agent that leads others.
    ///
    /// `nil` for one that does not.
    package var replies: String?
    /// makima's version, told to the agent's program.
    package var version: String

    init(file: String, token: String, asksPeople: Bool, version: String) {
        self.file = file
        self.token = token
        self.asksPeople = asksPeople
        self.version = version
    }
}
