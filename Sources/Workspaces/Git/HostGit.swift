import Domain
package import Processes

/// The only way in which makima starts git on the host.
///
/// It is used on repositories that no agent can write: the user's. Everything that could make git run a program or
/// reach another place is switched off, whatever the user's configuration says: hooks, fsmonitor, askpass, helpers,
/// submodules, transports. Nothing is inherited from makima's environment.
package struct HostGit: Sendable {
    package let launcher: any CommandLauncher
    /// Absolute.
    package let program: String
    /// Where the user's own git configuration is found, for the few values that are taken over from it.
    package let user: UserHome
    /// The user's own `safe.directory` values, which git accepts from protected configuration only.
    package var trustedDirectories: [String] = []
    /// How long is waited for a lock on references that another git holds; one that was left behind is never removed.
    package var lockPatience = Duration.seconds(10)
    /// What was found out about repositories; `nil` where each look is to be a new one.
    var repositories: RepositoryMemory?

    package init(launcher: any CommandLauncher, program: String = "/usr/bin/git", user: UserHome) {
        self.launcher = launcher
        self.program = program
        self.user = user
    }

    /// One start of git.
    package struct Invocation: Sendable {
        var arguments: [String]
        var directory: String
        var input: StandardInput = .none
        /// Added to the settings of every start.
        var settings: [(String, String)] = []
        var environment: [String: String] = [:]
        /// What it is for, as in "git could not …".
        var operation: String
        var timeout: Duration = .seconds(120)

        /// Whether it comes to the same when it is made twice, however far the first try came.
        var isRepeatable: Bool {
            guard let verb = arguments.first(where: { !$0.hasPrefix("-") }) else { return true }
            switch verb {
            case "update-ref": return !arguments.contains("--stdin")
            case "worktree": return arguments.contains("list")
            default: return Self.reading.contains(verb)
            }
        }

        private static let reading: Set = [
            "cat-file", "check-attr", "config", "diff", "diff-index", "diff-tree", "for-each-ref", "ls-files",
            "ls-tree",
            "merge-base", "rev-list", "rev-parse", "status",
        ]
    }

    /// Runs git and returns its standard output; a status other than 0 is an error.
    func run(_ invocation: Invocation) async throws -> [UInt8] {
        let result = try await attempt(invocation)
        guard result.status.isSuccess, !result.isTruncated else {
            try Self.requireNoLock(result)
            throw WorkspaceError.gitFailed(
                operation: invocation.operation,
                status: result.status,
                message: GitOutput.message(result)
            )
        }
        return result.output
    }

    /// Throws where git failed because of somebody's lock.
    static func requireNoLock(_ result: CommandResult) throws(WorkspaceError) {
        guard !result.status.isSuccess, let lock = GitOutput.lock(in: result) else { return }
        throw .locked(path: lock)
    }

    /// Runs git and returns how it ended; one that was killed is tried once more where it can be, else it is an error.
    func attempt(_ invocation: Invocation) async throws -> CommandResult {
        let patience = "\(lockPatience.milliseconds)"
        let waiting = [("core.filesRefLockTimeout", patience), ("core.packedRefsTimeout", patience)]
        let settings = Self.settings + waiting + trustedDirectories.map { ("safe.directory", $0) } + invocation.settings
        let environment = Self.environment.merging(GitSettings.variables(settings)) { _, new in new }
            .merging(invocation.environment) { _, new in new }
        let command = Command(
            program,
            invocation.arguments,
            environment: environment,
            directory: invocation.directory,
            input: invocation.input
        )
        var result = try await launcher.run(command, timeout: invocation.timeout, outputCap: 64 << 20)
        if case .signal = result.status, invocation.isRepeatable {
            result = try await launcher.run(command, timeout: invocation.timeout, outputCap: 64 << 20)
        }
        // It has answered nothing, which callers would take for a no: for a missing commit, say.
        guard case .signal = result.status else { return result }
        throw WorkspaceError.gitFailed(
            operation: invocation.operation,
            status: result.status,
            message: GitOutput.message(result)
        )
    }

    /// Reads configuration as the user's own git would, with their global file.
    ///
    /// Reading runs nothing.
    func userConfiguration(_ arguments: [String], in directory: String) async throws -> CommandResult {
        var environment = Self.environment.filter { !["GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL"].contains($0.key) }
        environment["HOME"] = user.home
        environment["XDG_CONFIG_HOME"] = user.configurationHome
        environment.merge(GitSettings.variables(trustedDirectories.map { ("safe.directory", $0) })) { _, new in new }
        let command = Command(program, ["config"] + arguments, environment: environment, directory: directory)
        let result = try await launcher.run(command, timeout: .seconds(30), outputCap: 4 << 20)
        guard case .signal = result.status else { return result }
        return try await launcher.run(command, timeout: .seconds(30), outputCap: 4 << 20)
    }

    private static let environment = [
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        // From git 2.45 on, never gets missing objects by itself.
        "GIT_NO_LAZY_FETCH": "1",
    ]

    private static let settings = [
        ("safe.bareRepository", "explicit"),
        ("protocol.allow", "never"),
        ("core.hooksPath", "/dev/null"),
        ("core.fsmonitor", "false"),
        ("core.sshCommand", "/bin/false"),
        ("core.alternateRefsCommand", "/bin/true"),
        ("credential.helper", ""),
        ("submodule.recurse", "false"),
        ("fetch.recurseSubmodules", "false"),
        ("diff.ignoreSubmodules", "all"),
        ("gc.auto", "0"),
        ("maintenance.auto", "false"),
        ("commit.gpgSign", "false"),
        ("merge.verifySignatures", "false"),
    ]
}

/// The places of a user's own configuration.
package struct UserHome: Hashable, Sendable {
    package var home: String
    /// `XDG_CONFIG_HOME`; `nil` where it is not set.
    package var configurationHome: String?

    package init(home: String, configurationHome: String? = nil) {
        self.home = home
        self.configurationHome = configurationHome
    }
}
