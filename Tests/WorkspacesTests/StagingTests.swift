import Domain
import Synchronization
import Testing

@testable import Workspaces

struct TreeStatusTests {
    private func status(_ records: [String], warnings: String = "") -> TreeStatus {
        TreeStatus(output: records.flatMap { Array($0.utf8) + [0] }, errorOutput: Array(warnings.utf8))
    }

    @Test func tellsPresentFilesFromThoseThatAreGone() {
        let status = status(["?? new", " M changed", "AD gone", " T link", "D  staged only"])
        #expect(status.present == Array("new\0changed\0link\0".utf8))
        #expect(status.gone == Array("gone\0".utf8))
        #expect(!status.changesIgnoreRules)
        #expect(!status.isEmpty)
    }

    @Test func keepsPathsAsTheyAre() {
        let status = TreeStatus(output: Array("?? a\nb ".utf8) + [0xff, 0] + Array("?? -n\0".utf8))
        #expect(status.present == Array("a\nb ".utf8) + [0xff, 0] + Array("-n\0".utf8))
    }

    @Test func leavesRepositoriesInsideOut() {
        let status = status(["?? inner/", "?? file"])
        #expect(status.nested == ["inner"])
        #expect(status.present == Array("file\0".utf8))
    }

    @Test(arguments: [
        ("?? .gitignore", true), (" D a/.gitignore", true), ("?? x.gitignore", false), ("?? .gitignore/", false),
    ])
    func noticesIgnoreRules(_ record: String, _ expected: Bool) {
        #expect(status([record]).changesIgnoreRules == expected)
    }

    @Test func namesClosedDirectories() {
        let warnings = """
            warning: could not open directory 'a': b/': Permission denied
            warning: something else
            """
        #expect(status([], warnings: warnings).closed == ["a': b/", "warning: something else"])
    }

    @Test func isEmptyWithoutRecords() {
        #expect(status([]).isEmpty)
    }
}

struct IndexDifferenceTests {
    private func difference(_ old: String, _ new: String, _ letter: String) -> IndexDifference {
        IndexDifference(Array(":\(old) \(new) aaaa bbbb \(letter)\0p\0".utf8))
    }

    @Test func takesFilesThatTheAgentAdded() {
        #expect(difference("000000", "100644", "A").added == Array("p\0".utf8))
        #expect(difference("000000", "120000", "A").added == Array("p\0".utf8))
        #expect(difference("160000", "100755", "T").added == Array("p\0".utf8))
        #expect(difference("100644", "100755", "M").isEmpty)
    }

    @Test func takesSubmodules() {
        #expect(difference("000000", "160000", "A").gitlinks == Array("160000 bbbb\tp\0".utf8))
        #expect(difference("160000", "160000", "M").gitlinks == Array("160000 bbbb\tp\0".utf8))
        #expect(difference("160000", "000000", "D").gitlinks == Array("0 bbbb\tp\0".utf8))
    }

    @Test func noticesFilesThatAreNotTrackedAnyMore() {
        #expect(difference("100644", "000000", "D").untracked == Array("p\0".utf8))
        #expect(difference("120000", "000000", "D").untracked == Array("p\0".utf8))
        #expect(difference("160000", "000000", "D").untracked.isEmpty)
    }

    @Test func readsManyRecords() {
        let bytes = Array(":000000 100644 a b A\0one\0:100644 000000 a b D\0two\0".utf8)
        #expect(IndexDifference(bytes).added == Array("one\0".utf8))
        #expect(IndexDifference(bytes).untracked == Array("two\0".utf8))
    }
}

struct KeeperAnswerTests {
    @Test(arguments: [
        ("\0\00\0\0", "", 0), ("a\0b\0\0\0128\0\0", "a\0b\0", 128), ("7\0\0\01\0\0", "7\0", 1),
    ])
    func isTakenApart(_ text: String, _ output: String, _ status: Int32) {
        let parts = KeeperAnswer.parts(of: Array(text.utf8))
        #expect(parts?.output == Array(output.utf8))
        #expect(parts?.status == status)
    }

    @Test(arguments: ["", "a\0", "a\0\0", "\0\0", "\0\00", "\0\00\0", "a\07\0", "7\0\0"])
    func isNotWhole(_ text: String) {
        #expect(!KeeperAnswer.isWhole(Array(text.utf8)))
    }

