import Domain
import Testing

@testable import Workspaces

/// Checkpoints of a task whose workspace is made once more.
struct KeptCheckpointsTests {
    @Test func theyOutliveThoseOfANewWorkspace() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        let task = created.workspace.site.task
        try await fixture.agent(created.workspace, "echo first >n")
        let first = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        try await created.workspace.importCheckpoints()
        let reader = PrivateRefReader(git: fixture.provider().git)
        try await reader.keepCheckpoints(of: task, in: fixture.repository)
        try await reader.keepCheckpoints(of: task, in: fixture.repository)
        try await created.workspace.discard(force: false)
        try FileTree.remove(created.workspace.site.directory)
        let again = try await fixture.create()
        try await fixture.agent(again.workspace, "echo second >n")
        _ = try await again.workspace.checkpoint(.iterationEnded, iteration: 1)
        try await again.workspace.importCheckpoints()
        #expect(try await fixture.git(["show", "refs/makima/checkpoints/\(task)/1:n"]) == "second")
        let kept = "refs/makima/kept/\(task)/\(first.checkpoint.commit)"
        #expect(try await fixture.git(["show", "\(kept):n"]) == "first")
    }

    @Test func whereThereAreNoneNothingIsKept() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        let task = created.workspace.site.task
        try await PrivateRefReader(git: fixture.provider().git).keepCheckpoints(of: task, in: fixture.repository)
        #expect(try await fixture.git(["for-each-ref", "refs/makima/kept"]).isEmpty)
    }
}
