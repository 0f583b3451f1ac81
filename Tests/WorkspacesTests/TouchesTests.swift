import Domain
import TestSupport
import Testing

@testable import Workspaces

/// Work that may change only some paths, when it is merged.
struct TouchesTests {
    @Test(arguments: ["../x", "/x", "", "src/\u{0}"])
    func aPatternThatGitDoesNotTakeIsOfItsEntryOnly(_ pattern: String) async throws {
        let bench = try await BatchBench.standard()
        var hostile = try await bench.entry(1, "echo x >x")
        hostile.touches = ["src/**", pattern]
        let other = try await bench.entry(2, "echo z >z")
        let report = try await bench.merge([hostile, other])
        #expect(report.outcomes.first == .outside(paths: [pattern]))
        #expect(report.fitting == [false, true])
        #expect(report.verdict == .merged)
        try await bench.expectNoRemains()
    }

    /// Which of the merge bases git names first is not to be relied on: the tree of either is tried.
    @Test(arguments: ["HEAD^2", "HEAD^1^2"])
    func severalMergeBasesAreNoWayAround(_ base: String) async throws {
        let bench = try await BatchBench.standard()
        for side in ["s1", "s2"] {
            try await bench.fixture.git(["checkout", "-q", "-b", side, "main"])
            bench.fixture.write("other/\(side)", "theirs\n")
            try await bench.fixture.commit(side)
            try await bench.fixture.git(["checkout", "-q", "main"])
        }
        for side in ["s1", "s2"] {
            try await bench.fixture.git(["merge", "-q", "--no-ff", "-m", "merge \(side)", side])
        }
        var entry = try await bench.entry(
            1,
            """
            one=$(git rev-parse HEAD^2) two=$(git rev-parse HEAD^1^2) base=$(git rev-parse \(base))
            git reset -q --hard $base; echo f >src/f; git add -A
            git reset -q --hard $(git commit-tree -p $one -p $two -m work $(git write-tree))
            """
        )
        entry.touches = ["src/**"]
        let before = try await bench.tip()
        let report = try await bench.merge([entry])
        #expect(report.fitting == [false])
        if case .outside(let paths)? = report.outcomes.first {
            #expect(!paths.isEmpty && paths.allSatisfy { $0.hasPrefix("other/") })
        } else {
            Issue.record("\(report.outcomes)")
        }
        #expect(try await bench.tip() == before)
    }

    /// What came into the branch since the work began is none of the work's changes.
    @Test func whatTheBranchHasGainedIsNotOutside() async throws {
        let bench = try await BatchBench.standard()
        var entry = try await bench.entry(1, "echo f >src/f")
        entry.touches = ["src/**"]
        bench.fixture.write("elsewhere", "x\n")
        try await bench.fixture.commit("later")
        let free = try await bench.entry(2, "echo z >z")
        let report = try await bench.merge([free, entry])
        #expect(report.fitting == [true, true] && report.verdict == .merged)
    }
}
