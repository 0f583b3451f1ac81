import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// What a person meets who does something for the first time, and the ways on that makima names.
@Suite(.serialized)
struct FirstStepsTests {
    @Test(arguments: [("auto", "off"), ("off", "auto")])
    func aResumeWithTheOtherSandboxIsRefusedBeforeAnythingChanges(made: String, wanted: String) async throws {
        var installation = try await Installation()
        installation.agent("echo $MAKIMA_ITERATION >> seen; \(Gate.notReady)")
        let task = ["run", "other", "--agent", "double", "--max-iterations", "1", "--sandbox", made]
        #expect(try await installation.call(task).status == .code(3))
        let refused = try await installation.makima("resume", "other", "--max-iterations", "2", "--sandbox", wanted)
        #expect(refused.status == .code(1))
        #expect(refused.errorOutput.contains("was made \(made == "off" ? "without" : "with") a sandbox"))
        #expect(refused.errorOutput.contains("--max-iterations 2'; or begin a new task"))
        let resumed = try await installation.makima("resume", "other", "--max-iterations", "2", "--json")
        #expect(resumed.task?["status"]?.string == "iteration_limit_reached")
        #expect(resumed.task?["iterations"]?.int == 2)
    }

    @Test(arguments: ["auto", "off"])
    func workWhoseAgentDestroyedItsGitDirectoryIsMerged(sandbox: String) async throws {
        var installation = try await Installation()
        let git = sandbox == "off" ? "$(git rev-parse --absolute-git-dir)" : ".git"
        installation.agent("rm -rf \"\(git)\" 2> /dev/null; rm -rf *; echo z > z; \(Gate.ready)")
        let task = ["run", "razed", "--agent", "double", "--check", "test -s z", "--sandbox", sandbox]
        let done = try await installation.call(task)
        #expect(done.status == .code(0), "\(done.output)\(done.errorOutput)")
        let diff = try await installation.makima("diff", "razed")
        #expect(diff.output.contains("+z"), "\(diff.errorOutput)")
        let merged = try await installation.makima("merge", "razed")
        #expect(merged.status == .code(0), "\(merged.output)\(merged.errorOutput)")
        #expect(try await installation.git("ls-tree", "--name-only", "main") == "z\n")
        #expect(try await installation.makima("discard", "razed").status == .code(0))
    }

    @Test func aBrokenWorkspaceNamesItsTaskAndAWayThatWorks() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let done = try await installation.makima("run", "broken", "--agent", "double", "--json")
        let id = try #require(done.task?["id"]?.string)
        let tree = "\(installation.state)/tasks/\(id)/tree"
        #expect(rename(tree, "\(tree)-gone") == 0)
        let merged = try await installation.makima("merge", "broken")
        #expect(merged.status == .code(1))
        #expect(merged.errorOutput.contains("'makima checkpoints \(id.prefix(4))"))
        #expect(!merged.errorOutput.contains("TASK"))
    }

    @Test func theTimeBudgetEndsACheckThatIsThenOwed() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let mark = "\(installation.directory.path)/mark"
        let arguments = ["run", "slow", "--agent", "double", "--sandbox", "off", "--max-duration", "3s", "--json"]
        let cut = try await installation.call(arguments + ["--check", "test -e \(mark) || sleep 1000"])
        #expect(cut.status == .code(3), "\(cut.errorOutput)")
        #expect(cut.task?["reason"]?["code"]?.string == "time")
        installation.directory.write("", to: "mark")
        let done = try await installation.makima("resume", "slow", "--max-duration", "10m", "--json")
        #expect(done.status == .code(0), "\(done.errorOutput)")
        #expect(done.task?["iterations"]?.int == 1)
    }

    @Test func anAgentThatTheTimeBudgetEndsIsSaidToBe() async throws {
        var installation = try await Installation()
        installation.agent("sleep 1000")
        let cut = try await installation.makima("run", "slow", "--agent", "double", "--max-duration", "2s")
        #expect(cut.status == .code(3))
        #expect(cut.errorOutput.contains("ended by makima: the task's time was used up"), "\(cut.errorOutput)")
    }

    @Test func aProgramThatTheSandboxHidesIsShownByAResume() async throws {
        var installation = try await Installation()
        let tools = "\(installation.directory.path)/tools"
        installation.directory.write("#!/bin/sh\ntest -s work\n", to: "tools/judge", mode: 0o755)
        installation.variables["PATH"] = "\(tools):/usr/bin:/bin"
        installation.agent("echo $MAKIMA_ITERATION >> work; \(Gate.ready)")
        let stalled = try await installation.makima("run", "hidden", "--agent", "double", "--check", "judge", "--json")
        #expect(stalled.status == .code(4), "\(stalled.errorOutput)")
        let reason = try #require(stalled.task?["reason"])
        #expect(reason["code"]?.string == "checks_not_evaluable")
        #expect(reason["message"]?.string?.contains("'judge' was not found") == true)
        #expect(reason["hint"]?.string?.contains(" --allow-read \(tools)'") == true)
        let done = try await installation.makima("resume", "hidden", "--allow-read", tools, "--json")
        #expect(done.status == .code(0), "\(done.errorOutput)")
    }

    @Test func theExitStatusOfAFailedAgentIsTold() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; echo boom >&2; exit 3")
        let failed = try await installation.makima("run", "fail", "--agent", "double", "--max-iterations", "1")
        #expect(failed.errorOutput.contains("boom (exit status 3)"), "\(failed.errorOutput)")
        #expect(try await installation.makima("why", "fail").output.contains("boom (exit status 3)"))
    }
}
