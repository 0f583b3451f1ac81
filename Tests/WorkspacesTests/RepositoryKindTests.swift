import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// Workspaces of every kind of repository a user may have.
struct RepositoryKindTests {
    @Test func unbornRepositoryGivesAnEmptyWorkspace() async throws {
        let fixture = try Fixture()
        try await fixture.git(["init", "-q", "-b", "main"])
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm first; echo y >y")
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.checkpoint.change.files == 2)
        let branch = try #require(try await workspace.publishBranch(OutcomeTests.work))
        #expect(try await fixture.git(["log", "--format=%s", branch.name]) == "Fix the parser\nfirst")
    }

    @Test func detachedHeadIsABase() async throws {
        let fixture = try await Fixture.standard()
        try await fixture.git(["checkout", "-q", "--detach"])
        let workspace = try await fixture.create { $0.baseBranch = nil }.workspace
        #expect(try await fixture.agent(workspace, "git branch --format='%(refname:short)'").hasPrefix("makima/"))
    }

    @Test func bareRepositoryIsUsedWhenNamed() async throws {
        let fixture = try await Fixture.standard()
        let bare = "\(fixture.directory.path)/bare.git"
        try await fixture.git(["clone", "-q", "--bare", ".", bare])
        let workspace = try await fixture.create { $0.path = bare }.workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(OutcomeTests.work))
        #expect(try await fixture.git(["rev-parse", branch.name], in: bare) == branch.commit.rawValue)
        await #expect(throws: WorkspaceError.noCheckout(repository: bare)) {
            _ = try await fixture.provider()
                .create(
                    try await fixture.site(2) { spec in
                        spec.path = bare
                        spec.includeChanges = true
                    }
                )
        }
    }

    @Test func linkedWorktreeAndSubmoduleFindTheirObjects() async throws {
        let fixture = try await Fixture.standard()
        let linked = "\(fixture.directory.path)/linked"
        try await fixture.git(["worktree", "add", "-q", "-b", "side", linked])
        let workspace = try await fixture.create { $0.path = linked }.workspace
        #expect(try await fixture.agent(workspace, "git log --format=%s; cat a.txt | head -1") == "base\none")

        try await fixture.git(["init", "-q", "super"], in: fixture.directory.path)
        let superproject = "\(fixture.directory.path)/super"
        try await fixture.git(
            ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", fixture.repository, "sub"],
            in: superproject
        )
        let other = try await fixture.provider()
            .create(
                try await fixture.site(2) { $0.path = "\(superproject)/sub" }
            )
        #expect(try await fixture.agent(other.workspace, "git log --format=%s") == "base")
    }

    @Test func sha256RepositoryWorksToTheBranch() async throws {
        let fixture = try Fixture()
        try await fixture.makeRepository(["--object-format=sha256"])
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm mine; echo y >y")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(OutcomeTests.work))
        #expect(branch.commit.rawValue.utf8.count == 64)
        let outcome = try await workspace.merge(into: "main", OutcomeTests.work) { _ in true }
        #expect(outcome == .merged(branch.commit, ownBranch: branch.name))
    }

    @Test func shallowRepositoryWorksToTheBranch() async throws {
        let origin = try await Fixture.standard()
        origin.write("a.txt", "changed\n")
        try await origin.commit("second")
        let fixture = try Fixture()
        try await fixture.git(["clone", "-q", "--depth=1", "file://\(origin.repository)", "."])
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "git log --format=%s; echo x >x; git add x; git commit -qm mine; echo y >y")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(OutcomeTests.work))
        #expect(try await fixture.git(["log", "--format=%s", branch.name]) == "Fix the parser\nmine\nsecond")
    }

    @Test func partialCloneIsRefusedUntilTheFilesAreThere() async throws {
        let origin = try await Fixture.standard()
        try await origin.git(["config", "uploadpack.allowFilter", "true"])
        try await origin.git(["config", "uploadpack.allowAnySHA1InWant", "true"])
        let fixture = try Fixture()
        try await fixture.git(
            ["clone", "-q", "--no-checkout", "--filter=blob:none", "file://\(origin.repository)", "."])
        let command = "git -C \(fixture.repository) fetch --refetch --no-filter"
        await #expect(throws: WorkspaceError.objectsMissing(count: 3, command: command)) {
            try await fixture.create()
        }
        #expect(try await fixture.git(["for-each-ref", "refs/makima"]) == "")
        try await fixture.git(["fetch", "-q", "--refetch", "--no-filter"])
        let created = try await fixture.create()
        #expect(TestFiles.exists("\(created.tree)/a.txt"))
    }

    @Test func sparseCheckoutIsSparseInTheWorkspaceToo() async throws {
        let fixture = try await Fixture.standard()
        fixture.write("docs/d.txt", "d\n")
        try await fixture.commit("docs")
        try await fixture.git(["sparse-checkout", "set", "src"])
        let created = try await fixture.create()
        #expect(!TestFiles.exists("\(created.tree)/docs"))
        #expect(try await fixture.agent(created.workspace, "git status --porcelain") == "")
        try await fixture.agent(created.workspace, "echo more >>src/b.txt")
        let report = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.checkpoint.change.files == 1)
        let files = try await fixture.files(report.checkpoint.tree, in: created.workspace)
        #expect(files.contains("docs/d.txt"))
    }

    @Test func whatIsNoRepositoryIsRefused() async throws {
        let fixture = try Fixture()
        await #expect {
            _ = try await fixture.provider().create(try await fixture.site(1) { $0.path = fixture.directory.path })
        } throws: { error in
            guard case WorkspaceError.notARepository? = error as? WorkspaceError else { return false }
            return true
        }
    }

    @Test func unknownBaseIsRefused() async throws {
        let fixture = try await Fixture.standard()
        let base = try #require(CommitID(rawValue: String(repeating: "ab", count: 20)))
        await #expect(throws: WorkspaceError.baseMissing(base, repository: fixture.repository)) {
            try await fixture.create { $0.base = base }
        }
    }
}
