import Domain

/// The environment of an agent's process: made, not inherited.
package struct AgentEnvironment: Hashable, Sendable {
    package var variables: [String: String]
    /// Variables with keys that are set for makima and were not passed on.
    package var withheldKeys: [String]

    /// Makes the environment for `request`: what every program needs, what tells the agent where it stands, `additions`
    /// of the kind of agent, and last what the configuration names, so that a person has the last word.
    package static func make(
        host: AgentHost,
        request: AgentRequest,
        additions: [String: String] = [:]
    ) -> AgentEnvironment {
        let configuration = request.configuration
        var variables = inherited(from: host.environment)
        variables["PATH"] = host.environment["PATH"] ?? ProgramFinder.defaultPath
        variables["HOME"] = request.site.home
        variables["TERM"] = "dumb"
        variables["MAKIMA_TASK_ID"] = request.taskID.rawValue
        variables["MAKIMA_ITERATION"] = String(request.iteration)
        variables["MAKIMA_MAX_ITERATIONS"] = String(request.maxIterations)
        if let tools = request.tools { variables[ToolAccess.tokenVariable] = tools.token }
        variables.merge(additions) { _, addition in addition }
        for name in configuration.passEnvironment {
            variables[name] = host.environment[name] ?? variables[name]
        }
        variables.merge(configuration.environment) { _, configured in configured }
        let withheld = keys.filter { host.environment[$0]?.isEmpty == false && variables[$0] == nil }
        return AgentEnvironment(variables: variables, withheldKeys: withheld)
    }

    private static func inherited(from environment: [String: String]) -> [String: String] {
        environment.filter { name, value in
            guard !value.isEmpty else { return false }
            return allowed.contains(name) || name.hasPrefix("LC_")
        }
    }

    /// Language, time zone, and how to reach the network.
    ///
    /// Nothing that names a person, a session or a secret.
    private static let allowed: Set<String> = [
        "LANG", "LANGUAGE", "TZ", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy",
        "no_proxy", "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
    ]

    /// Keys with which an agent would spend somebody's money: never passed on unasked.
    private static let keys = [
        "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "OPENAI_API_KEY", "CODEX_API_KEY",
        "GEMINI_API_KEY", "GOOGLE_API_KEY", "MISTRAL_API_KEY", "OPENROUTER_API_KEY", "MOONSHOT_API_KEY",
        "DEEPSEEK_API_KEY",
    ]
}
