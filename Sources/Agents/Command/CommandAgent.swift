package import Domain

/// Any program: the prompt on its standard input, its answer on standard output, its exit status as its word.
package struct CommandAgent: Agent {
    private let host: AgentHost

    package init(host: AgentHost) {
        self.host = host
    }

    package var capabilities: AgentCapabilities {
        AgentCapabilities(streams: true, mayReportTokens: true)
    }

    package func logins(of _: AgentConfiguration) -> [String] { [] }

    package func invocation(_ request: AgentRequest) throws(AgentError) -> AgentInvocation {
        let configuration = request.configuration
        guard let name = configuration.command.first, !name.isEmpty else {
            throw .commandMissing(agent: configuration.name)
        }
        let finder = ProgramFinder(host: host)
        let program = try finder.find(name)
        let given = finder.resolve(arguments: configuration.command.dropFirst() + configuration.arguments)
        let environment = AgentEnvironment.make(host: host, request: request)
        return AgentInvocation(
            program: program,
            arguments: given.arguments,
            environment: environment.variables,
            input: Array(request.prompt.utf8),
            readablePaths: finder.requirements(of: program) + given.readablePaths,
            withheldKeys: environment.withheldKeys
        )
    }

    package func makeReader(for request: AgentRequest) -> any AgentOutputReader {
        CommandReader(request: request, zones: host.zones)
    }
}