    /// No beginning of an answer may be taken for the whole.
    @Test func isWholeOnlyAtItsEnd() {
        let answer = Array("?? 0\0 M 12\0\0\00\0\0".utf8)
        for count in 0..<answer.count { #expect(!KeeperAnswer.isWhole(Array(answer[..<count]))) }
        #expect(KeeperAnswer.isWhole(answer))
    }
}

struct LostKeeperTests {
    @Test(arguments: [true, false]) func isReplaced(isConfined: Bool) async throws {
        let fixture = try await Fixture.standard(confined: isConfined)
        let created = try await fixture.create()
        let workspace = try #require(created.workspace as? SplitCloneWorkspace)
        try await fixture.agent(workspace, "echo 1 >>a.txt")
        _ = try await workspace.checkpoint(.heartbeat, iteration: 1)
        await #expect(throws: VaultKeeperLost.self) {
            _ = try await workspace.keeper.attempt("exit 1", to: "test")
        }
        try await fixture.agent(workspace, "echo 2 >>a.txt")
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.checkpoint.number == 2)
        #expect(report.checkpoint.change == ChangeSize(files: 1, insertions: 1, deletions: 0))
        await workspace.close()
    }

    /// Git compares whole seconds: a directory that changed in the second in which git looked must be looked at again,
    /// though the index was written later.
    @Test(arguments: [true, false]) func filesOfTheSameSecondAreNotMissed(isCached: Bool) async throws {
        let fixture = try await Fixture.standard(confined: false)
        let workspace = try #require(try await fixture.create().workspace as? SplitCloneWorkspace)
        let room = "\(workspace.layout.vault)/makima"
        let index = "\(workspace.layout.vault)/index"
        func staging(_ last: Int?) -> Staging {
            let clock = ScanClock(index: index, stamp: "\(room)/began", last: last)
            return Staging(workspace.keeper, room: room, clock: isCached ? clock : nil)
        }
        try await fixture.agent(workspace, "mkdir d; echo 1 >d/one; TZ=UTC touch -d 2020-01-02T03:04:05 d")
        var first = staging(nil)
        try await first.stage(try await first.status())
        var second = staging(first.scanBegan)
        #expect(try await second.status().isEmpty)
        // As if the last look had begun in the second of the change, and the index was written much later.
        try await fixture.agent(
            workspace,
            "echo n >d/new; TZ=UTC touch -d 2020-01-02T03:04:05 d; touch '\(index)'"
        )
        var third = staging(1_577_934_245)
        #expect(try await third.status().present == Array("d/new\0".utf8))
        await workspace.close()
    }

    @Test(arguments: [".gitignore", ".gitattributes", "a/.gitignore", ".git/index", ".git/objects/pack/x.idx"])
    func fifosDoNotHoldItUp(_ path: String) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try #require(try await fixture.create().workspace as? SplitCloneWorkspace)
        _ = try await workspace.checkpoint(.heartbeat, iteration: 1)
        try await fixture.agent(workspace, "mkdir -p a; echo 1 >new; rm -f \(path); mkfifo \(path)")
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(try await fixture.files(report.checkpoint.tree, in: workspace).contains("new"))
        await workspace.close()
    }

    @Test func anAnswerWithoutEndIsNotKept() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try #require(try await fixture.create().workspace as? SplitCloneWorkspace)
        await #expect(throws: WorkspaceError.tooMuchOutput(operation: "count")) {
            _ = try await workspace.keeper.attempt("cat /dev/zero", to: "count")
        }
        #expect(try await workspace.checkpoint(.heartbeat, iteration: 1).isUnchanged)
        await workspace.close()
    }

    @Test func isReplacedInTheMidstOfACheckpoint() async throws {
        let fixture = try await Fixture.standard(confined: false)
        let workspace = try #require(try await fixture.create().workspace as? SplitCloneWorkspace)
        _ = try await workspace.checkpoint(.heartbeat, iteration: 1)
        // The git that compares trees is gone, and nobody has noticed yet.
        _ = try await workspace.keeper.attempt("kill -9 $!", to: "test")
        try await fixture.agent(workspace, "echo 2 >>a.txt")
        let report = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.checkpoint.number == 2)
        #expect(try await fixture.files(report.checkpoint.tree, in: workspace) == [".gitignore", "a.txt", "src/b.txt"])
        await workspace.close()
    }
}
