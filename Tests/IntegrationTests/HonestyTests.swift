import Domain
import Processes
import TestSupport
import Testing

/// Agents that try to be called done, or to spend, without having done the work.
@Suite(.serialized)
struct HonestyTests {
    @Test func whatAProcessSpentCountsThoughItsFilesCannotBeKept() async throws {
        var installation = try await Installation()
        installation.agent(
            """
            printf '{"type":"system","subtype":"init","session_id":"s"}\\n'
            printf '{"type":"result","subtype":"success","is_error":false,"result":"x","session_id":"s",'
            printf '"total_cost_usd":1.5}\\n'
            chmod 000 .
            """
        )
        installation.variables["MAKIMA_AGENTS_DOUBLE_KIND"] = "claude"
        let answer = try await installation.makima(
            "run",
            "spend",
            "--agent",
            "double",
            "--max-iterations",
            "1",
            "--json"
        )
        #expect(answer.status == .code(5))
        #expect(answer.task?["reason"]?["code"]?.string == "workspace_broken")
        #expect(answer.task?["iterations"]?.int == 1)
        #expect(answer.task?["costUSD"]?.double == 1.5)
        let workspace = try #require(answer.task?["workspace"]?.string)
        installation.makeReadable(workspace)
    }

    @Test func aCheckThatChangesProtectedPathsProvesNothing() async throws {
        var installation = try await Installation(
            files: ["Tests/check.sh": "exit 1\n", "build.sh": "exit 0\n"]
        )
        installation.agent("echo 'echo exit 0 > Tests/check.sh' > build.sh; \(Gate.ready)")
        let answer = try await installation.makima(
            "run",
            "weaken",
            "--agent",
            "double",
            "--check",
            "sh build.sh",
            "--check",
            "sh Tests/check.sh",
            "--protect",
            "Tests/**",
            "--json"
        )
        #expect(answer.status == .code(5))
        #expect(answer.task?["reason"]?["code"]?.string == "protected_paths")
    }

