import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// Scripts that an agent has wait for ever.
struct WaitingScriptTests {
    @Test(
        .timeLimit(.minutes(15)),
        arguments: [".gitignore", ".gitattributes", "src/.gitignore", "src/.gitattributes"]
    )
    func fifosDoNotHoldARestoreUp(_ path: String) async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(created.workspace, "rm -f \(path); mkfifo \(path); rm a.txt; echo x >src/x")
        _ = try await created.workspace.restore(to: 0, iteration: 1)
        #expect(TestFiles.exists("\(created.tree)/a.txt"))
        #expect(!TestFiles.exists("\(created.tree)/src/x"))
        await created.workspace.close()
    }

    @Test(.timeLimit(.minutes(15)), arguments: [".gitignore", ".gitattributes", ".git/index", ".git/HEAD"])
    func fifosDoNotHoldTheOpeningUp(_ path: String) async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(created.workspace, "rm -f \(path); mkfifo \(path)")
        await created.workspace.close()
        let workspace = try await fixture.provider().open(created.workspace.site)
        #expect(await workspace.latest == CheckpointPoint(created.base))
    }

    @Test(.timeLimit(.minutes(15)), arguments: ["alternates", "commit-graph"])
    func fifosDoNotHoldTheTakingOfReferencesUp(_ path: String) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        let commit = try await fixture.agent(
            workspace,
            "git checkout -qb other; echo o >o; git add o; git commit -qm o; git rev-parse HEAD; git checkout -q --detach HEAD~1"
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        try await fixture.agent(workspace, "rm -f .git/objects/info/\(path); mkfifo .git/objects/info/\(path)")
        try await workspace.discard(force: false)
        let prefix = "refs/makima/kept/\(workspace.site.task)"
        #expect(try await fixture.git(["for-each-ref", "--format=%(objectname)", prefix]) == commit)
    }

    /// Also where the agent replaced the file after its last checkpoint.
    @Test(.timeLimit(.minutes(15))) func fifosDoNotHoldTheComparisonUp() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(created.workspace, "rm a.txt; mkfifo a.txt")
        let paths = try await created.workspace.convertedPaths(of: created.base.tree, matching: ["*.txt"])
        #expect(paths == ["a.txt"])
    }

    @Test(.timeLimit(.minutes(15)), arguments: [true, false])
    func nothingWaitsWhenMakimaIsKilled(_ isConfined: Bool) async throws {
        let directory = TemporaryDirectory("makima-workspaces")
        for name in ["tree", "tree/.git", "git", "vault"] { mkdir("\(directory.path)/\(name)", 0o755) }
        let mark = "\(directory.path)/vault/mark"
        #expect(mkfifo(mark, 0o600) == 0)
        let other = try OtherProcess(part: isConfined ? "confined script" : "script", path: directory.path)
        _ = try await PosixSpawnLauncher().run(Command("/bin/cat", [mark]), timeout: .seconds(240), outputCap: 100)
        #expect(try !OtherProcessParts.left(of: directory.path).isEmpty)
        other.kill()
        while try !OtherProcessParts.left(of: directory.path).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// What another process does; see ``OtherProcess``.
struct OtherProcessParts {
    private let path = getenv("MAKIMA_TEST_PATH").map { String(cString: $0) } ?? ""

    /// Does nothing in the process that runs all tests: there nobody asks for a part.
    @Test func playsThePartItIsAskedFor() async throws {
        switch getenv("MAKIMA_TEST_PART").map({ String(cString: $0) }) {
        case "script": try await waitForAScript(in: NoSandbox())
        case "confined script":
            try await waitForAScript(
                in: BubblewrapSandbox(executable: "/usr/bin/bwrap", root: .read())
            )
        default: break
        }
    }

    private func waitForAScript(in sandbox: any Sandbox) async throws {
        let shell = VaultShell(
            launcher: PosixSpawnLauncher(),
            sandbox: sandbox,
            layout: WorkspaceLayout(root: path),
            objectBinds: [],
            wallClock: ManualWallClock()
        )
        _ = try await shell.attempt(
            VaultShell.Job(
                script: "trap '' TERM HUP; echo begun >\"$VAULT/mark\"; exec sleep 1000",
                operation: "wait",
                access: VaultAccess(tree: .read, agentGit: .read),
                variables: ["WAITS_FOR": path]
            )
        )
    }

    /// The processes of the script that run.
    static func left(of path: String) throws -> [String] {
        let mark = "WAITS_FOR=\(path)"
        return try FileTree.names(in: "/proc").filter { Int32($0) != nil }
            .filter { (TestFiles.read("/proc/\($0)/environ") ?? "").split(separator: "\0").contains { $0 == mark } }
    }
}
