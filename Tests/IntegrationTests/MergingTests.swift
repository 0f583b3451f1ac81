import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// What keeps proven work from its branch, and how the person is told.
@Suite(.serialized)
struct MergingTests {
    @Test func aDirtyCheckoutIsSaidToBeDirtyAndIsMergedOnceItIsClean() async throws {
        var installation = try await Installation(files: ["sum": "1\n"])
        installation.agent("echo 2 > sum; \(Gate.ready)")
        installation.directory.write("mine\n", to: "repository/sum")
        let blocked = try await installation.runToMerge("test -s sum")
        #expect(blocked.status == .code(5))
        let reason = try #require(blocked.task?["reason"])
        #expect(reason["code"]?.string == "merge_conflict")
        #expect(reason["cause"]?.string == "checkout_dirty")
        #expect(reason["paths"]?.array == [.string("sum")])
        #expect(reason["hint"]?.string?.contains("stash") == true)

        try await installation.git("checkout", "--quiet", "sum")
        let merged = try await installation.makima("resume", "join", "--json")
        #expect(merged.status == .code(0), "\(merged.errorOutput)")
        #expect(merged.task?["iterations"]?.int == 1)
        #expect(TestFiles.read("\(installation.repository)/sum") == "2\n")
    }

    @Test func aTargetThatDoesNotExistIsRefusedBeforeAnythingIsDone() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let answer = try await installation.runToMerge("test -s work", "--target", "nosuch")
        #expect(answer.status == .code(2), "\(answer.output)\(answer.errorOutput)")
        #expect(answer.output.contains("nosuch") || answer.errorOutput.contains("nosuch"))
        #expect(try await installation.makima("list", "--all", "--json").output == "[]\n")
    }

    @Test func aPartialCloneSaysHowToCompleteIt() async throws {
        var installation = try await Installation()
        let origin = "\(installation.directory.path)/origin.git"
        try await installation.git("clone", "--quiet", "--bare", installation.repository, origin)
        try await installation.git("-C", origin, "config", "uploadpack.allowFilter", "true")
        let clone = "\(installation.directory.path)/clone"
        let options = ["--quiet", "--no-checkout", "--filter=blob:none"]
        try await installation.git("clone", options[0], options[1], options[2], "file://\(origin)", clone)
        installation.agent("echo work > work; \(Gate.ready)")
        let answer = try await installation.makima("run", "partial", "--agent", "double", "--repo", clone, "--json")
        #expect(answer.status == .code(5), "\(answer.output)\(answer.errorOutput)")
        #expect(answer.task?["reason"]?["problem"]?.string == "objects_missing")
        #expect(answer.task?["reason"]?["hint"]?.string?.contains("fetch --refetch --no-filter") == true)
    }

    @Test func checksThatFailOnTopOfTheBranchAreNamed() async throws {
        var installation = try await Installation(files: ["sum": "1\n"])
        installation.agent(
            """
            echo 2 > sum
            unset GIT_DIR GIT_WORK_TREE
            cd '\(installation.repository)' && touch other && git add other
            git -c user.name=Other -c user.email=other@localhost commit --quiet --message Other
            cd - > /dev/null; \(Gate.ready)
            """
        )
        let blocked = try await installation.runToMerge("test ! -e other", "--sandbox", "off")
        #expect(blocked.status == .code(5), "\(blocked.errorOutput)")
        let reason = try #require(blocked.task?["reason"])
        #expect(reason["code"]?.string == "merge_conflict")
        #expect(reason["cause"]?.string == "checks_failed")
        #expect(reason["receipts"]?.array?.count == 1)
        #expect(reason["message"]?.string?.contains("on top of 'main'") == true)
    }

    @Test(arguments: [1, 2])
    func ctrlCEndsTheChecksOfAMergeAndLeavesTheBranch(times: Int) async throws {
        var installation = try await Installation(files: ["sum": "1\n"])
        installation.agent("echo 2 > sum; \(Gate.ready)")
        let mark = "\(installation.directory.path)/mark"
        let ignoring = times > 1 ? "trap '' INT TERM; " : ""
        let check = "test ! -e \(mark) || { \(ignoring): > \(mark)-seen; sleep 1000; sleep 1000; }"
        let arguments = ["run", "join", "--agent", "double", "--check", check, "--sandbox", "off"]
        #expect(try await installation.call(arguments).status == .code(0))
        let before = try await installation.git("rev-parse", "main")
        installation.directory.write("", to: "mark")
        let owner = try installation.start("merge", "join")
        while !TestFiles.exists("\(mark)-seen") { await Task.yield() }
        for _ in 0..<times { owner.signal(SIGINT) }
        #expect(owner.exitStatus() == 130)
        #expect(try await installation.git("rev-parse", "main") == before)
    }
}

extension Installation {
    fileprivate func runToMerge(_ check: String, _ more: String...) async throws -> Answer {
        try await call(
            ["run", "join", "--agent", "double", "--completion", "merge", "--check", check, "--json"] + more
        )
    }
}
