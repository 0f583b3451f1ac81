package import Domain

/// Any program that speaks the Agent Client Protocol, version 1, over standard input and output.
///
/// Written against kimi-cli 1.51.0 and mistral-vibe 3.0.3.
package struct ACPAgent: Agent {
    private let host: AgentHost

    package init(host: AgentHost) {
        self.host = host
    }

    /// What every such program can do.
    ///
    /// That it can go on with a conversation shows when it is asked.
    package var capabilities: AgentCapabilities {
        AgentCapabilities(streams: true, resumes: true, endsOnInterrupt: true, takesTools: true)
    }

    /// The protocol has no place for it that all use.
    package func capabilities(of configuration: AgentConfiguration) -> AgentCapabilities {
        var capabilities = capabilities
        let program = Self.program(of: configuration)
        // Of others makima does not know what they ask for.
        if program == .kimi || program == .vibe { capabilities.permissions = [.full, .edit, .ask] }
        let reports = program == .vibe
        capabilities.reportsCost = reports
        capabilities.reportsTokens = reports
        return capabilities
    }

    package func logins(of configuration: AgentConfiguration) -> [String] {
        credentials(of: configuration).map(\.source)
    }

    package func invocation(_ request: AgentRequest) throws(AgentError) -> AgentInvocation {
        let configuration = request.configuration
        let command = Self.command(of: configuration)
        guard let name = command.first, !name.isEmpty else { throw .commandMissing(agent: configuration.name) }
        let finder = ProgramFinder(host: host)
        let program = try finder.find(name)
        let given = finder.resolve(arguments: command.dropFirst() + configuration.arguments)
        let environment = environment(for: request)
        return AgentInvocation(
            program: program,
            arguments: given.arguments,
            environment: environment.variables,
            input: Array(request.prompt.utf8),
            readablePaths: finder.requirements(of: program) + given.readablePaths
                + (request.tools == nil ? [] : finder.requirements(of: host.executable)),
            credentials: credentials(of: configuration),
            withheldKeys: environment.withheldKeys
        )
    }

    package func makeReader(for request: AgentRequest) -> any AgentOutputReader {
        RecordReader(ACPTranscript(ACPSetup(request, executable: host.executable)), zones: host.zones)
    }

    package func keeps(_ session: AgentSession, for request: AgentRequest, home: String) -> Bool {
        let variables = environment(for: request).variables
        let known = Self.program(of: request.configuration)
            .map { ACPHome(program: $0).sessions(in: request.site.home, variables: variables) }
        let place = known.map { request.site.hostPath(of: $0, hostHome: home) } ?? home
        return ACPSessions(directory: place).holds(session.id)
    }

    private func environment(for request: AgentRequest) -> AgentEnvironment {
        let additions = Self.program(of: request.configuration).map { ACPHome(program: $0).environment } ?? [:]
        return AgentEnvironment.make(host: host, request: request, additions: additions)
    }

    private func credentials(of configuration: AgentConfiguration) -> [CredentialFile] {
        Self.program(of: configuration).map { ACPHome(program: $0).credentials(of: host) } ?? []
    }

    private static func program(of configuration: AgentConfiguration) -> ACPProgram? {
        configuration.command.first.flatMap { ACPProgram(called: $0) }
    }

    /// A known program that is named without arguments gets those that make it speak the protocol.
    private static func command(of configuration: AgentConfiguration) -> [String] {
        guard configuration.command.count == 1, let known = program(of: configuration) else {
            return configuration.command
        }
        return configuration.command + known.command.dropFirst()
    }
}
