import Domain
import Processes

/// Runs makima's scripts on the vault of one workspace, in the sandbox, without network.
struct VaultShell: Sendable {
    let launcher: any CommandLauncher
    let sandbox: any Sandbox
    let layout: WorkspaceLayout
    /// Borrowed objects, readable where `alternates` names them.
    let objectBinds: [SandboxProfile.Bind]
    let wallClock: any WallClock

    /// One run of a script.
    struct Job: Sendable {
        var script: String
        var operation: String
        var access = VaultAccess()
        var variables: [String: String] = [:]
        /// What the script sees as `"$@"`.
        var arguments: [String] = []
        var input: StandardInput = .none
        var author = UserConfiguration.Identity.makima
        var timeout: Duration = .seconds(600)
    }

    var view: WorkspaceView { WorkspaceView(layout, isConfining: sandbox.isConfining) }

    /// Runs the script to its end and returns the records it printed; a status other than 0 is an error.
    func run(_ job: Job) async throws -> [String] {
        let result = try await attempt(job)
        guard !result.isTruncated else { throw WorkspaceError.tooMuchOutput(operation: job.operation) }
        guard result.status.isSuccess else {
            throw WorkspaceError.gitFailed(
                operation: job.operation,
                status: result.status,
                message: GitOutput.message(result)
            )
        }
        return GitOutput.records(result.output)
    }

    func attempt(_ job: Job) async throws -> CommandResult {
        var command = Command(
            "/bin/sh",
            ["-c", BoundScript.text(job.script), "makima"] + job.arguments,
            environment: environment(of: job),
            directory: directory(of: job),
            input: job.input
        )
        command.hasLifePipe = true
        return try await launcher.run(
            confine(command, job.access),
            patience: patience(with: job.access, timeout: job.timeout),
            outputCap: 64 << 20
        )
    }

    /// Waits for at most `timeout`, and meanwhile lets go a git that an agent has wait for ever.
    func patience(with access: VaultAccess, timeout: Duration) -> Patience {
        guard access.tree != .none || access.agentGit != .none else { return Patience(timeout: timeout) }
        let reads = BlockedReads(tree: layout.tree, agentGit: layout.agentGit)
        return Patience(timeout: timeout, interval: .seconds(1)) { reads.release() }
    }

    /// Returns the command that runs `command` with the given access to the workspace.
    func confine(_ command: Command, _ access: VaultAccess) -> Command {
        var binds = objectBinds
        func bind(_ source: String, at destination: String, _ access: VaultAccess.Access) {
            guard access != .none else { return }
            binds.append(SandboxProfile.Bind(source, at: destination, writable: access == .write))
        }
        bind(layout.tree, at: view.tree, access.tree)
        bind(layout.agentGit, at: view.agentGit, access.agentGit)
        bind(layout.vault, at: view.vault, access.vault)
        if let source = access.source { binds.append(SandboxProfile.Bind(source)) }
        var profile = SandboxProfile(binds: binds, network: .none)
        // The scripts wait for all they start; without an init of its own the sandbox is gone as soon as they end.
        profile.startsAsInit = true
        return sandbox.confine(command, profile)
    }

    /// Removes the locks of a script that was killed: one process at a time works on the vault.
    func removeStaleLocks() throws(WorkspaceError) {
        let vault = try Beneath(layout.vault)
        for name in ["index.lock", "refs/heads/checkpoints.lock", "refs/heads/agent.lock", "packed-refs.lock"] {
            try vault.unlink(name)
        }
    }

    private func directory(of job: Job) -> String {
        job.access.tree == .none ? view.vault : view.tree
    }

    private func environment(of job: Job) -> [String: String] {
        GitIdentity.variables(author: job.author, at: wallClock.now())
            .merging(environment(access: job.access)) { _, new in new }
            .merging(job.variables) { _, new in new }
    }

    /// What every script finds: where the parts of the workspace are.
    func environment(access: VaultAccess) -> [String: String] {
        var environment = Self.fixedEnvironment
        environment["GIT_DIR"] = view.vault
        if access.tree != .none { environment["GIT_WORK_TREE"] = view.tree }
        environment["VAULT"] = view.vault
        environment["TREE"] = view.tree
        environment["AGENT"] = view.agentGit
        return environment
    }

    static let fixedEnvironment = [
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
    ]
}

/// Who and when, as git takes it from its environment.
enum GitIdentity {
    static func variables(author: UserConfiguration.Identity, at time: Timestamp) -> [String: String] {
        let date = "@\(time.millisecondsSince1970 / 1000) +0000"
        return [
            "GIT_AUTHOR_NAME": author.name, "GIT_AUTHOR_EMAIL": author.email, "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_NAME": author.name, "GIT_COMMITTER_EMAIL": author.email, "GIT_COMMITTER_DATE": date,
        ]
    }
}

/// The `name=value` records that a script printed.
struct ScriptAnswer {
    private var values: [String: [String]] = [:]

    init(_ records: [String]) {
        for record in records {
            let parts = record.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0].drop { $0 == "\n" }
            values[String(name), default: []].append(parts.count > 1 ? String(parts[1]) : "")
        }
    }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    func commit(_ name: String) -> CommitID? { all(name).last.flatMap(CommitID.init(rawValue:)) }

    func tree(_ name: String) -> TreeID? { all(name).last.flatMap(TreeID.init(rawValue:)) }
}
