import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

struct CheckpointTests {
    @Test func recordsEverythingTheAgentLeft() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            """
            echo four >>a.txt; git add a.txt; echo five >>a.txt; mkdir d; echo n >d/new; rm src/b.txt
            echo i >x.log; ln -s a.txt link; echo '#!/bin/sh' >run; chmod +x run
            """
        )
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(!report.isUnchanged)
        #expect(report.checkpoint.number == 1)
        #expect(report.notices.isEmpty)
        #expect(report.checkpoint.change == ChangeSize(files: 5, insertions: 5, deletions: 1))
        let files = try await fixture.files(report.checkpoint.tree, in: workspace)
        #expect(files == [".gitignore", "a.txt", "d/new", "link", "run"])
    }

    @Test func saysThatNothingChanged() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        let report = try await created.workspace.checkpoint(.heartbeat, iteration: 1)
        #expect(report.isUnchanged)
        #expect(report.checkpoint.commit == created.base.commit)
        #expect(report.checkpoint.number == 1)
        #expect(report.checkpoint.change == ChangeSize())
    }

    /// Git ends alike for both: a refusal must not be read into any failure.
    @Test func anImportThatFailsForAnotherReasonIsNoRefusal() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.impatientProvider.create(fixture.site()).workspace
        try await fixture.agent(workspace, "echo more >>a.txt")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let lock = fixture.write(".git/refs/makima/checkpoints/\(workspace.site.task)/1.lock", "in the way\n")
        await #expect(throws: WorkspaceError.locked(path: lock)) { try await workspace.importCheckpoints() }
    }
}
