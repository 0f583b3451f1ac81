import Domain

/// What a known program of the Agent Client Protocol keeps in a home.
///
/// Of the user's own only what it needs to reach its model: nothing of it is ever read by makima.
struct ACPHome {
    let program: ACPProgram

    /// The user's login, and the settings that say which service it is for.
    func credentials(of host: AgentHost) -> [CredentialFile] {
        let base = directoryVariable.flatMap { host.environment[$0] } ?? host.home + "/" + directory
        return files.map { name, isWritable in
            CredentialFile(source: base + "/" + name, pathInHome: directory + "/" + name, isWritable: isWritable)
        }
    }

    /// Variables that the program is given.
    var environment: [String: String] {
        switch program {
        case .kimi: ["KIMI_CLI_NO_AUTO_UPDATE": "1", "KIMI_DISABLE_TELEMETRY": "1"]
        case .gemini, .goose, .vibe: [:]
        }
    }

    /// Where its conversations are, as a process with `variables` sees it, whose home is `home`.
    func sessions(in home: String, variables: [String: String]) -> String {
        let base = directoryVariable.flatMap { variables[$0] } ?? home + "/" + directory
        return switch program {
        case .gemini: base + "/tmp"
        case .goose: home + "/.local/share/goose/sessions"
        case .kimi: base + "/sessions"
        case .vibe: base + "/logs/session"
        }
    }

    private var directory: String {
        switch program {
        case .gemini: ".gemini"
        case .goose: ".config/goose"
        case .kimi: ".kimi"
        case .vibe: ".vibe"
        }
    }

    /// Names another place for ``directory``.
    private var directoryVariable: String? {
        switch program {
        case .gemini, .goose: nil
        case .kimi: "KIMI_SHARE_DIR"
        case .vibe: "VIBE_HOME"
        }
    }

    /// Only a login that the program renews is writable.
    private var files: [(name: String, isWritable: Bool)] {
        switch program {
        case .gemini: [("oauth_creds.json", true), ("settings.json", false)]
        case .goose: [("config.yaml", false), ("secrets.yaml", false)]
        case .kimi: [("credentials/kimi-code.json", true), ("config.toml", false)]
        case .vibe: [(".env", false), ("config.toml", false)]
        }
    }
}
