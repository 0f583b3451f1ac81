import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

struct OutcomeTests {
    static let work = WorkDescription(title: "Fix the parser", body: "As planned.")

    @Test func branchKeepsTheAgentsCommitsAndAddsWhatItLeft() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x; git add x; git commit -qm mine; echo y >y")
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(Self.work))
        #expect(branch.name == "makima/fix-the-parser-\(workspace.site.task.short)")
        #expect(
            try await fixture.git(["log", "--format=%s by %an", branch.name])
                == "Fix the parser by Ursula User\nmine by Ursula User\nbase by Ursula User"
        )
        #expect(
            try await fixture.git(["rev-parse", "\(branch.name)^{tree}"]) == report.checkpoint.tree.rawValue
        )
        #expect(try await fixture.git(["status", "--porcelain"]) == "")
        #expect(try await fixture.git(["fsck", "--strict"]) == "")
    }
}
