import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// What a workspace takes over from the user's checkout besides the base.
struct TakenAlongTests {
    @Test func uncommittedChangesStayBehindUnlessAskedFor() async throws {
        let fixture = try await Fixture.standard()
        fixture.write("a.txt", "dirty\n")
        let created = try await fixture.create()
        #expect(TestFiles.read("\(created.tree)/a.txt") == "one\ntwo\nthree\n")
    }

    @Test func uncommittedChangesAreTakenAlong() async throws {
        let fixture = try await Fixture.standard()
        fixture.write("a.txt", "staged\n")
        try await fixture.git(["add", "a.txt"])
        fixture.write("a.txt", "unstaged\n")
        fixture.write("new", "untracked\n")
        fixture.write("x.log", "ignored\n")
        fixture.write(".env", "SECRET=1\n")
        unlink("\(fixture.repository)/src/b.txt")
        let before = try fixture.userState()
        let created = try await fixture.create { $0.includeChanges = true }
        #expect(try fixture.userState() == before)
        #expect(TestFiles.read("\(created.tree)/a.txt") == "unstaged\n")
        #expect(TestFiles.read("\(created.tree)/new") == "untracked\n")
        #expect(!TestFiles.exists("\(created.tree)/src/b.txt"))
        #expect(!TestFiles.exists("\(created.tree)/x.log"))
        #expect(!TestFiles.exists("\(created.tree)/.env"))
        #expect(created.base.change == ChangeSize(files: 3, insertions: 2, deletions: 4))
        #expect(
            try await fixture.agent(created.workspace, "git status --porcelain") == " M a.txt\n D src/b.txt\n?? new"
        )
        #expect(try await created.workspace.checkpoint(.heartbeat, iteration: 1).isUnchanged)
        try await created.workspace.importCheckpoints()
        let branch = try #require(try await created.workspace.publishBranch(OutcomeTests.work))
        let tree = try await fixture.git(["rev-parse", "\(branch.name)^{tree}"])
        #expect(tree == created.base.tree.rawValue)
        #expect(try await fixture.git(["rev-parse", "\(branch.name)^"]) == (try await fixture.head())?.rawValue)
    }

    @Test func changesOfASplitIndexAreTakenAlong() async throws {
        let fixture = try await Fixture.standard()
        try await fixture.git(["update-index", "--split-index"])
        fixture.write("a.txt", "dirty\n")
        fixture.write("staged", "s\n")
        try await fixture.git(["add", "staged"])
        let created = try await fixture.create { $0.includeChanges = true }
        #expect(created.base.change.files == 2)
        #expect(TestFiles.read("\(created.tree)/staged") == "s\n")
    }

    @Test func changesOfAnotherCommitAreRefused() async throws {
        let fixture = try await Fixture.standard()
        let base = try await fixture.head()
        fixture.write("b", "b\n")
        try await fixture.commit("later")
        let head = try await fixture.head()
        await #expect(throws: WorkspaceError.changesElsewhere(base: base, head: head)) {
            try await fixture.create { spec in
                spec.base = base
                spec.includeChanges = true
            }
        }
    }

    @Test func ignoredFilesAreCopiedByPattern() async throws {
        let fixture = try await Fixture.standard()
        fixture.write(".gitignore", "*.log\nbuild/\nlocal*\n")
        fixture.write(".worktreeinclude", "# settings\n/local.toml\n")
        try await fixture.commit("ignore")
        fixture.write("local.toml", "x = 1\n")
        fixture.directory.write("run", to: "repo/build/tool", mode: 0o755)
        fixture.write("build/other", "o")
        fixture.write("src/local.toml", "not at the root")
        fixture.write("free", "not ignored")
        let created = try await fixture.create { $0.copyFiles = ["build/tool", "free"] }
        #expect(created.copiedFiles.sorted() == ["build/tool", "local.toml"])
        #expect(TestFiles.read("\(created.tree)/local.toml") == "x = 1\n")
        var status = stat()
        lstat("\(created.tree)/build/tool", &status)
        #expect(status.st_mode & 0o777 == 0o755)
        #expect(!TestFiles.exists("\(created.tree)/src/local.toml"))
        #expect(!TestFiles.exists("\(created.tree)/free"))
    }

    @Test(arguments: ["../x", "/etc/passwd", "a/../../x"])
    func patternsThatLeadOutAreRefused(_ pattern: String) async throws {
        let fixture = try await Fixture.standard()
        await #expect(throws: WorkspaceError.copyRefused(path: pattern, .outsideRepository)) {
            try await fixture.create { $0.copyFiles = [pattern] }
        }
    }

    @Test(arguments: [
        ("ln -s /etc/passwd local", CopyRefusal.symbolicLink),
        ("echo s >../secret; ln ../secret local", .hardLinked), ("head -c 2000 /dev/zero >local", .tooLarge),
    ])
    func filesThatAreNotPlainAreRefused(_ script: String, _ refusal: CopyRefusal) async throws {
        let fixture = try await Fixture.standard()
        fixture.write(".gitignore", "local\n")
        try await fixture.commit("ignore")
        _ = try await fixture.launcher.run(
            Command("/bin/sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"], directory: fixture.repository)
        )
        let site = try await fixture.site(1) { $0.copyFiles = ["local"] }
        await #expect(throws: WorkspaceError.copyRefused(path: "local", refusal)) {
            _ = try await fixture.provider(WorkspaceLimits(copyBytes: 1000)).create(site)
        }
        #expect(!TestFiles.exists("\(site.directory)/workspace"))
        #expect(try await fixture.git(["for-each-ref", "refs/makima"]) == "")
    }

    @Test func fileThatBecameSomethingElseIsRefused() throws {
        let directory = TemporaryDirectory()
        mkfifo("\(directory.path)/pipe", 0o644)
        mkdir("\(directory.path)/folder", 0o755)
        symlink("/etc", "\(directory.path)/link")
        for (name, refusal) in [
            ("pipe", CopyRefusal.notARegularFile), ("folder", .notARegularFile), ("link", .symbolicLink),
            ("link/passwd", .symbolicLink), ("../x", .outsideRepository), ("/etc/passwd", .outsideRepository),
            ("a//b", .outsideRepository), ("./pipe", .outsideRepository),
        ] {
            #expect(throws: WorkspaceError.copyRefused(path: name, refusal)) {
                _ = try Beneath(directory.path).openFile(name)
            }
        }
    }

    @Test func copiesDoNotFollowLinksOfTheBase() async throws {
        let fixture = try await Fixture.standard()
        symlink("\(fixture.directory.path)/outside", "\(fixture.repository)/conf")
        try await fixture.commit("a link where the user has a directory")
        unlink("\(fixture.repository)/conf")
        mkdir("\(fixture.directory.path)/outside", 0o755)
        fixture.write(".git/info/exclude", "local\n")
        fixture.write("conf/local", "x")
        await #expect(throws: WorkspaceError.copyRefused(path: "conf/local", .symbolicLink)) {
            try await fixture.create { $0.copyFiles = ["local"] }
        }
        #expect(!TestFiles.exists("\(fixture.directory.path)/outside/local"))
    }

    @Test func settingsThatShapeFilesAreTakenOverAndNoOthers() async throws {
        let fixture = try await Fixture.standard()
        fixture.directory.write("*.global\n", to: "home/ignored")
        for (key, value) in [
            ("core.autocrlf", "input"), ("core.excludesFile", "~/ignored"), ("core.fsmonitor", "touch /tmp/x"),
            ("alias.x", "!touch /tmp/x"), ("user.email", "other@example.com"),
        ] {
            try await fixture.git(["config", key, value])
        }
        fixture.write(".git/info/exclude", "*.local\n")
        let created = try await fixture.create()
        let settings = try await fixture.agent(created.workspace, "git config --local --list")
        #expect(settings.contains("core.autocrlf=input"))
        #expect(settings.contains("user.email=other@example.com"))
        #expect(!settings.contains("fsmonitor"))
        #expect(!settings.contains("alias"))
        try await fixture.agent(created.workspace, "echo x >x.global; echo x >x.local; printf 'a\\r\\n' >crlf")
        let report = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.checkpoint.change.files == 1)
        #expect(try await fixture.agent(created.workspace, "git status --porcelain") == "?? crlf")
        let vault = "\(created.workspace.site.directory)/vault"
        #expect(
            try await fixture.git(["--git-dir=\(vault)", "cat-file", "-s", "\(report.checkpoint.commit):crlf"]) == "2"
        )
    }
}
