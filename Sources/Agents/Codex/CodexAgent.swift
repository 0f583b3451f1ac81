package import Domain

/// Codex, driven by `codex exec --json`.
///
/// Written against 0.163.0.
package struct CodexAgent: Agent {
    private let host: AgentHost

    package init(host: AgentHost) {
        self.host = host
    }

    package var capabilities: AgentCapabilities {
        var capabilities = AgentCapabilities(
            streams: true,
            resumes: true,
            reportsTokens: true,
            endsOnInterrupt: true,
            takesTools: true
        )
        // Unattended it asks nobody; its own sandbox can keep it from changing anything.
        capabilities.permissions = [.full, .plan]
        return capabilities
    }

    package func logins(of _: AgentConfiguration) -> [String] { [credentials.source] }

    package func invocation(_ request: AgentRequest) throws(AgentError) -> AgentInvocation {
        let configuration = request.configuration
        let finder = ProgramFinder(host: host)
        let program = try finder.find(configuration.command.first ?? "codex")
        let given = finder.resolve(arguments: Array(configuration.command.dropFirst()))
        let environment = AgentEnvironment.make(host: host, request: request)
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
        RecordReader<CodexTranscript>(request: request, zones: host.zones)
    }

    package func keeps(_ session: AgentSession, for request: AgentRequest, home: String) -> Bool {
        let variables = AgentEnvironment.make(host: host, request: request).variables
        let directory = variables["CODEX_HOME"] ?? request.site.home + "/" + Self.homeDirectory
        return CodexSessions(codexHome: request.site.hostPath(of: directory, hostHome: home)).holds(session.id)
    }

    private func arguments(of request: AgentRequest) -> [String] {
        var arguments = ["exec"] + (request.session == nil ? [] : ["resume"]) + ["--json", "--skip-git-repo-check"]
        for setting in Self.settings { arguments += ["-c", setting] }
        arguments += ["-c", Self.distrust(of: request.site)] + Self.confinement(of: request)
        if let tools = request.tools { arguments += ["-c", "mcp_servers.makima=\(configuration(of: tools))"] }
        if let model = request.configuration.model { arguments += ["--model", model] }
        if let session = request.session { arguments.append(session.id) }
        // The prompt comes on standard input.
        return arguments + ["-"] + request.configuration.arguments
    }

    /// As a value of TOML, whose strings are JSON's.
    ///
    /// The server is given nothing of the agent's environment but what is named; without an approval of its own a call
    /// is refused, because nobody could approve it.
    private func configuration(of tools: ToolAccess) -> String {
        let command = JSONWriter.write(.string(host.executable))
        let arguments = JSONWriter.write(.array(tools.serverArguments.map(JSONValue.string)))
        return "{command=\(command),args=\(arguments),env_vars=[\"\(ToolAccess.tokenVariable)\"],"
            + "default_tools_approval_mode=\"approve\"}"
    }

    /// Said as settings, because a flag that a version does not know ends it, and a setting only makes it warn.
    private static let settings = [
        // With either of these, and no way out, it stays 5 s after its last word.
        "analytics.enabled=false", "features.plugins=false",
        // It would try for ever: makima waits itself, and says so.
        "features.unbounded_connection_retries=false",
        // Which it would be given where the repository is trusted.
        "developer_instructions=\"Where there is an AGENTS.md, read it before you begin: it holds for your work.\"",
    ]

    /// Codex trusts, by itself, every repository that it may write to, and then takes settings, programs to start and
    /// variables from its `.codex`: those could run commands unseen and send the login elsewhere.
    ///
    /// Its `AGENTS.md` goes with them, so the agent is told to read that itself.
    private static func distrust(of site: AgentSite) -> String {
        let places = Set([site.directory, FileProbe(site.directory).realPath ?? site.directory]).sorted()
        let entries = places.map { "\(JSONWriter.write(.string($0)))={trust_level=\"untrusted\"}" }
        return "projects={\(entries.joined(separator: ","))}"
    }

    /// Its own sandbox is left out only inside makima's, which keeps a plan from changing the workspace, too.
    private static func confinement(of request: AgentRequest) -> [String] {
        guard !request.site.isConfined else { return ["--dangerously-bypass-approvals-and-sandbox"] }
        let mode = request.permissions.mode == .plan ? "read-only" : "workspace-write"
        return ["-c", "sandbox_mode=\"\(mode)\""]
    }

    /// Where the vendor's program keeps the user's login; nothing else of the user's settings is shared.
    private var credentials: CredentialFile {
        let directory = host.environment["CODEX_HOME"] ?? host.home + "/.codex"
        return CredentialFile(
            source: directory + "/" + Self.credentialFile,
            pathInHome: Self.homeDirectory + "/" + Self.credentialFile
        )
    }

    /// Where it keeps what it has in a home, unless `CODEX_HOME` names a directory, which then must exist.
    private static let homeDirectory = ".codex"
    private static let credentialFile = "auth.json"
}
