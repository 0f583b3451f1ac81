import TestSupport

/// Programs of the Agent Client Protocol that are set up to ask a scripted model.
enum ACPPrograms {
    static func installation(
        _ program: AgentProgram,
        _ model: ScriptedModel,
        hasLogin: Bool = true
    ) async throws -> Installation {
        let installation = try await Installation(files: Adder.broken)
        let home = installation.directory
        if program == .kimi {
            home.write(Self.kimiSettings(model.url), to: "home/.kimi/config.toml")
            if hasLogin { home.write(Self.login, to: "home/.kimi/credentials/kimi-code.json") }
        } else {
            home.write(Self.vibeSettings(model.url), to: "home/.vibe/config.toml")
        }
        let path = program == .kimi ? program.path : program.path + "-acp"
        installation.configure(
            """
            agent = "\(program.rawValue)"
            [agents.\(program.rawValue)]
            command = "\(path)"
            env = { SCRIPTED_KEY = "scripted" }
            """
        )
        return installation
    }

    /// Made up: Kimi wants one to be there, whatever service it uses.
    private static let login = """
        {"access_token":"made-up","refresh_token":"made-up","expires_at":4102444800,"scope":"","token_type":"Bearer",\
        "expires_in":3600}
        """

    static func kimiSettings(_ url: String) -> String {
        """
        default_model = "scripted"
        default_thinking = false
        telemetry = false
        [models.scripted]
        provider = "scripted"
        model = "scripted"
        max_context_size = 200000
        [providers.scripted]
        type = "openai_legacy"
        base_url = "\(url)/v1"
        api_key = "scripted"
        """
    }

    static func vibeSettings(_ url: String) -> String {
        """
        active_model = "scripted"
        enable_telemetry = false
        enable_update_checks = false
        enable_auto_update = false
        api_retry_max_elapsed_time = 20.0
        [[providers]]
        name = "scripted"
        api_base = "\(url)/v1"
        api_key_env_var = "SCRIPTED_KEY"
        backend = "generic"
        [[models]]
        name = "scripted"
        provider = "scripted"
        alias = "scripted"
        input_price = 1.0
        output_price = 2.0
        max_context_length = 200000
        """
    }
}
