import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// What is found of a workspace at each point of its removal.
struct RemovalTests {
    @Test(arguments: 0...6) func anInterruptedRemovalIsGoneOnWith(steps: Int) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await workspace.importCheckpoints()
        await workspace.close()
        let site = workspace.site
        let removal = WorkspaceRemoval(layout: WorkspaceLayout(root: site.directory))
        try removal.announce(last: 1)
        for path in removal.order.prefix(steps) { try FileTree.remove(path) }
        if steps == 0 {
            #expect(site.condition() == .intact)
            // It goes on being used: what it says is no longer true.
            _ = try await fixture.provider().open(site)
            #expect(!TestFiles.exists(removal.layout.removalNote))
            return
        }
        #expect(site.condition() == (steps < 6 ? .beingRemoved(checkpoint: 1) : .removed(checkpoint: 1)))
        await #expect(throws: WorkspaceError.removed(site.task, checkpoint: 1)) {
            _ = try await fixture.provider().open(site)
        }
        await #expect(throws: WorkspaceError.removed(site.task, checkpoint: 1)) {
            _ = try await fixture.provider().create(site)
        }
        try await fixture.provider().removeRemains(of: site)
        #expect(site.condition() == .removed(checkpoint: 1))
        let refs = try await fixture.git(["for-each-ref", "--format=%(refname)", "refs/makima"])
        #expect(!refs.contains("/base/"))
        #expect(try await fixture.git(["show", "refs/makima/checkpoints/\(site.task)/1:x"]) == "x")
    }

    @Test func aWorkspaceTellsWhatItBelongsTo() async throws {
        let fixture = try await Fixture.standard()
        let site = try await fixture.create().workspace.site
        let found = try #require(WorkspaceSite.found(task: site.task, in: site.directory))
        #expect(found.repository.path == site.repository.path)
        #expect(found.repository.base == site.repository.base)
        let workspace = try await fixture.provider().open(found)
        _ = try await workspace.checkpoint(.stopped, iteration: 0)
        try await workspace.importCheckpoints()
        try await workspace.discard(force: false)
        #expect(site.condition() == .removed(checkpoint: 2))
    }

    @Test func conditionsAreTold() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        let site = created.workspace.site
        #expect(site.condition() == .intact)
        var other = site
        other.directory += "-none"
        #expect(other.condition() == .absent)
        try await fixture.shell("mv '\(site.directory)/workspace' ../marker")
        #expect(site.condition() == .unfinished)
        try await fixture.shell("mv ../marker '\(site.directory)/workspace'; mv '\(created.tree)' '\(created.tree)2'")
        guard case .broken = site.condition() else { return #expect(Bool(false)) }
    }

    @Test func moreCommitsThanACommandLineHoldsAreMeasured() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        let commit = try await workspace.checkpoint(.iterationEnded, iteration: 1).checkpoint.commit
        let clone = try #require(workspace as? SplitCloneWorkspace)
        try await clone.importKept(Array(repeating: commit, count: 60_000))
    }
}
