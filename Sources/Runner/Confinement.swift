import Agents
package import Domain
import Glibc
import Journal
package import Processes
import Workspaces

/// How the processes of one task are confined: makes the commands of its agent and of its checks.
package struct Confinement: Sendable {
    package var sandbox: any Sandbox
    package var state: SandboxState
    package var spec: SandboxSpec
    package var directory: TaskDirectory
    /// The `PATH` of processes that no agent configuration speaks for, such as checks.
    package var searchPath: String
    /// The task's lock: what runs for the task holds it until nothing of it is left.
    var lock: OwnerLock?
    /// The task's way out, where it may reach listed hosts only.
    var network: TaskNetwork?
    /// What is kept out of everything that is stored of programs' output.
    var secrets = Secrets()

    /// makima's own program and what must be visible for it to run, for an agent that leads others; empty for any other.
    var leaderProgram: [String] = []

    package init(
        sandbox: any Sandbox,
        state: SandboxState,
        spec: SandboxSpec,
        directory: TaskDirectory,
        searchPath: String
    ) {
        self.sandbox = sandbox
        self.state = state
        self.spec = spec
        self.directory = directory
        self.searchPath = searchPath
    }

    /// The agent's home as the agent sees it.
    var home: String { site.home }

    var site: AgentSite {
        sandbox.isConfining
            ? .confined : AgentSite(home: directory.home, directory: directory.tree, isConfined: false)
    }

    /// The command and the profile that start an agent in `workspace`.
    func agentCommand(_ invocation: AgentInvocation, in workspace: any Workspace, files: IterationFiles)
        -> ConfinedCommand
    {
        let variables = variables(of: spec.network).merging(self.variables(of: files.tools)) { _, own in own }
        let command = Command(
            invocation.program,
            invocation.arguments,
            environment: invocation.environment.merging(variables) { _, own in own },
            directory: workspace.workingDirectory,
            input: .file(files.prompt)
        )
        var binds = invocation.readablePaths.map { SandboxProfile.Bind($0, optional: true) }
        binds += commonBinds
        binds += invocation.credentials.map { file in
            SandboxProfile.Bind(
                file.source,
                at: "\(home)/\(file.pathInHome)",
                writable: file.isWritable,
                optional: true
            )
        }
        if let tools = files.tools {
            binds.append(SandboxProfile.Bind(tools.file, at: toolsPath(of: tools.file), writable: true))
            if let leader = tools.leader {
                binds.append(SandboxProfile.Bind(leader.replies, at: repliesPath(of: leader.replies)))
                binds += leaderProgram.map { SandboxProfile.Bind($0, optional: true) }
            }
        }
        let workspaceBinds = workspace.binds.map { bind in
            var bind = bind
            if files.isReadOnly { bind.isWritable = false }
            return bind
        }
        var confined = confined(command, binds + workspaceBinds, spec.network)
        // A login may have been renewed since the run began.
        confined.secrets.add(invocation.secrets())
        return confined
    }

    /// Where the agent's process sees the host's `file` for what it tells makima by its tools.
    func toolsPath(of file: String) -> String { sandbox.isConfining ? "/run/makima/tools" : file }

    /// Where the agent's process sees the host's `file` with what it is answered.
    func repliesPath(of file: String) -> String { sandbox.isConfining ? "/run/makima/replies" : file }

    /// With these any program can call for what a supervisor may have.
    private func variables(of tools: ToolDesk?) -> [String: String] {
        guard let tools, let replies = tools.access.replies else { return [:] }
        return [
            "MAKIMA": leaderProgram.first ?? "makima", "MAKIMA_TOOLS_FILE": tools.access.file,
            "MAKIMA_TOOLS_REPLIES": replies, ToolAccess.tokenVariable: tools.access.token,
        ]
    }

    /// Makes the user's login for an agent appear in its home where no sandbox mounts it there.
    func shareCredentials(_ files: [CredentialFile]) throws {
        guard !sandbox.isConfining else { return }
        for file in files {
            let link = "\(home)/\(file.pathInHome)"
            guard access(file.source, F_OK) == 0, let slash = link.lastIndex(of: "/") else { continue }
            try makeDirectories(String(link[..<slash]))
            Self.removeMountPoint(link)
            guard symlink(file.source, link) == 0 || errno == EEXIST else {
                throw StateDirectoryError(path: link, code: errno)
            }
        }
    }

    /// A sandbox of an earlier run leaves an empty file where it mounted the login; a file with content is the agent's.
    private static func removeMountPoint(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == 0 else { return }
        unlink(path)
    }

    /// The command and the profile that run one line of shell, such as a check, in a directory of files.
    ///
    /// `wish` narrows what it sees of the task's network.
    func shellCommand(
        _ line: String,
        binds: [SandboxProfile.Bind],
        workingDirectory: String,
        network wish: NetworkMode? = nil
    ) -> ConfinedCommand {
        let network = spec.network.narrowed(to: wish)
        let environment = ["PATH": searchPath, "HOME": home, "LANG": "C.UTF-8", "TERM": "dumb", "CI": "true"]
            .merging(variables(of: network)) { _, own in own }
        let command = Command("/bin/sh", ["-c", line], environment: environment, directory: workingDirectory)
        return confined(command, commonBinds + binds, network)
    }

    private func confined(
        _ command: Command,
        _ binds: [SandboxProfile.Bind],
        _ network: NetworkMode
    ) -> ConfinedCommand {
        var secrets = secrets
        secrets.add(variables: command.environment)
        return ConfinedCommand(command: command, profile: profile(binds, network), secrets: secrets)
    }

    private var commonBinds: [SandboxProfile.Bind] {
        spec.read.map { SandboxProfile.Bind($0, optional: true) }
            + spec.write.map { SandboxProfile.Bind($0, writable: true, optional: true) }
            + [SandboxProfile.Bind(directory.home, at: home, writable: true)]
    }

    private func variables(of mode: NetworkMode) -> [String: String] {
        mode == .allowlist ? network?.variables ?? [:] : [:]
    }

    private func visible(_ mode: NetworkMode) -> SandboxProfile.Network {
        switch mode {
        case .full: .full
        case .none: .none
        // Without a proxy there is no way out.
        case .allowlist: network?.profile ?? .none
        }
    }

    private func profile(_ binds: [SandboxProfile.Bind], _ mode: NetworkMode) -> SandboxProfile {
        var profile = SandboxProfile(binds: binds, network: visible(mode))
        profile.exceptions = spec.exceptions
        profile.limits = spec.limits
        return profile
    }
}

extension SandboxSpec {
    var exceptions: Set<SandboxProfile.Exception> {
        var exceptions: Set<SandboxProfile.Exception> = []
        if nested { exceptions.insert(.nesting) }
        if ptrace { exceptions.insert(.tracing) }
        return exceptions
    }
}

/// The files of one try of one iteration, on the host.
struct IterationFiles: Sendable {
    var prompt: String
    /// `nil` where the agent has no tools of makima's.
    var tools: ToolDesk?
    /// Whether the workspace must not be changed.
    var isReadOnly = false
}

/// A command and what it may see.
struct ConfinedCommand: Sendable {
    var command: Command
    var profile: SandboxProfile
    var secrets: Secrets

    /// The command as it is started under the shim; `spool` is a new directory.
    func supervised(in confinement: Confinement, spool: String, deadline: Duration) -> SupervisedCommand {
        var supervised = SupervisedCommand(
            command,
            sandbox: confinement.sandbox,
            profile: profile,
            spool: Spool(spool),
            deadline: deadline
        )
        supervised.secrets = secrets
        supervised.heldDescriptor = confinement.lock?.inheritable
        return supervised
    }
}
