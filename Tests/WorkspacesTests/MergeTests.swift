import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

struct MergeTests {
    private let work = OutcomeTests.work

    @Test func workIsRebasedCheckedAndTheBranchMoved() async throws {
        let fixture = try await Fixture.standard()
        try await fixture.git(["checkout", "-q", "-b", "elsewhere"])
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm mine; echo y >y")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await fixture.git(["checkout", "-q", "main"])
        fixture.write("later", "l\n")
        try await fixture.commit("later")
        try await fixture.git(["checkout", "-q", "elsewhere"])
        let outcome = try await workspace.merge(into: "main", work) { checkout in
            #expect(TestFiles.read("\(checkout.path)/later") == "l\n")
            #expect(TestFiles.read("\(checkout.path)/y") == "y\n")
            let state = try await fixture.check(checkout, "git status --porcelain; git log --format=%s; cat x")
            #expect(state == "Fix the parser\nmine\nlater\nbase\nx")
            return true
        }
        #expect(try await fixture.git(["log", "--format=%s", "main"]) == "Fix the parser\nmine\nlater\nbase")
        let tip = try await fixture.git(["rev-parse", "main"])
        #expect(outcome == CommitID(rawValue: tip).map { .merged($0) })
        #expect(try await fixture.git(["status", "--porcelain"]) == "")
        #expect(try await workspace.merge(into: "main", work) { _ in true } == .upToDate)
    }

