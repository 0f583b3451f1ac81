import Domain

extension SettingKeys {
    /// Of servers, and of daemons.
    static let fleet: [Setting<MakimaConfiguration>] = client + serve + daemon

    private static let client: [Setting<MakimaConfiguration>] = [
        Setting(
            "server",
            .optionalText(\.server),
            "The server that commands go through, as `https://HOST:7420`; without it, the one that runs on this machine."
        ),
        Setting(
            "server_token_file",
            .optionalText(\.serverTokenFile),
            "The file with your token for `server`, readable by you alone."
        ),
        Setting(
            "server_authority",
            .optionalText(\.serverAuthority),
            "The authority that signed the certificate of `server`, in PEM; without it, those of the system."
        ),
    ]

    private static let serve: [Setting<MakimaConfiguration>] = [
        Setting("serve.host", .text(\.serve.host), "The address on which `makima server` listens."),
        Setting(
            "serve.port",
            .integer(\.serve.port, 0...65535),
            "Its port, and that of `makima up`; 0 is any that is free."
        ),
        Setting("serve.names", .list(\.serve.names), "Names under which it is reached, besides those of loopback."),
        Setting(
            "serve.tls_certificate",
            .optionalText(\.serve.certificate),
            "Its certificate and those above it, in PEM."
        ),
        Setting("serve.tls_key", .optionalText(\.serve.key), "The private key of the certificate, in PEM."),
        Setting("serve.lease", .duration(\.serve.lease), "How long a daemon that is not heard of counts as connected."),
        Setting("serve.grace", .duration(\.serve.grace), "How long after that it keeps its tasks, and works on."),
        Setting(
            "serve.keep_tasks",
            .optionalDuration(\.serve.keepsTasks, allowsZero: false),
            "How long a server knows a task that is done, with all about it, and a contract that is over and none of whose tasks is "
                + "left; without it, for ever. The work is in its repository."
        ),
        Setting(
            "serve.keep_events",
            .optionalDuration(\.serve.keepsEvents, allowsZero: false),
            "How long it keeps the output and events of tasks that no daemon has; without it, for ever."
        ),
    ]

    private static let daemon: [Setting<MakimaConfiguration>] = [
        Setting("daemon.server", .optionalText(\.daemon.server), "The server that `makima daemon` works for."),
        Setting(
            "daemon.token_file",
            .optionalText(\.daemon.tokenFile),
            "The file with its token, readable by you alone."
        ),
        Setting(
            "daemon.authority",
            .optionalText(\.daemon.authority),
            "The authority that signed the server's certificate, in PEM; without it, those of the system."
        ),
        Setting("daemon.id", .optionalText(\.daemon.id), "Its id at the server; without it, the machine's name."),
        Setting("daemon.name", .optionalText(\.daemon.name), "What people call it; without it, the machine's name."),
        Setting("daemon.slots", .integer(\.daemon.slots, 1...1000), "How many tasks run side by side."),
        Setting("daemon.labels", .list(\.daemon.labels), "What tasks may ask for."),
        Setting(
            "daemon.paths",
            .list(\.daemon.paths),
            "Repositories in these directories may be worked on where they are; that of `makima up` may work in all."
        ),
        Setting(
            "daemon.pass_env",
            .list(\.daemon.passEnvironment),
            "Names of your variables that git gets when it clones for a daemon, as `SSH_AUTH_SOCK`."
        ),
        Setting("repos.auto_clone", .list(\.autoClone), "URLs of repositories that a daemon clones when it starts."),
    ]
}
