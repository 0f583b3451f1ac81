import Domain
import Synchronization
import TestSupport
import Testing

@testable import Workspaces

/// Which work of a task is merged.
struct IntegratedWorkTests {
    @Test func withoutABranchTheLastCheckpointIsMerged() async throws {
        let bench = try await BatchBench.standard()
        let (entry, workspace) = try await bench.task(1, "echo one >x", publishes: false)
        try await bench.fixture.agent(workspace, "echo two >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        try await workspace.importCheckpoints()
        #expect(try await bench.merge([entry]).verdict == .merged)
        #expect(TestFiles.read("\(bench.fixture.repository)/x") == "two\n")
    }

    /// A task that went on after its branch was made.
    @Test func aStaleResultIsPassedOver() async throws {
        let bench = try await BatchBench.standard()
        let (entry, workspace) = try await bench.task(1, "echo one >x")
        bench.fixture.clock.set(bench.fixture.clock.now() + .seconds(60))
        try await bench.fixture.agent(workspace, "echo two >x")
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        try await workspace.importCheckpoints()
        #expect(try await bench.merge([entry]).verdict == .merged)
        #expect(TestFiles.read("\(bench.fixture.repository)/x") == "two\n")
    }

    /// Checks leave files behind, which are in a checkpoint, and were not judged.
    @Test(arguments: [false, true]) func whatWasJudgedIsMerged(publishes: Bool) async throws {
        var bench = try await BatchBench.standard()
        let (entry, workspace) = try await bench.task(1, "echo one >x", publishes: publishes)
        bench.hints[entry.task] = WorkHint(judged: await workspace.latest.tree)
        bench.fixture.clock.set(bench.fixture.clock.now() + .seconds(60))
        try await bench.fixture.agent(workspace, "echo left >left")
        _ = try await workspace.checkpoint(.checksRan, iteration: 1)
        try await workspace.importCheckpoints()
        #expect(try await bench.merge([entry]).verdict == .merged)
        #expect(TestFiles.read("\(bench.fixture.repository)/x") == "one\n")
        #expect(!TestFiles.exists("\(bench.fixture.repository)/left"))
        bench.hints[entry.task] = WorkHint(judged: bench.fixture.emptyTree)
        #expect(try await bench.merge([entry]).outcomes == [.missing])
    }

    @Test(arguments: [false, true], ["git merge -q", "git rebase -q"])
    func anOwnerThatTookTheNewerBranchInFits(publishes: Bool, _ command: String) async throws {
        let bench = try await BatchBench.standard()
        let (entry, workspace) = try await bench.task(
            1,
            "echo agent >a.txt; git commit -qam agent",
            publishes: publishes
        )
        bench.fixture.write("a.txt", "person\n")
        try await bench.fixture.commit("other")
        #expect(try await bench.merge([entry]).outcomes == [.conflict(paths: ["a.txt"])])
        let tip = try await bench.tip()
        let resolve = "git add a.txt; git -c core.editor=true"
        let end = command.contains("rebase") ? "rebase --continue" : "commit -qm merged"
        bench.fixture.clock.set(bench.fixture.clock.now() + .seconds(60))
        try await bench.fixture.agent(
            workspace,
            "\(command) \(tip) >/dev/null 2>&1 || true; echo person and agent >a.txt; \(resolve) \(end) >/dev/null"
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        try await workspace.importCheckpoints()
        if publishes { _ = try await workspace.publishBranch(WorkDescription(title: "Task 1")) }
        let report = try await bench.merge([entry])
        #expect(report.fitting == [true], "\(report.outcomes)")
        #expect(TestFiles.read("\(bench.fixture.repository)/a.txt") == "person and agent\n")
        #expect(try await bench.fixture.git(["log", "--format=%s"]) == "Task 1\nother\nbase")
    }

    /// makima's checkpoints leave what the agent changed uncommitted in its own git, and that keeps 'git merge' from it.
    @Test(arguments: [false, true])
    func anOwnerWithUncommittedWorkCommitsItAndMergesThen(publishes: Bool) async throws {
        let bench = try await BatchBench.standard()
        let (entry, workspace) = try await bench.task(1, "echo agent >a.txt; echo new >new.txt", publishes: publishes)
        bench.fixture.write("a.txt", "person\n")
        try await bench.fixture.commit("other")
        let report = try await bench.merge([entry])
        let tip = try await bench.tip()
        #expect(report.outcomes == [.conflict(paths: ["a.txt"])])
        #expect(report.entries.first?.rivals == [MergeRival(tip)], "A person's commit.")
        bench.fixture.clock.set(bench.fixture.clock.now() + .seconds(60))
        try await bench.fixture.agent(
            workspace,
            """
            git merge \(tip) >/tmp/refused 2>&1 && exit 1
            grep -q 'would be overwritten' /tmp/refused || exit 1
            git add -A && git commit -qm 'My work' || exit 1
            git merge \(tip) >/dev/null && exit 1
            echo person and agent >a.txt; git add -A && git commit -qm merged
            """
        )
        _ = try await workspace.checkpoint(.iterationEnded, iteration: 2)
        try await workspace.importCheckpoints()
        if publishes { _ = try await workspace.publishBranch(WorkDescription(title: "Task 1")) }
        #expect(try await bench.merge([entry]).fitting == [true])
        #expect(TestFiles.read("\(bench.fixture.repository)/a.txt") == "person and agent\n")
        #expect(TestFiles.read("\(bench.fixture.repository)/new.txt") == "new\n")
    }

    /// Whose work the branch has at the same places is known by its trailers.
    @Test func aConflictNamesWhatChangedTheSamePaths() async throws {
        let bench = try await BatchBench.standard()
        let (one, _) = try await bench.task(1, "echo one >a.txt")
        let (two, _) = try await bench.task(2, "echo two >other")
        let (three, _) = try await bench.task(3, "echo three >a.txt")
        #expect(try await bench.merge([one]).fitting == [true])
        let merged = try await bench.tip()
        #expect(try await bench.merge([two]).fitting == [true])
        let report = try await bench.merge([three])
        #expect(
            report.entries == [
                MergeEntryReport(three.task, .conflict(paths: ["a.txt"]), rivals: [MergeRival(merged, task: one.task)])
            ]
        )
    }

    @Test func workOfAnotherMachineIsTakenInAndNothingElse() async throws {
        var bench = try await BatchBench.standard()
        let base = try await bench.tip()
        let (bundled, _) = try await bench.task(1, "echo x >x")
        let patched = MergeEntry(try await bench.fixture.site(8).task, name: "Patched")
        let path = "\(bench.fixture.directory.path)/sent"
        let git = bench.fixture.provider().git
        let transfer = WorkTransfer(git: git, repository: bench.fixture.repository)
        try await transfer.bundle(1, of: bundled.task, since: base, to: path)
        for name in ["results", "agents", "checkpoints"] {
            let names = try await bench.fixture.git(["for-each-ref", "--format=%(refname)", "refs/makima/\(name)"])
            for ref in names.split(separator: "\n") { try await bench.fixture.git(["update-ref", "-d", String(ref)]) }
        }
        let patch = bench.fixture.directory.write(
            "--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n-one\n+ONE\n two\n three\n",
            to: "patch"
        )
        #expect(try await bench.merge([bundled, patched]).outcomes == [.missing, .missing])
        bench.hints[bundled.task] = WorkHint(sent: SentWork(.bundle, at: path, base: base))
        bench.hints[patched.task] = WorkHint(sent: SentWork(.patch, at: patch, base: base))
        #expect(try await bench.merge([bundled, patched]).fitting == [true, true])
        #expect(TestFiles.read("\(bench.fixture.repository)/a.txt") == "ONE\ntwo\nthree\n")
        #expect(TestFiles.read("\(bench.fixture.repository)/x") == "x\n")
        bench.hints[patched.task] = WorkHint(sent: SentWork(.bundle, at: patch, base: base))
        #expect(try await bench.merge([patched]).outcomes == [.missing])
        try await bench.expectNoRemains()
    }

    /// As one that was killed leaves it, while it checked or after it had moved the branch.
    @Test(arguments: [false, true]) func afterADeathItComesToTheSame(isMoved: Bool) async throws {
        let bench = try await BatchBench.standard()
        let first = try await bench.entry(1, "echo x >x")
        let second = try await bench.entry(2, "echo y >y")
        let directory = try bench.site.directory
        if isMoved { #expect(try await bench.merge([first, second]).verdict == .merged) }
        for name in ["vault/HEAD", "vault/refs/heads/x.lock", "checkouts/abc/tree/file"] {
            bench.fixture.directory.write("left\n", to: "merges/0123456789/work/\(name)")
        }
        for name in ["combined", "sent/\(first.task)"] {
            try await bench.fixture.git(["update-ref", "refs/makima/merges/0123456789/\(name)", "HEAD"])
        }
        #expect(TestFiles.exists("\(directory)/vault/HEAD"))
        let report = try await bench.merge([first, second])
        #expect(report.verdict == (isMoved ? .unchanged : .merged))
        #expect(isMoved ? report.outcomes == [.present, .present] : report.fitting == [true, true])
        let log = try await bench.fixture.git(["log", "--first-parent", "--format=%s", "main"])
        #expect(log == "Merge 2 tasks\nbase")
        try await bench.expectNoRemains()
        // Whoever collects garbage takes no name of a merge for a task's.
        try await bench.fixture.git(["update-ref", "refs/makima/merges/0123456789/combined", "HEAD"])
        let sets = try await PrivateRefReader(git: bench.fixture.provider().git).refs(in: bench.fixture.repository)
        #expect(Set(sets.map(\.task)) == [first.task, second.task])
    }

    @Test func whatCouldNotBeCheckedLeavesNothingBehind() async throws {
        let bench = try await BatchBench.standard()
        let entry = try await bench.entry(1, "echo x >x")
        await #expect(throws: CancellationError.self) {
            _ = try await bench.merge([entry]) { _ in throw CancellationError() }
        }
        try await bench.expectNoRemains()
        #expect(try await bench.fixture.git(["log", "--format=%s", "main"]) == "base")
    }
}

extension Fixture {
    fileprivate var emptyTree: TreeID { ObjectFormat.sha1.emptyTree }
}
