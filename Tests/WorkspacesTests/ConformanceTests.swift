import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// The life of a workspace through its protocol alone: holds for every implementation, confined or not.
struct ConformanceTests {
    @Test(arguments: [true, false])
    func wholeLife(isConfined: Bool) async throws {
        let fixture = try await Fixture.standard(confined: isConfined)
        let before = try fixture.userState()
        let created = try await fixture.create()
        var workspace = created.workspace
        #expect(await workspace.latest.number == 0)
        try await workspace.verify()
        #expect(
            try await fixture.agent(workspace, "git status --porcelain; git rev-parse --show-toplevel")
                == workspace.workingDirectory
        )
        try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm mine; echo y >y")
        let first = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(first.checkpoint.change == ChangeSize(files: 2, insertions: 2, deletions: 0))
        #expect(await workspace.latest.commit == first.checkpoint.commit)
        try await workspace.importCheckpoints()

        workspace = try await fixture.provider().open(workspace.site)
        #expect(await workspace.latest.tree == first.checkpoint.tree)
        let restoration = try await workspace.restore(to: 0, iteration: 1)
        #expect(restoration.after.checkpoint.tree == created.base.tree)
        _ = try await workspace.restore(to: 1, iteration: 1)
        let checkout = try await workspace.checkOut(first.checkpoint.commit)
        #expect(try await fixture.check(checkout, "cat y; git status --porcelain; echo z >z") == "y")
        try checkout.remove()
        #expect(!TestFiles.exists(checkout.path))

        let branch = try #require(try await workspace.publishBranch(OutcomeTests.work))
        #expect(try await fixture.git(["log", "--format=%s", branch.name]) == "Fix the parser\nmine\nbase")
        #expect(try fixture.userState() == before)
        let outcome = try await workspace.merge(into: "main", OutcomeTests.work) { _ in true }
        #expect(outcome == .merged(branch.commit, ownBranch: branch.name))
        #expect(try await fixture.git(["status", "--porcelain"]) == "")
        try await workspace.importCheckpoints()
        try await workspace.discard(force: false)
        #expect(try await fixture.git(["fsck", "--strict"]) == "")
    }

    @Test(arguments: [true, false])
    func checkpointsOfOneMomentDoNotMeet(isConfined: Bool) async throws {
        let fixture = try await Fixture.standard(confined: isConfined)
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1...5 {
                group.addTask { try await workspace.checkpoint(.heartbeat, iteration: 1).checkpoint.number }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == [1, 2, 3, 4, 5])
    }
}
