import Domain

/// What an agent of the Agent Client Protocol is told in one iteration, from the first word to the prompt.
struct ACPSetup: Sendable {
    var prompt = ""
    /// The directory it is to work in.
    var directory = ""
    /// The conversation to go on with.
    var session: AgentSession?
    /// The model to choose; `nil` leaves the choice to the program.
    var model: String?
    /// makima's tools, as a server that the program starts; empty where it gets none.
    var servers: [JSONValue] = []
    /// What the agent may do.
    var permissions = Permissions()
    /// Whether it runs in makima's sandbox.
    var isConfined = true
    /// What is likely meant, where the program that is named does not speak the protocol.
    var better: ACPProgram?
}

extension ACPSetup {
    init(_ request: AgentRequest, executable: String) {
        prompt = request.prompt
        directory = request.site.directory
        session = request.session
        model = request.configuration.model
        permissions = request.permissions
        better = ACPProgram(meantBy: request.configuration.command)
        isConfined = request.site.isConfined
        servers = request.tools.map { [Self.server(of: $0, executable: executable)] } ?? []
    }

    /// The token is told over the program's own input, which nobody else can read; a program need not hand its
    /// environment on to servers.
    private static func server(of tools: ToolAccess, executable: String) -> JSONValue {
        .object([
            "name": .string("makima"), "command": .string(executable),
            "args": .array(tools.serverArguments.map(JSONValue.string)),
            "env": .array([
                .object(["name": .string(ToolAccess.tokenVariable), "value": .string(tools.token)])
            ]),
        ])
    }
}
