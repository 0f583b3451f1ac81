import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// A user's repository, a state directory beside it, and everything to work with them.
struct Fixture {
    let directory: TemporaryDirectory
    let clock = ManualWallClock()
    let launcher = PosixSpawnLauncher()
    let sandbox: any Sandbox
    /// The user's checkout.
    let repository: String

    init(confined: Bool = true, in parent: String = "/tmp") throws {
        directory = TemporaryDirectory("makima-workspaces", in: parent)
        repository = "\(directory.path)/repo"
        sandbox =
            confined
            ? BubblewrapSandbox(executable: "/usr/bin/bwrap", root: .read())
            : NoSandbox()
        for name in ["repo", "home", "tasks"] { mkdir("\(directory.path)/\(name)", 0o755) }
        directory.write("[user]\n\tname = Ursula User\n\temail = ursula@example.com\n", to: "home/.gitconfig")
    }

    /// A repository with one commit on `main`.
    static func standard(confined: Bool = true) async throws -> Fixture {
        let fixture = try Fixture(confined: confined)
        try await fixture.makeRepository()
        return fixture
    }

    func makeRepository(_ initArguments: [String] = []) async throws {
        try await git(["init", "-q", "-b", "main"] + initArguments)
        write("a.txt", "one\ntwo\nthree\n")
        write("src/b.txt", "b\n")
        write(".gitignore", "*.log\nbuild/\n")
        try await commit("base")
    }

    func commit(_ message: String) async throws {
        try await git(["add", "-A"])
        try await git(["commit", "-q", "-m", message])
    }

    @discardableResult
    func write(_ name: String, _ text: String) -> String {
        directory.write(text, to: "repo/\(name)")
    }

    /// Runs the user's own git and returns what it prints, without the last line end.
    @discardableResult
    func git(_ arguments: [String], in path: String? = nil, failing: Bool = false) async throws -> String {
        let command = Command(
            "/usr/bin/git",
            arguments,
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": "\(directory.path)/home", "GIT_CONFIG_NOSYSTEM": "1",
                "GIT_ALLOW_PROTOCOL": "file",
            ],
            directory: path ?? repository
        )
        let result = try await launcher.run(command)
        if !failing, !result.status.isSuccess {
            Issue.record("git \(arguments): \(String(decoding: result.errorOutput, as: UTF8.self))")
        }
        return GitOutput.line(result.output)
    }

    /// Runs a line of shell in the repository as the user would.
    func shell(_ line: String) async throws {
        let environment = ["PATH": "/usr/bin:/bin", "HOME": "\(directory.path)/home", "GIT_CONFIG_NOSYSTEM": "1"]
        let result = try await launcher.run(
            Command("/bin/sh", ["-c", line], environment: environment, directory: repository)
        )
        #expect(result.status.isSuccess, "\(String(decoding: result.errorOutput, as: UTF8.self))")
    }

    func head() async throws -> CommitID? {
        CommitID(rawValue: try await git(["rev-parse", "--verify", "-q", "HEAD"], failing: true))
    }

    func provider(_ limits: WorkspaceLimits = WorkspaceLimits()) -> SplitCloneProvider {
        SplitCloneProvider(
            git: HostGit(launcher: launcher, user: UserHome(home: "\(directory.path)/home")),
            sandbox: sandbox,
            wallClock: clock,
            limits: limits
        )
    }

    /// As ``provider(_:)``, but it waits for nobody's lock.
    var impatientProvider: SplitCloneProvider {
        var git = HostGit(launcher: launcher, user: UserHome(home: "\(directory.path)/home"))
        git.lockPatience = .milliseconds(50)
        return SplitCloneProvider(git: git, sandbox: sandbox, wallClock: clock)
    }

    /// A task's place; its id is `number` in disguise.
    func site(_ number: UInt64 = 1, _ change: (inout RepositorySpec) -> Void = { _ in }) async throws -> WorkspaceSite {
        var generator = SeededGenerator(seed: number)
        let task = TaskID(using: &generator)
        var spec = RepositorySpec(path: repository, base: try await head(), baseBranch: "main")
        change(&spec)
        return WorkspaceSite(
            task: task,
            name: "Fix the parser",
            repository: spec,
            directory: "\(directory.path)/tasks/\(task)"
        )
    }

    func create(_ change: (inout RepositorySpec) -> Void = { _ in }) async throws -> CreatedWorkspace {
        try await provider().create(try await site(1, change))
    }

    /// Runs a script as an agent would and returns what it prints.
    @discardableResult
    func agent(_ workspace: any Workspace, _ script: String) async throws -> String {
        try await run(script, binds: workspace.binds, directory: workspace.workingDirectory)
    }

    /// Runs a script in a clean checkout as a check would.
    @discardableResult
    func check(_ checkout: CleanCheckout, _ script: String) async throws -> String {
        try await run(script, binds: checkout.binds, directory: checkout.workingDirectory)
    }

    private func run(_ script: String, binds: [SandboxProfile.Bind], directory: String) async throws -> String {
        let command = Command(
            "/bin/sh",
            ["-ec", script],
            environment: ["PATH": "/usr/bin:/bin", "HOME": "/tmp", "GIT_CONFIG_NOSYSTEM": "1"],
            directory: directory
        )
        let profile = SandboxProfile(binds: binds, network: .none)
        let result = try await launcher.run(sandbox.confine(command, profile))
        if !result.status.isSuccess {
            Issue.record("agent: \(result.status) \(String(decoding: result.errorOutput, as: UTF8.self))")
        }
        return GitOutput.line(result.output)
    }

    /// Returns the names and contents of a tree in the user's repository or the vault.
    func files(_ tree: TreeID, in workspace: any Workspace) async throws -> [String] {
        let vault = "\(workspace.site.directory)/vault"
        return try await git(["--git-dir=\(vault)", "ls-tree", "-r", "--name-only", tree.rawValue])
            .split(separator: "\n").map(String.init)
    }
}

extension CreatedWorkspace {
    var tree: String { "\(workspace.site.directory)/tree" }
}
