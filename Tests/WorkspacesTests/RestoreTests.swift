import Domain
import Processes
import TestSupport
import Testing

@testable import Workspaces

struct RestoreTests {
    @Test func filesBecomeThoseOfTheCheckpointAndNothingIsLost() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        let workspace = created.workspace
        try await fixture.agent(workspace, "echo one >n; git add n; git commit -qm one; rm a.txt; echo log >x.log")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        try await fixture.agent(workspace, "echo two >n; mkdir d; echo u >d/u; echo a >a.txt; git branch keep")
        let restoration = try await workspace.restore(to: 1, iteration: 2)
        #expect(restoration.before.checkpoint.number == 2)
        #expect(restoration.after.checkpoint.number == 3)
        #expect(restoration.after.checkpoint.cause == .restored)
        #expect(TestFiles.read("\(created.tree)/n") == "one\n")
        #expect(!TestFiles.exists("\(created.tree)/d"))
        #expect(!TestFiles.exists("\(created.tree)/a.txt"))
        #expect(TestFiles.read("\(created.tree)/x.log") == "log\n")
        #expect(try await fixture.agent(workspace, "git log --format=%s -1; git branch --list keep") == "one\n  keep")
        let back = try await workspace.restore(to: 2, iteration: 2)
        #expect(back.before.isUnchanged)
        #expect(TestFiles.read("\(created.tree)/d/u") == "u\n")
        #expect(back.after.checkpoint.tree == restoration.before.checkpoint.tree)
        await #expect(throws: WorkspaceError.unknownCheckpoint(99)) {
            try await workspace.restore(to: 99, iteration: 2)
        }
    }

    @Test func checkpointZeroIsTheBase() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(created.workspace, "rm -r src; echo x >a.txt; echo y >y")
        let restoration = try await created.workspace.restore(to: 0, iteration: 1)
        #expect(restoration.after.checkpoint.tree == created.base.tree)
        #expect(try await fixture.agent(created.workspace, "git status --porcelain") == "")
    }

    @Test func destroyedGitDirectoryIsMadeAnew() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(created.workspace, "echo n >n; git add n; git commit -qm mine; echo later >>n")
        _ = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        try await fixture.agent(created.workspace, "rm -rf .git/* 2>/dev/null || :; echo more >m")
        await #expect(throws: WorkspaceError.agentGitDestroyed(detail: "'HEAD' is missing")) {
            try await created.workspace.verify()
        }
        let report = try await created.workspace.checkpoint(.iterationEnded, iteration: 2)
        #expect(try await fixture.files(report.checkpoint.tree, in: created.workspace).contains("m"))
        await #expect(throws: WorkspaceError.agentGitDestroyed(detail: "'HEAD' is missing")) {
            _ = try await fixture.provider().open(created.workspace.site)
        }
        let reopened = try await fixture.provider().openDamaged(created.workspace.site)
        try await reopened.rebuildAgentGit()
        try await reopened.verify()
        let state = try await fixture.agent(reopened, "git log --format=%s; git status --porcelain; git fsck")
        #expect(state == "mine\nbase\n M n\n?? m")
    }

    @Test func locksOfKilledGitsAreRemoved() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(created.workspace, "touch .git/index.lock .git/HEAD.lock; echo x >x")
        _ = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        try await created.workspace.verify()
        try await fixture.agent(created.workspace, "git add x; git commit -qm x")
    }

    @Test func workspaceIsFoundAgainWithItsCheckpoints() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(
            created.workspace,
            "echo n >n; git add n; git commit -qm mine; echo x >x.log; git add -f x.log"
        )
        let first = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        fixture.directory.write("", to: "tasks/\(created.workspace.site.task)/vault/index.lock")
        let reopened = try await fixture.provider().open(created.workspace.site)
        let second = try await reopened.checkpoint(.recovered, iteration: 1)
        #expect(second.isUnchanged)
        #expect(second.checkpoint.number == 2)
        #expect(second.checkpoint.commit == first.checkpoint.commit)
        await #expect(throws: WorkspaceError.alreadyExists(path: created.workspace.site.directory)) {
            _ = try await fixture.provider().create(created.workspace.site)
        }
    }

    @Test func replacedTreeIsRefused() async throws {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.git(["clone", "-q", ".", "\(created.tree).other"])
        try FileTree.remove(created.tree)
        _ = try await fixture.launcher.run(Command("/bin/mv", ["\(created.tree).other", created.tree]))
        await #expect {
            try await created.workspace.verify()
        } throws: { error in
            guard case WorkspaceError.treeReplaced? = error as? WorkspaceError else { return false }
            return true
        }
    }
}
