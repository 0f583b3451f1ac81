import Domain
import Synchronization
import TestSupport
import Testing

@testable import Workspaces

struct IntegrationTests {
    @Test func theWorkOfTwoTasksIsMergedAsOneCommitEach() async throws {
        let bench = try await BatchBench.standard()
        let first = try await bench.entry(1, "echo x >x; git add x; git commit -qm one; echo y >>x")
        let second = try await bench.entry(2, "echo z >z; rm src/b.txt")
        let before = try await bench.tip()
        let report = try await bench.merge([first, second]) { checkout in
            #expect(TestFiles.read("\(checkout.path)/x") == "x\ny\n")
            #expect(TestFiles.read("\(checkout.path)/z") == "z\n")
            return .passed
        }
        let after = try await bench.tip()
        #expect(report.verdict == .merged)
        #expect(report.before == before && report.after == after)
        #expect(report.fitting == [true, true])
        #expect(report.receipts.map(\.verdict) == [.passed])
        // Along first parents every commit was checked.
        let log = try await bench.fixture.git(["log", "--first-parent", "--format=%s", "main"])
        #expect(log == "Merge 2 tasks\nbase")
        #expect(try await bench.fixture.git(["log", "--format=%s", "main^1..main^2"]) == "Task 2\nTask 1")
        let tree = try #require(report.receipts.first?.tree)
        #expect(try await bench.fixture.git(["rev-parse", "main^{tree}", "main^2^{tree}"]) == "\(tree)\n\(tree)")
        let trailer = "--format=%(trailers:key=Makima-Task,valueonly)"
        #expect(try await bench.fixture.git(["log", "-1", trailer, "main^2"]).hasPrefix(second.task.rawValue))
        // The branch is checked out, and its files came along.
        #expect(TestFiles.read("\(bench.fixture.repository)/x") == "x\ny\n")
        #expect(try await bench.fixture.git(["status", "--porcelain"]) == "")
        try await bench.expectNoRemains()
    }

    @Test func oneTaskIsItsPlainCommitAndIsPresentAfterwards() async throws {
        let bench = try await BatchBench.standard()
        let entry = try await bench.entry(1, "echo x >x")
        let report = try await bench.merge([entry])
        #expect(report.outcomes == [.fits(try await bench.tip())])
        #expect(try await bench.fixture.git(["log", "--format=%s", "main"]) == "Task 1\nbase")
        let again = try await bench.merge([entry]) { _ in
            Issue.record("Nothing is checked where nothing fits.")
            return .passed
        }
        #expect(again.verdict == .unchanged)
        #expect(again.outcomes == [.present])
        #expect(again.before == again.after)
    }

    /// Something came on top of the work at the same place since it was merged.
    @Test func workIsKnownByItsTrailerWhereItWouldNotFitAgain() async throws {
        let bench = try await BatchBench.standard()
        let entry = try await bench.entry(1, "echo agent >a.txt")
        #expect(try await bench.merge([entry]).verdict == .merged)
        bench.fixture.write("a.txt", "person\n")
        try await bench.fixture.commit("later")
        #expect(try await bench.merge([entry]).outcomes == [.present])
        // What was taken back is merged again.
        try await bench.fixture.git(["revert", "--no-edit", "HEAD", "HEAD^"])
        #expect(try await bench.merge([entry]).fitting == [true])
        #expect(TestFiles.read("\(bench.fixture.repository)/a.txt") == "agent\n")
    }

    @Test func aConflictIsNamedAndTheOthersAreMerged() async throws {
        let bench = try await BatchBench.standard()
        let first = try await bench.entry(1, "echo one >a.txt; echo x >x")
        let second = try await bench.entry(2, "echo two >a.txt; echo two >src/b.txt")
        let third = try await bench.entry(3, "echo z >z")
        let report = try await bench.merge([first, second, third])
        #expect(report.verdict == .merged)
        #expect(report.fitting == [true, false, true])
        #expect(report.outcomes[1] == .conflict(paths: ["a.txt"]))
        #expect(TestFiles.read("\(bench.fixture.repository)/src/b.txt") == "b\n")
        #expect(try await bench.fixture.git(["log", "-1", "--format=%b", "main"]) == "- Task 1\n- Task 3\n")
    }

    @Test func whatIsOutsideIsNamedAndWhatIsMissingIsSaid() async throws {
        let bench = try await BatchBench.standard()
        var outside = try await bench.entry(1, "echo x >src/x; echo x >x; mkdir -p doc/a; echo d >doc/a/d")
        outside.touches = ["src/**", "doc/**"]
        var inside = try await bench.entry(2, "echo z >src/z; rm src/b.txt")
        inside.touches = ["src/**"]
        let missing = MergeEntry(try await bench.fixture.site(9).task, name: "Nobody's")
        let report = try await bench.merge([outside, missing, inside])
        #expect(report.outcomes.prefix(2) == [.outside(paths: ["x"]), .missing])
        #expect(report.fitting == [false, false, true])
        #expect(report.verdict == .merged)
        try await bench.expectNoRemains()
    }

