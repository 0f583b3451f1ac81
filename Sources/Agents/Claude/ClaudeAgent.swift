package import Domain

/// Claude Code, driven by `claude -p` with `stream-json` both ways: people can talk to it while it works.
///
/// Written against 2.1.330.
package struct ClaudeAgent: Agent {
    private let host: AgentHost

    package init(host: AgentHost) {
        self.host = host
    }

    package var capabilities: AgentCapabilities {
        var capabilities = AgentCapabilities(
            streams: true,
            resumes: true,
            reportsCost: true,
            reportsTokens: true,
            endsOnInterrupt: true,
            listens: true,
            takesTools: true
        )
        capabilities.permissions = Set(PermissionMode.allCases)
        capabilities.refusesFullUnconfined = host.isRoot
        return capabilities
    }

    package func logins(of _: AgentConfiguration) -> [String] { [credentials.source] }

    package func invocation(_ request: AgentRequest) throws(AgentError) -> AgentInvocation {
        let configuration = request.configuration
        let finder = ProgramFinder(host: host)
        let name = configuration.command.first ?? "claude"
        let program = try finder.find(name)
        let given = finder.resolve(arguments: Array(configuration.command.dropFirst()))
        let environment = AgentEnvironment.make(
            host: host,
            request: request,
            additions: Self.environment(of: request.site)
        )
        return AgentInvocation(
            program: program,
            arguments: given.arguments + arguments(of: request),
            environment: environment.variables,
            input: Array(request.prompt.utf8),
            readablePaths: finder.requirements(of: program) + given.readablePaths
                + (request.tools == nil ? [] : finder.requirements(of: host.executable)),
            credentials: [credentials],
            withheldKeys: environment.withheldKeys
        )
    }

    package func makeReader(for request: AgentRequest) -> any AgentOutputReader {
        ClaudeReader(talkingFor: request, zones: host.zones)
    }

    package func keeps(_ session: AgentSession, for request: AgentRequest, home: String) -> Bool {
        let environment = AgentEnvironment.make(
            host: host,
            request: request,
            additions: Self.environment(of: request.site)
        )
        let directory =
            environment.variables["CLAUDE_CONFIG_DIR"] ?? request.site.home + "/" + Self.configurationDirectory
        let place = request.site.hostPath(of: directory, hostHome: home)
        return ClaudeSessions(configurationDirectory: place).holds(session.id)
    }

    private func arguments(of request: AgentRequest) -> [String] {
        // stream-json wants --verbose.
        var arguments = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
        arguments += Self.permissions(request.permissions.mode)
        // A repository's own settings, hooks and servers are not trusted: they could run commands unseen and send the
        // login elsewhere. Its CLAUDE.md goes with them, and comes back as that of an additional directory.
        arguments += ["--setting-sources", "user", "--add-dir", ".", "--strict-mcp-config"]
        if let tools = request.tools { arguments += ["--mcp-config", configuration(of: tools)] }
        if let session = request.session { arguments += ["--resume", session.id] }
        if let model = request.configuration.model { arguments += ["--model", model] }
        return arguments + request.configuration.arguments
    }

    /// Where it may do everything, the sandbox is what confines it, or nothing is; else it asks makima.
    private static func permissions(_ mode: PermissionMode) -> [String] {
        let asking = ["--permission-prompt-tool", "stdio", "--permission-mode"]
        return switch mode {
        case .full: ["--dangerously-skip-permissions"]
        case .edit: asking + ["acceptEdits"]
        case .ask: asking + ["default"]
        case .plan: asking + ["plan"]
        }
    }

    /// The server gets the token with the agent's environment: arguments can be read by others.
    private func configuration(of tools: ToolAccess) -> String {
        let server = JSONValue.object([
            "type": .string("stdio"), "command": .string(host.executable),
            "args": .array(tools.serverArguments.map(JSONValue.string)),
        ])
        return JSONWriter.write(.object(["mcpServers": .object(["makima": server])]))
    }

    private static func environment(of site: AgentSite) -> [String: String] {
        var variables = [
            "CLAUDE_CONFIG_DIR": site.home + "/" + configurationDirectory,
            "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "CLAUDE_CODE_ADDITIONAL_DIRECTORIES_CLAUDE_MD": "1",
            // 20 s instead of 3 min: makima waits itself, and says so.
            "CLAUDE_CODE_MAX_RETRIES": "5",
        ]
        // As root it refuses to skip permissions unless told that it is confined; which is told only if it is true.
        if site.isConfined { variables["IS_SANDBOX"] = "1" }
        return variables
    }

    /// Where the vendor's program keeps the user's login; nothing else of the user's settings is shared.
    private var credentials: CredentialFile {
        let directory = host.environment["CLAUDE_CONFIG_DIR"] ?? host.home + "/.claude"
        return CredentialFile(
            source: directory + "/" + Self.credentialFile,
            pathInHome: Self.configurationDirectory + "/" + Self.credentialFile
        )
    }

    private static let configurationDirectory = ".claude"
    private static let credentialFile = ".credentials.json"
}
