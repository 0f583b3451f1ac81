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

    @Test func branchIsOneCommitWhereTheAgentMadeNone() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(Self.work))
        #expect(
            try await fixture.git(["log", "--format=%B", "main..\(branch.name)"]) == "Fix the parser\n\nAs planned.\n"
        )
    }

    @Test(arguments: [
        ("Fix it", "Fix it", "Fix it\n"), ("Fix it", "Fix it\n \nIn detail.", "Fix it\n\nIn detail.\n"),
        ("Fix it", "Fix it all", "Fix it\n\nFix it all\n"), ("Fix…", "Fix it", "Fix…\n\nFix it\n"),
        ("", "", "Work of makima\n"),
    ])
    func theMessageDoesNotSayItsSubjectTwice(_ title: String, _ body: String, _ message: String) {
        #expect(WorkDescription(title: title, body: body).message == Array(message.utf8))
    }

    @Test func thereIsNoBranchWithoutWork() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(try await workspace.publishBranch(Self.work) == nil)
        #expect(try await workspace.merge(into: "main", Self.work) { _ in true } == .upToDate)
    }

    @Test func rewrittenHistoryBecomesOneCommit() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(
            workspace,
            "git checkout -q --orphan fresh; echo x >x; git add x; git commit -qm orphan"
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(Self.work))
        #expect(try await fixture.git(["log", "--format=%s", branch.name]) == "Fix the parser\nbase")
    }

    @Test func publishingAgainMovesTheOwnBranchOnly() async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let first = try #require(try await workspace.publishBranch(Self.work))
        #expect(try await workspace.publishBranch(Self.work)?.name == first.name)
        try await fixture.agent(workspace, "echo y >y")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        let second = try #require(try await workspace.publishBranch(Self.work))
        #expect(second.name == first.name)
        #expect(second.commit != first.commit)

        try await fixture.git(["branch", "-f", first.name, "main"])
        try await fixture.agent(workspace, "echo z >z")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 3)
        let third = try #require(try await workspace.publishBranch(Self.work))
        #expect(third.name == "\(first.name)-2")
        let kept = try await fixture.git(["rev-parse", first.name])
        #expect(try await kept == fixture.git(["rev-parse", "main"]))
    }

    @Test(arguments: ["makima", "makima/fix-the-parser-ID/x", "makima/fix-the-parser-ID"])
    func branchesInTheWayGiveAnotherName(_ pattern: String) async throws {
        let fixture = try await Fixture.standard()
        let workspace = try await fixture.create().workspace
        let short = workspace.site.task.short
        try await fixture.git(["branch", pattern.replacing("ID", with: short)])
        try await fixture.agent(workspace, "echo x >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        let branch = try #require(try await workspace.publishBranch(Self.work))
        let expected = pattern == "makima" ? "makima-fix-the-parser-\(short)" : "makima/fix-the-parser-\(short)-2"
        #expect(branch.name == expected)
        #expect(try await fixture.git(["rev-parse", "refs/heads/\(branch.name)"]) == branch.commit.rawValue)
    }

    @Test func tasksOfOneRepositoryDoNotMeet() async throws {
        let fixture = try await Fixture.standard()
        let provider = fixture.provider()
        let branches = try await withThrowingTaskGroup(of: PublishedBranch?.self) { group in
            for number in 1...4 {
                group.addTask {
                    let workspace = try await provider.create(try await fixture.site(UInt64(number))).workspace
                    try await fixture.agent(workspace, "echo \(number) >x; git add x; git commit -qm \(number)")
                    _ = try await workspace.checkpoint(.iterationEnded, iteration: 1)
                    try await workspace.importCheckpoints()
                    return try await workspace.publishBranch(Self.work)
                }
            }
            return try await group.reduce(into: Set<String>()) { names, branch in names.insert(branch?.name ?? "") }
        }
        #expect(branches.count == 4)
        #expect(try await fixture.git(["for-each-ref", "refs/makima/checkpoints"]).split(separator: "\n").count == 8)
        #expect(try await fixture.git(["fsck"]) == "")
    }

    @Test func gitlinksOfSubmodulesAreKept() async throws {
        let fixture = try await Fixture.standard()
        let head = try #require(try await fixture.head())
        try await fixture.git(["update-index", "--add", "--cacheinfo", "160000,\(head),sub"])
        fixture.write(".gitmodules", "[submodule \"sub\"]\n\tpath = sub\n\turl = https://example.com/sub\n")
        try await fixture.git(["add", ".gitmodules"])
        try await fixture.git(["commit", "-q", "-m", "submodule"])
        let workspace = try await fixture.create().workspace
        try await fixture.agent(workspace, "echo x >x")
        let first = try await workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(try await fixture.entries(first.checkpoint.tree, in: workspace).contains("160000 \(head)\tsub"))
        #expect(first.notices.isEmpty)
        try await fixture.agent(
            workspace,
            "git commit -q --allow-empty -m x; git update-index --cacheinfo 160000,$(git rev-parse HEAD),sub"
        )
        let second = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        let bumped = try #require(second.checkpoint.agentHead)
        #expect(try await fixture.entries(second.checkpoint.tree, in: workspace).contains("160000 \(bumped)\tsub"))
        try await fixture.agent(workspace, "git rm -q --cached sub; rmdir sub; echo now a file >sub; git add sub")
        let third = try await workspace.checkpoint(.iterationEnded, iteration: 3)
        let expected = try await fixture.expectedFiles(in: workspace)
        #expect(try await fixture.entries(third.checkpoint.tree, in: workspace) == expected)
    }

    @Test func largeFilePointersStayPointers() async throws {
        let fixture = try await Fixture.standard()
        let pointer =
            "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "a", count: 64))\nsize 5\n"
        fixture.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
        fixture.write("big.bin", pointer)
        try await fixture.commit("pointer")
        let mark = "\(fixture.directory.path)/pwned"
        for kind in ["clean", "smudge", "process"] {
            try await fixture.git(["config", "filter.lfs.\(kind)", "touch \(mark); cat"])
        }
        let created = try await fixture.create()
        #expect(TestFiles.read("\(created.tree)/big.bin") == pointer)
        try await fixture.agent(created.workspace, "echo x >x; touch big.bin")
        let report = try await created.workspace.checkpoint(.iterationEnded, iteration: 1)
        #expect(report.checkpoint.change.files == 1)
        try await created.workspace.importCheckpoints()
        _ = try await created.workspace.publishBranch(Self.work)
        #expect(!TestFiles.exists(mark))
    }
}