    @Test(arguments: [false, true]) func whatDoesNotPassIsNotMerged(targetFails: Bool) async throws {
        let bench = try await BatchBench.standard()
        let entry = try await bench.entry(1, "echo x >x")
        let before = try await bench.tip()
        let report = try await bench.merge([entry]) { checkout in
            targetFails || TestFiles.exists("\(checkout.path)/x") ? .failed(exitCode: 1) : .passed
        }
        #expect(report.verdict == .checksFailed(targetFails: targetFails))
        #expect(report.receipts.count == 2)
        #expect(report.receipts[0].tree != report.receipts[1].tree)
        #expect(report.after == before)
        #expect(try await bench.tip() == before)
    }

    @Test func aCheckWithoutAVerdictSaysNothingAboutTheWork() async throws {
        let bench = try await BatchBench.standard()
        let entry = try await bench.entry(1, "echo x >x")
        let report = try await bench.merge([entry]) { _ in .notEvaluated(.commandNotFound) }
        #expect(report.verdict == .notEvaluated)
        #expect(report.before == report.after)
    }

    @Test func withoutEntriesTheBranchAloneIsChecked() async throws {
        let bench = try await BatchBench.standard()
        #expect(try await bench.merge([]).verdict == .unchanged)
        let passed = try await bench.merge([]) { checkout in
            TestFiles.read("\(checkout.path)/src/b.txt") == "b\n" ? .passed : .failed(exitCode: 1)
        }
        #expect(passed.verdict == .unchanged)
        #expect(passed.receipts.count == 1)
        let failed = try await bench.merge([]) { _ in .failed(exitCode: 1) }
        #expect(failed.verdict == .checksFailed(targetFails: true))
        #expect(failed.receipts.count == 1)
        try await bench.fixture.git(["branch", "-m", "main", "trunk"])
        #expect(try await bench.merge([]).verdict == .obstructed(.branchMissing))
    }

    @Test func aBranchThatMovedIsMergedIntoFromWhereItIs() async throws {
        let bench = try await BatchBench.standard()
        let entry = try await bench.entry(1, "echo x >x")
        let rounds = Mutex(0)
        let fixture = bench.fixture
        let report = try await bench.merge([entry]) { _ in
            let round = rounds.withLock { rounds in
                rounds += 1
                return rounds
            }
            if round < 3 {
                fixture.write("meanwhile", "\(round)\n")
                try await fixture.commit("meanwhile \(round)")
            }
            return .passed
        }
        #expect(report.verdict == .merged)
        #expect(try await fixture.git(["log", "--format=%s"]) == "Task 1\nmeanwhile 2\nmeanwhile 1\nbase")
    }

    @Test func aBranchThatNeverRestsIsLeftAlone() async throws {
        let bench = try await BatchBench.standard()
        let entry = try await bench.entry(1, "echo x >x")
        let fixture = bench.fixture
        try await fixture.git(["checkout", "-q", "--detach"])
        let report = try await bench.merge([entry]) { _ in
            try await fixture.git(["commit", "-q", "--allow-empty", "-m", "meanwhile"])
            try await fixture.git(["branch", "-f", "main", "HEAD"])
            return .passed
        }
        #expect(report.verdict == .obstructed(.branchMoved))
        #expect(report.fitting == [true])
        #expect(try await fixture.git(["rev-list", "--count", "main"]) == "4")
        try await bench.expectNoRemains()
    }

    @Test func aDirtyCheckoutIsNamedAndKept() async throws {
        let bench = try await BatchBench.standard()
        let entry = try await bench.entry(1, "echo x >a.txt")
        bench.fixture.write("a.txt", "the user's\n")
        let before = try bench.fixture.userState()
        let report = try await bench.merge([entry])
        #expect(report.verdict == .obstructed(.checkoutDirty(paths: ["a.txt"])))
        #expect(try bench.fixture.userState() == before)
        bench.fixture.write("a.txt", "one\ntwo\nthree\n")
        bench.fixture.write("mine", "in nobody's way\n")
        #expect(try await bench.merge([entry]).verdict == .merged)
        #expect(TestFiles.read("\(bench.fixture.repository)/a.txt") == "x\n")
    }

    @Test func filtersOfTheUserDoNotRunOnFilesOfTheAgent() async throws {
        let bench = try await BatchBench.standard()
        let mark = "\(bench.fixture.directory.path)/pwned"
        try await bench.fixture.git(["config", "filter.lfs.smudge", "touch \(mark); cat"])
        try await bench.fixture.git(["config", "merge.own.driver", "touch \(mark); true"])
        let filtered = "echo '* filter=lfs merge=own' >.gitattributes; echo x >a.txt"
        let entry = try await bench.entry(1, filtered)
        let report = try await bench.merge([entry])
        #expect(report.verdict == .obstructed(.filtered(paths: [".gitattributes"])))
        #expect(!TestFiles.exists(mark))
        try await bench.fixture.git(["checkout", "-q", "--detach"])
        #expect(try await bench.merge([entry]).verdict == .merged)
        let other = try await bench.entry(2, "echo y >a.txt")
        #expect(try await bench.merge([other]).outcomes == [.conflict(paths: ["a.txt"])])
        #expect(!TestFiles.exists(mark))
    }
}
