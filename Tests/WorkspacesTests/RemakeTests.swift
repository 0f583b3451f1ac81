import Domain
import Glibc
import Processes
import TestSupport
import Testing

@testable import Workspaces

/// A workspace whose files were deleted or copied by somebody from outside.
struct RemakeTests {
    private static func worked() async throws -> (Fixture, CreatedWorkspace) {
        let fixture = try await Fixture.standard()
        let created = try await fixture.create()
        try await fixture.agent(created.workspace, "echo one >n; git add n; git commit -qm mine; mkdir d; echo u >d/u")
        _ = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        return (fixture, created)
    }

    @Test func aDeletedTreeIsMadeAnewFromTheLastCheckpoint() async throws {
        let (fixture, created) = try await Self.worked()
        let site = created.workspace.site
        let provider = fixture.provider()
        #expect(try await !provider.remakeTree(of: site))
        try FileTree.remove(created.tree)
        await #expect(throws: WorkspaceError.treeGone(path: created.tree)) { _ = try await provider.open(site) }
        #expect(site.condition() == .broken(detail: "the directory '\(created.tree)' is gone"))
        #expect(try await provider.remakeTree(of: site))
        #expect(site.condition() == .intact)
        let again = try await provider.open(site)
        #expect(TestFiles.read("\(created.tree)/d/u") == "u\n")
        #expect(try await again.checkpoint(.stopped, iteration: 1).isUnchanged)
        #expect(try await fixture.agent(again, "git log --format=%s -1; git status --porcelain") == "mine\n?? d/")
        let restoration = try await again.restore(to: 0, iteration: 1)
        #expect(restoration.after.checkpoint.tree == created.base.tree)
    }

    @Test func whatIsInItsPlaceIsNobodysToRemove() async throws {
        let (fixture, created) = try await Self.worked()
        let site = created.workspace.site
        // One made later might get the number of the one removed.
        try FileTree.makeDirectories("\(created.tree).empty")
        try FileTree.remove(created.tree)
        try fixture.move("\(created.tree).empty", created.tree)
        // As after a death just then.
        #expect(try await fixture.provider().remakeTree(of: site))
        fixture.directory.write("x", to: "tasks/\(site.task)/other/theirs")
        try FileTree.remove(created.tree)
        try fixture.move("\(site.directory)/other", created.tree)
        await #expect(throws: WorkspaceError.treeReplaced(path: created.tree)) {
            _ = try await fixture.provider().remakeTree(of: site)
        }
        #expect(TestFiles.read("\(created.tree)/theirs") == "x")
        try FileTree.remove(created.tree)
        fixture.directory.write("x", to: "tasks/\(site.task)/tree")
        await #expect(throws: WorkspaceError.treeReplaced(path: created.tree)) {
            _ = try await fixture.provider().remakeTree(of: site)
        }
    }

    @Test func aHalfFilledTreeIsNobodysWork() async throws {
        let (fixture, created) = try await Self.worked()
        let site = created.workspace.site
        let layout = WorkspaceLayout(root: site.directory)
        var marker = try #require(try WorkspaceMarker.read(layout.marker))
        marker.isFilling = true
        try marker.write(to: layout.marker)
        try FileTree.remove("\(created.tree)/d")
        await #expect(throws: WorkspaceError.treeGone(path: created.tree)) {
            _ = try await fixture.provider().open(site)
        }
        #expect(try await fixture.provider().remakeTree(of: site))
        #expect(TestFiles.read("\(created.tree)/d/u") == "u\n")
    }

    @Test func aCopyOfEverythingIsTakenUp() async throws {
        let (fixture, created) = try await Self.worked()
        var site = created.workspace.site
        let copy = "\(fixture.directory.path)/copy"
        _ = try await fixture.launcher.run(Command("/bin/cp", ["-a", site.directory, copy]))
        try FileTree.remove(site.directory)
        site.directory = copy
        #expect(site.condition() == .intact)
        let again = try await fixture.provider().open(site)
        #expect(try await again.checkpoint(.stopped, iteration: 1).isUnchanged)
        #expect(try await fixture.agent(again, "git log --format=%s -1; git status --porcelain") == "mine\n?? d/")
        // From now on another tree in it is one that was exchanged.
        fixture.directory.write("x", to: "copy/other/theirs")
        try FileTree.remove("\(copy)/tree")
        try fixture.move("\(copy)/other", "\(copy)/tree")
        await #expect(throws: WorkspaceError.treeReplaced(path: "\(copy)/tree")) {
            _ = try await fixture.provider().open(site)
        }
    }

    /// Made where the user's was before it was moved: nothing of the task's is in it.
    @Test func anotherRepositoryInItsPlaceIsNoticed() async throws {
        let (fixture, created) = try await Self.worked()
        let path = fixture.repository
        let base = try #require(try await fixture.head())
        try await fixture.shell("mv '\(path)' '\(path).moved' && git init -q '\(path)'")
        await #expect(throws: WorkspaceError.baseMissing(base, repository: path)) {
            _ = try await fixture.provider().open(created.workspace.site)
        }
    }
}

extension Fixture {
    fileprivate func move(_ from: String, _ to: String) throws {
        _ = try SystemCall.check("rename", from) { rename(from, to) }
    }
}