    @Test func checkedOutBranchTakesItsFilesAlong() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; rm src/b.txt; echo new >>a.txt")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        fixture.write("mine.txt", "untracked of the user's\n")
        let mark = "\(fixture.directory.path)/hook"
        fixture.directory.write("#!/bin/sh\ntouch \(mark)\n", to: "repo/.git/hooks/post-merge", mode: 0o755)
        fixture.directory.write("#!/bin/sh\ntouch \(mark)\n", to: "repo/.git/hooks/post-checkout", mode: 0o755)
        let outcome = try await workspace.merge(into: "main", work) { _ in true }
        let head = try #require(try await fixture.head())
        #expect(outcome == .merged(head))
        #expect(try await fixture.git(["status", "--porcelain"]) == "?? mine.txt")
        #expect(TestFiles.read("\(fixture.repository)/x") == "x\n")
        #expect(!TestFiles.exists("\(fixture.repository)/src/b.txt"))
        #expect(!TestFiles.exists(mark))
    }

    @Test(arguments: ["a.txt", "x", "src/b.txt"])
    func uncommittedChangesInTheWayAreNamedAndKept(_ path: String) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; rm -r src; echo new >>a.txt")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        fixture.write(path, "the user's\n")
        let before = try fixture.userState()
        #expect(try await workspace.merge(into: "main", work) { _ in true } == .checkoutDirty(paths: [path]))
        #expect(try fixture.userState() == before)
    }

    @Test(arguments: ["loc.txt", "dir", "sub/kept.o"])
    func ignoredFilesInTheWayAreNamedAndKept(_ path: String) async throws {
        let fixture = try await Fixture.standard()
        fixture.write("sub/a", "tracked\n")
        try await fixture.commit("sub")
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            "echo x >loc.txt; mkdir dir; echo x >dir/x; rm -r sub; echo x >sub; git add -f ."
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        fixture.write(".git/info/exclude", "/loc.txt\n/dir\n*.o\n")
        fixture.write(path, "the user's\n")
        let before = try fixture.userState()
        #expect(try await workspace.merge(into: "main", work) { _ in true } == .checkoutDirty(paths: [path]))
        #expect(try fixture.userState() == before)
        #expect(TestFiles.read("\(fixture.repository)/\(path)") == "the user's\n")
    }

    @Test func ignoredFilesBesideTheWorkAreNoObstacle() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "mkdir build; echo x >build/made; git add -f build")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        fixture.write("build/mine", "the user's\n")
        let outcome = try await workspace.merge(into: "main", work) { _ in true }
        #expect(outcome == .merged(try #require(try await fixture.head())))
        #expect(TestFiles.read("\(fixture.repository)/build/mine") == "the user's\n")
    }

    @Test func conflictIsNamedAndLeavesEverything() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo agent >a.txt; echo y >y")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        fixture.write("a.txt", "user\n")
        try await fixture.commit("other")
        let before = try fixture.userState()
        let outcome = try await workspace.merge(into: "main", work) { _ in
            Issue.record("Nothing is checked when there is a conflict.")
            return true
        }
        #expect(outcome == .conflict(paths: ["a.txt"]))
        #expect(try fixture.userState() == before)
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        #expect(report.isUnchanged)
    }

    @Test func rejectedWorkLeavesTheBranch() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let before = try fixture.userState()
        #expect(try await workspace.merge(into: "main", work) { _ in false } == .rejected)
        #expect(try fixture.userState() == before)
        #expect(try FileTree.names(in: "\(workspace.site.directory)/checkouts").filter { !$0.hasPrefix(".") } == [])
    }

    @Test func branchThatMovedDuringTheCheckIsNotTouched() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        await #expect(throws: WorkspaceError.targetMoved(branch: "main")) {
            _ = try await workspace.merge(into: "main", work) { _ in
                fixture.write("meanwhile", "m\n")
                try await fixture.commit("meanwhile")
                return true
            }
        }
        #expect(try await fixture.git(["log", "-1", "--format=%s"]) == "meanwhile")
        await #expect(throws: WorkspaceError.unknownBranch("nowhere")) {
            _ = try await workspace.merge(into: "nowhere", work) { _ in true }
        }
    }

    /// A merge that found the checkout dirty comes before the one that works.
    @Test(arguments: [false, true])
    func theTasksBranchFollowsSoThatGitTakesItForMerged(triedBefore: Bool) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(work))
        fixture.write("later", "l\n")
        try await fixture.commit("later")
        if triedBefore {
            fixture.write("x", "the user's\n")
            #expect(try await workspace.merge(into: "main", work) { _ in true } == .checkoutDirty(paths: ["x"]))
            #expect(try await fixture.git(["rev-parse", branch.name]) == branch.commit.rawValue)
            try await fixture.git(["clean", "--quiet", "--force"])
        }
        let outcome = try await workspace.merge(into: "main", work) { _ in true }
        #expect(outcome == .merged(try #require(try await fixture.head()), ownBranch: branch.name))
        try await fixture.git(["branch", "-d", branch.name])
    }

    /// The target is checked out: its files and it are moved first, and what follows may not come to pass.
    @Test func theTasksBranchCatchesUpAfterAMergeThatWasKilled() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(work))
        fixture.write("later", "l\n")
        try await fixture.commit("later")
        _ = try await workspace.merge(into: "main", work) { _ in true }
        let task = workspace.site.task
        try await fixture.git(["branch", "-f", branch.name, branch.commit.rawValue])
        try await fixture.git(["update-ref", PrivateRefs.result(task), branch.commit.rawValue])
        try await fixture.git(["update-ref", PrivateRefs.imported(task), "main"])
        #expect(try await workspace.merge(into: "main", work) { _ in true } == .upToDate)
        try await fixture.git(["branch", "-d", branch.name])
        #expect(try await fixture.git(["for-each-ref", "refs/makima/imported"]) == "")
    }

    /// As a merge killed before anything but the import was done leaves it.
    @Test(arguments: [false, true]) func anImportChangesNothingByItself(isCheckedOut: Bool) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(work))
        fixture.write("later", "l\n")
        try await fixture.commit("later")
        if !isCheckedOut { try await fixture.git(["checkout", "-q", "--detach"]) }
        let verdict: @Sendable (CleanCheckout) async throws -> Bool = { checkout in
            try await (workspace as? SplitCloneWorkspace)?.importResult(checkout.commit)
            throw CancellationError()
        }
        await #expect(throws: CancellationError.self) {
            try await workspace.merge(into: "main", work, verdict: verdict)
        }
        let outcome = try await workspace.merge(into: "main", work) { _ in true }
        let tip = CommitID(rawValue: try await fixture.git(["rev-parse", "main"]))
        #expect(outcome == .merged(try #require(tip), ownBranch: branch.name))
        if !isCheckedOut { try await fixture.git(["checkout", "-q", "main"]) }
        try await fixture.git(["branch", "-d", branch.name])
    }

    @Test func onlyTheBranchThatWasPublishedFollows() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(work))
        let other = "\(branch.name)-2"
        try await fixture.git(["branch", "-m", branch.name, other])
        fixture.write("later", "l\n")
        try await fixture.commit("later")
        let outcome = try await workspace.merge(into: "main", work) { _ in true }
        #expect(outcome == .merged(try #require(try await fixture.head())))
        #expect(try await fixture.git(["rev-parse", other]) == branch.commit.rawValue)
    }

    @Test(arguments: ["git commit-tree -p BRANCH -m mine BRANCH^{tree}", "git worktree add -q ../other BRANCH"])
    func aBranchThatAPersonUsesStaysWhereItIs(_ command: String) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(work))
        fixture.write("later", "l\n")
        try await fixture.commit("later")
        let words = command.replacing("BRANCH", with: branch.name).split(separator: " ").dropFirst().map(String.init)
        let made = try await fixture.git(words)
        if !made.isEmpty { try await fixture.git(["branch", "-f", branch.name, made]) }
        let before = try await fixture.git(["rev-parse", branch.name])
        let outcome = try await workspace.merge(into: "main", work) { _ in true }
        #expect(outcome == .merged(try #require(try await fixture.head())))
        #expect(try await fixture.git(["rev-parse", branch.name]) == before)
    }

    @Test func filtersOfTheUserDoNotRunOnFilesOfTheAgent() async throws {
        let fixture = try await Fixture.standard()
        let mark = "\(fixture.directory.path)/pwned"
        try await fixture.git(["config", "filter.lfs.smudge", "touch \(mark); cat"])
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo '* filter=lfs' >.gitattributes; echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let before = try fixture.userState()
        await #expect(throws: WorkspaceError.filteredCheckout(branch: "main", paths: [".gitattributes"])) {
            _ = try await workspace.merge(into: "main", work) { _ in true }
        }
        #expect(try fixture.userState() == before)
        #expect(!TestFiles.exists(mark))
    }
}
