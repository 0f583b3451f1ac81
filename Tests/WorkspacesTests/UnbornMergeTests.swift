import Domain
import TestSupport
import Testing

@testable import Workspaces

/// Merging into a branch that has no commit yet.
struct UnbornMergeTests {
    private func work(in fixture: Fixture, _ initArguments: String...) async throws -> any Workspace {
        try await fixture.git(["init", "-q", "-b", "main"] + initArguments)
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; mkdir d; echo y >d/y")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        return workspace
    }

    @Test func theBranchIsMadeTogetherWithItsFiles() async throws {
        let fixture = try Fixture()
        let workspace = try await work(in: fixture)
        fixture.write("mine", "untracked\n")
        let published = try #require(try await workspace.publishBranch(OutcomeTests.work))
        let outcome = try await workspace.merge(into: "main", OutcomeTests.work) { checkout in
            TestFiles.read("\(checkout.path)/d/y") == "y\n"
        }
        let head = try #require(try await fixture.head())
        #expect(outcome == .merged(head, ownBranch: published.name))
        #expect(try await fixture.git(["symbolic-ref", "HEAD"]) == "refs/heads/main")
        #expect(try await fixture.git(["status", "--porcelain"]) == "?? mine")
        #expect(TestFiles.read("\(fixture.repository)/d/y") == "y\n")
        #expect(try await workspace.merge(into: "main", OutcomeTests.work) { _ in true } == .upToDate)
    }

    @Test(arguments: [false, true])
    func filesInTheWayAreNamedAndKept(staged: Bool) async throws {
        let fixture = try Fixture()
        let workspace = try await work(in: fixture)
        fixture.write("x", "the user's\n")
        if staged { try await fixture.git(["add", "x"]) }
        let outcome = try await workspace.merge(into: "main", OutcomeTests.work) { _ in true }
        #expect(outcome == .checkoutDirty(paths: ["x"]))
        #expect(TestFiles.read("\(fixture.repository)/x") == "the user's\n")
        #expect(try await fixture.head() == nil)
    }

    @Test func rejectedWorkMakesNoBranch() async throws {
        let fixture = try Fixture()
        let workspace = try await work(in: fixture)
        #expect(try await workspace.merge(into: "main", OutcomeTests.work) { _ in false } == .rejected)
        #expect(try await fixture.head() == nil)
    }

    @Test func aBareRepositoryGetsTheBranch() async throws {
        let fixture = try Fixture()
        let workspace = try await work(in: fixture, "--bare")
        let outcome = try await workspace.merge(into: "main", OutcomeTests.work) { _ in true }
        #expect(outcome == (try await fixture.head()).map { .merged($0) })
    }

    @Test func anotherBranchIsRefusedWithTheOneThatCanBeMade() async throws {
        let fixture = try Fixture()
        let workspace = try await work(in: fixture)
        let error = WorkspaceError.unknownBranchBeforeFirst("other", unborn: "main")
        await #expect(throws: error) {
            _ = try await workspace.merge(into: "other", OutcomeTests.work) { _ in true }
        }
        #expect(error.hint.contains("Name 'main'"))
    }
}
