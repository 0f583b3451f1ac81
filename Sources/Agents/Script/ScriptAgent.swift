package import Domain

/// Plays a scenario file: for demonstrations and tests.
///
/// There is no artificial intelligence in it, and it says so.
///
/// The program is makima itself (`makima agent-script FILE`), so that it runs as a process in the sandbox as any agent.
package struct ScriptAgent: Agent {
    private let host: AgentHost

    package init(host: AgentHost) {
        self.host = host
    }

    package var capabilities: AgentCapabilities {
        AgentCapabilities(streams: true)
    }

    package func logins(of _: AgentConfiguration) -> [String] { [] }

    package func invocation(_ request: AgentRequest) throws(AgentError) -> AgentInvocation {
        let finder = ProgramFinder(host: host)
        let scenario = try scenarioPath(for: request, finder: finder)
        guard FileProbe(scenario).isFile else { throw .scenarioNotFound(path: scenario) }
        let environment = AgentEnvironment.make(host: host, request: request)
        return AgentInvocation(
            program: host.executable,
            arguments: ["agent-script", scenario],
            environment: environment.variables,
            input: Array(request.prompt.utf8),
            readablePaths: finder.requirements(of: host.executable)
                + finder.resolve(arguments: [scenario]).readablePaths,
            withheldKeys: []
        )
    }

    package func makeReader(for request: AgentRequest) -> any AgentOutputReader {
        CommandReader(request: request, zones: host.zones)
    }

    /// The file that the configuration names; without one, the plan is the name of the file.
    private func scenarioPath(for request: AgentRequest, finder: ProgramFinder) throws(AgentError) -> String {
        if let file = request.configuration.command.first, !file.isEmpty { return finder.absolute(file) }
        let plan = request.plan.firstLine(upTo: 4096)
        guard plan.hasSuffix(".json") || plan.hasSuffix(".jsonl") else {
            throw .scenarioMissing(agent: request.configuration.name)
        }
        return finder.absolute(plan)
    }
}
