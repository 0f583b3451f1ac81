package import Domain
package import Wire

/// What a daemon's configuration says.
package struct DaemonSettings: Sendable {
    /// For people.
    package var name: String
    /// What tasks may ask for; identifiers.
    package var labels: [String] = []
    /// How many tasks run side by side.
    ///
    /// Default: 4.
    package var slots = 4
    package var makimaVersion: String
    /// As `linux-x86_64`.
    package var platform: String
    package var repositories = RepositoryRules()
    /// Whose word the commands are that a server sends.
    ///
    /// Default: that of strangers, who get no more than ``defaults``.
    package var trust = RequestTrust.stranger
    /// The machine's defaults for tasks that do not say otherwise, and its ceiling; asked for with each task.
    package var defaults: @Sendable () async throws -> TaskDefaults
    /// The agents that are offered, with their versions; asked for with each connection.
    package var offers: @Sendable () async -> [WireAgentOffer] = { [] }
    package var link = LinkRules()
    /// How many bytes of reports may wait for the server; what is more waits in the files where it is.
    ///
    /// Default: 64 MiB.
    package var outboxBytes = 64 << 20
    /// How often growing output is looked at.
    ///
    /// Default: a quarter of a second.
    package var pace = Duration.milliseconds(250)

    /// How long it is remembered word for word what a task has told whose attempt is over.
    ///
    /// Default: seven days.
    package var memory = Duration.seconds(7 * 86_400)

    package init(
        name: String,
        makimaVersion: String,
        platform: String,
        defaults: @escaping @Sendable () async throws -> TaskDefaults
    ) {
        self.name = name
        self.makimaVersion = makimaVersion
        self.platform = platform
        self.defaults = defaults
    }
}

/// What holds for a task where its command says nothing.
package struct TaskDefaults: Hashable, Sendable {
    package var limits = LoopLimits()
    package var timeouts = Timeouts()
    package var sandbox = SandboxSpec()
    package var agents: [AgentConfiguration] = []
    package var forge = ForgeSpec()

    package init() {}
}

/// Which repositories a daemon works on.
package struct RepositoryRules: Hashable, Sendable {
    /// The schemes of URLs that it follows.
    ///
    /// Default: https and ssh.
    package var schemes: Set<RepositoryURL.Scheme> = [.https, .ssh]
    /// Directories of this machine; repositories in or beneath them may be worked on where they are.
    ///
    /// Default: none.
    package var paths: [String] = []
    /// Are cloned when the daemon starts.
    package var autoClone: [RepositoryURL] = []
    /// Variables that git needs on its way there, as `SSH_AUTH_SOCK` or those of a proxy.
    package var variables: [String: String] = [:]

    package init() {}

    /// Whether a repository of this machine may be worked on; `path` has no symbolic links.
    package func allows(path: String) -> Bool {
        paths.contains { root in
            let root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
            return path == root || path.hasPrefix(root == "/" ? "/" : root + "/")
        }
    }
}