    @Test func whatChecksLeaveLyingAboutIsNotDelivered() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let answer = try await installation.makima(
            "run",
            "litter",
            "--agent",
            "double",
            "--check",
            "echo litter > litter; test -s work",
            "--json"
        )
        #expect(answer.status == .code(0))
        let branch = try #require(answer.task?["branch"]?.string)
        #expect(try await installation.git("ls-tree", "--name-only", branch) == "README.md\nwork\n")
    }

    @Test(arguments: ["echo extra >> .gitignore; echo > extra", "git init -q nested; echo > nested/extra; echo 1 > a"])
    func filesOutsideOfTheTreeProveNothing(trick: String) async throws {
        var installation = try await Installation()
        installation.agent("\(trick); \(Gate.ready)")
        let answer = try await installation.makima(
            "run",
            "hide",
            "--agent",
            "double",
            "--check",
            "test -e extra || test -e nested/extra",
            "--max-iterations",
            "1",
            "--json"
        )
        #expect(answer.status == .code(3))
        #expect(answer.task?["proof"]?.isNull == true)
    }

    @Test(arguments: [
        "echo key > .env.extra",
        "git init -q own; : > own/extra; git -C own add extra; cd own; \(commit); cd ..; git add own",
        "echo '* working-tree-encoding=UTF-7' > .gitattributes",
    ])
    func whatOnlyTheWorkspaceHasProvesNothing(trick: String) async throws {
        var installation = try await Installation()
        installation.agent("\(trick); echo work > work; echo extra > .git/extra; \(Gate.ready)")
        let check = "test -e .env.extra || test -e own/extra || test -e .git/extra"
        let answer = try await installation.makima(
            "run",
            "hide",
            "--agent",
            "double",
            "--check",
            check,
            "--max-iterations",
            "1",
            "--json"
        )
        #expect(answer.status == .code(3), "\(answer.errorOutput)")
    }

    private static let commit = "git -c user.name=n -c user.email=n@localhost commit -qm n"

    @Test func howGitConvertsProtectedFilesIsProtectedToo() async throws {
        var installation = try await Installation(files: ["Tests/check.sh": "exit 1\n"])
        installation.agent(
            """
            echo 'Tests/* working-tree-encoding=UTF-7' > .gitattributes
            printf 'exit 1\\n' | iconv -t UTF-7 > Tests/check.sh; \(Gate.ready)
            """
        )
        let answer = try await installation.makima(
            "run",
            "convert",
            "--agent",
            "double",
            "--check",
            "true",
            "--protect",
            "Tests/**",
            "--json"
        )
        #expect(answer.status == .code(5), "\(answer.errorOutput)")
        #expect(answer.task?["reason"]?["code"]?.string == "protected_paths")
        #expect(answer.task?["reason"]?["paths"]?.array == [.string(".gitattributes")])
    }

    @Test func protectedFilesAreJudgedAsGitWritesThem() async throws {
        var installation = try await Installation(
            files: [".gitattributes": "*.sh text ident\n", "Tests/check.sh": "# $Id$\nexit 1\n"]
        )
        installation.agent(
            "printf '# $Id: \\r exit 0 $\\r\\nexit 1\\r\\n' > Tests/check.sh; echo > work; \(Gate.ready)"
        )
        let answer = try await installation.makima(
            "run",
            "convert",
            "--agent",
            "double",
            "--check",
            "! grep -q 'exit 0' Tests/check.sh",
            "--protect",
            "Tests/**",
            "--json"
        )
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "verified")
    }

    @Test func aDirectoryThatCannotBeReadIsNamedAndNotDiscarded() async throws {
        var installation = try await Installation()
        installation.agent("mkdir closed; echo 1 > closed/file; echo 2 > open; chmod 000 closed; \(Gate.ready)")
        let answer = try await installation.makima("run", "close", "--agent", "double", "--json")
        #expect(answer.output.contains("files_left_out"))
        let refused = try await installation.makima("discard", "close")
        #expect(refused.status == .code(1))
        let workspace = try #require(answer.task?["workspace"]?.string)
        installation.makeReadable("\(workspace)/closed")
        #expect(TestFiles.read("\(workspace)/closed/file") == "1\n")
    }

    @Test func filesThatLookLikeSecretsAreNamedAndNotDiscarded() async throws {
        var installation = try await Installation()
        installation.agent("echo key > .env; echo work > work; \(Gate.ready)")
        let answer = try await installation.makima("run", "secret", "--agent", "double", "--json")
        #expect(answer.output.contains("secrets_left_out"))
        let branch = try #require(answer.task?["branch"]?.string)
        #expect(try await installation.git("ls-tree", "--name-only", branch) == "README.md\nwork\n")
        #expect(try await installation.makima("discard", "secret").status == .code(1))
        let workspace = try #require(answer.task?["workspace"]?.string)
        #expect(TestFiles.read("\(workspace)/.env") == "key\n")
    }

    @Test func aBudgetOfWhichLittleIsLeftIsWarnedOfOnce() async throws {
        var installation = try await Installation()
        installation.agent(
            """
            echo $MAKIMA_ITERATION > number
            printf '{"type":"system","subtype":"init","session_id":"s%s"}\\n' $MAKIMA_ITERATION
            printf '{"type":"result","subtype":"success","is_error":false,"result":"x","session_id":"s%s",' $MAKIMA_ITERATION
            printf '"model_usage_since_last_result":{"m":{"costUSD":0.45,"inputTokens":1,"outputTokens":1}}}\\n'
            """
        )
        installation.variables["MAKIMA_AGENTS_DOUBLE_KIND"] = "claude"
        let answer = try await installation.makima(
            "run",
            "warn",
            "--agent",
            "double",
            "--max-cost-usd",
            "1",
            "--json"
        )
        #expect(answer.status == .code(3))
        #expect(answer.task?["status"]?.string == "budget_reached")
        #expect(answer.task?["iterations"]?.int == 3)
        #expect(answer.output.split(separator: "budget_nearly_used").count == 2)
    }

    @Test func unprovenWorkIsNotMerged() async throws {
        var installation = try await Installation()
        installation.agent("echo $MAKIMA_ITERATION >> work; \(Gate.notReady)")
        try await installation.makima("run", "unproven", "--agent", "double", "--max-iterations", "1")
        let answer = try await installation.makima("merge", "unproven")
        #expect(answer.status == .code(1))
        #expect(answer.errorOutput.contains("not proven"))
        #expect(try await installation.git("log", "--format=%s", "main") == "Begin\n")
    }

    @Test func provenWorkIsMergedOntoABranchThatHasMovedOn() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        try await installation.makima("run", "proven", "--agent", "double", "--check", "test -s work")
        installation.directory.write("other\n", to: "repository/other")
        try await installation.git("add", "--all")
        try await installation.git("commit", "--quiet", "--message", "Meanwhile")
        let answer = try await installation.makima("merge", "proven")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(try await installation.git("log", "--format=%s", "main") == "proven\nMeanwhile\nBegin\n")
        #expect(TestFiles.read("\(installation.repository)/work") == "work\n")
    }

    @Test(arguments: ["", "--base nope", "--agent nobody", "--max-iterations 0", "--protect ../x"])
    func whatCannotBeDoneAsAskedIsAUsageError(options: String) async throws {
        var installation = try await Installation()
        installation.agent(Gate.ready)
        let plan = options.isEmpty ? "" : "plan"
        let agent = options.contains("--agent") ? [] : ["--agent", "double"]
        let words = options.split(separator: " ").map(String.init)
        let answer = try await installation.call(["run", plan] + agent + words)
        #expect(answer.status == .code(2))
        #expect(answer.errorOutput.contains("Error: "))
    }

    @Test func aTryThatMakimaCouldNotStartIsClosedAndUncounted() async throws {
        var installation = try await Installation()
        installation.agent(
            """
            echo $MAKIMA_ITERATION > number
            mkdir -p "$MAKIMA_STATE_DIR/tasks/$MAKIMA_TASK_ID/runs/1/iteration-2-1/prompt"
            """
        )
        installation.variables["MAKIMA_AGENTS_DOUBLE_PASS_ENV"] = "MAKIMA_STATE_DIR"
        let answer = try await installation.makima("run", "trip", "--agent", "double", "--sandbox", "off", "--json")
        #expect(answer.task?["status"]?.string == "failed", "\(answer.errorOutput)")
        #expect(answer.task?["iterations"]?.int == 1)
        let why = try JSONParser.parse(Array(try await installation.makima("why", "trip", "--json").output.utf8))
        let records = try #require(why["iterationRecords"]?.array)
        #expect(records.count == 2)
        #expect(records.allSatisfy { $0["endedAt"]?.string != nil })
        #expect(records.last?["counted"]?.bool == false)
        #expect(records.last?["end"]?.string == "launch_failure")
    }

    @Test func anAgentThatKillsItsShimLeavesNothingBehind() async throws {
        let answer = try await Self.unconfined(
            "setsid sh -c 'sleep 1000; :' > /dev/null 2>&1 & \(Self.started); kill -9 $PPID; sleep 1000"
        )
        #expect(answer.task?["iterations"]?.int == 1, "\(answer.errorOutput)")
        #expect(answer.output.contains("strays_ended"))
        #expect(!answer.output.contains("strays_possible"))
    }

    @Test func thatOutputWentWithItsShimIsSaid() async throws {
        let answer = try await Self.unconfined(
            "\(Self.started); kill -STOP $PPID; seq 500; sleep 1000"
        )
        #expect(answer.task?["iterations"]?.int == 1, "\(answer.errorOutput)")
        #expect(answer.output.contains("output_may_be_missing"))
    }

    @Test func whatMayBeLeftOfAnAgentThatAlsoKillsItsGuardIsSaid() async throws {
        let answer = try await Self.unconfined(
            "\(Self.started); kill -9 $(cut -d ' ' -f 4 /proc/$PPID/stat) $PPID; sleep 1000"
        )
        #expect(answer.task?["iterations"]?.int == 1, "\(answer.errorOutput)")
        // Where it had a control group the kernel says that nothing is left.
        #expect(answer.output.contains("strays_possible") != Self.hasControlGroups)
    }

    /// Waits until the shim has written that the agent was started: who kills it before was never started.
    private static let started = #"while [ ! -s "$MAKIMA_RUN_ID/record" ]; do sleep 0.01; done"#

    private static var hasControlGroups: Bool {
        if case .usable = ControlGroupProbe().find() { true } else { false }
    }

    /// What a run of one iteration without a sandbox says, whose agent is this script.
    private static func unconfined(_ script: String) async throws -> Answer {
        var installation = try await Installation()
        installation.agent(script)
        return try await installation.makima(
            "run",
            "escape",
            "--agent",
            "double",
            "--sandbox",
            "off",
            "--max-iterations",
            "1",
            "--json"
        )
    }
}
