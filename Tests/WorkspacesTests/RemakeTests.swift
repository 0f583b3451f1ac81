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
        #expect(try !provider.lacksTree(site))
        try FileTree.remove(created.tree)
        await #expect(throws: WorkspaceError.treeGone(path: created.tree)) { _ = try await provider.open(site) }
        #expect(site.condition() == .broken(detail: "the directory '\(created.tree)' is gone"))
        #expect(try provider.lacksTree(site))
        #expect(try await provider.remakeTree(of: site) == RemadeTree(checkpoint: 1))
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
        #expect(try fixture.provider().lacksTree(site))
        _ = try await fixture.provider().remakeTree(of: site)
        fixture.directory.write("x", to: "tasks/\(site.task)/other/theirs")
        try FileTree.remove(created.tree)
        try fixture.move("\(site.directory)/other", created.tree)
        #expect(throws: WorkspaceError.treeReplaced(path: created.tree)) {
            try fixture.provider().lacksTree(site)
        }
        #expect(TestFiles.read("\(created.tree)/theirs") == "x")
        try FileTree.remove(created.tree)
        fixture.directory.write("x", to: "tasks/\(site.task)/tree")
        #expect(throws: WorkspaceError.treeReplaced(path: created.tree)) {
            try fixture.provider().lacksTree(site)
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
        await #expect(throws: WorkspaceError.treeUnfinished(path: created.tree)) {
            _ = try await fixture.provider().open(site)
        }
        // The real one comes back meanwhile.
        fixture.directory.write("x", to: "tasks/\(site.task)/other/theirs")
        try fixture.move(created.tree, "\(created.tree).half")
        try fixture.move("\(site.directory)/other", created.tree)
        #expect(throws: WorkspaceError.treeReplaced(path: created.tree)) { try fixture.provider().lacksTree(site) }
        try fixture.move(created.tree, "\(site.directory)/other")
        try fixture.move("\(created.tree).half", created.tree)
        #expect(try fixture.provider().lacksTree(site))
        _ = try await fixture.provider().remakeTree(of: site)
        #expect(TestFiles.read("\(created.tree)/d/u") == "u\n")
        #expect(site.condition() == .intact)
    }

    /// What the user's checkout has by now is no reason to be without the work.
    @Test func ignoredFilesAreCopiedAsFarAsThatIsPossible() async throws {
        let fixture = try await Fixture.standard()
        fixture.write("x.log", "log\n")
        let created = try await fixture.create { $0.copyFiles = ["x.log"] }
        try await fixture.agent(created.workspace, "echo mine >x.log; git add -f x.log; echo one >n")
        _ = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        try FileTree.remove(created.tree)
        #expect(try await fixture.provider().remakeTree(of: created.workspace.site).copyProblem == nil)
        #expect(TestFiles.read("\(created.tree)/x.log") == "mine\n")
        try FileTree.remove(created.tree)
        try await fixture.shell("ln '\(fixture.repository)/x.log' '\(fixture.directory.path)/second'")
        let remade = try await fixture.provider().remakeTree(of: created.workspace.site)
        #expect(remade.copyProblem?.contains("x.log") == true)
        #expect(TestFiles.read("\(created.tree)/n") == "one\n")
    }

    @Test func whatAnEarlierVersionMadeIsOpened() async throws {
        let (fixture, created) = try await Self.worked()
        let site = created.workspace.site
        let layout = WorkspaceLayout(root: site.directory)
        let text = try #require(TestFiles.read(layout.marker))
        let old = text.split(separator: "\n").filter { !$0.hasPrefix("root ") && !$0.hasPrefix("filling ") }
        fixture.directory.write(old.joined(separator: "\n") + "\n", to: "tasks/\(site.task)/workspace")
        #expect(site.condition() == .intact)
        let again = try await fixture.provider().open(site)
        #expect(!again.wasCopied)
        #expect(try WorkspaceMarker.read(layout.marker)?.rootNumber != nil)
    }

    @Test func aLinkInThePlaceOfTheTasksDirectoryIsNoCopy() async throws {
        let (fixture, created) = try await Self.worked()
        let site = created.workspace.site
        try fixture.move(site.directory, "\(fixture.directory.path)/elsewhere")
        try await fixture.shell("ln -s '\(fixture.directory.path)/elsewhere' '\(site.directory)'")
        #expect(try await !fixture.provider().open(site).wasCopied)
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
        #expect(again.wasCopied)
        #expect(try await !fixture.provider().open(site).wasCopied)
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
