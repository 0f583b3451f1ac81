import Domain
import Processes
import TestSupport
import Testing

/// The loop, with the real program, real git, the real sandbox, and agents that are doubles.
@Suite(.serialized)
struct LoopTests {
    @Test func runsExactlyAsManyIterationsAsAllowedAndGoesOnAfterThem() async throws {
        var installation = try await Installation()
        installation.agent("echo $MAKIMA_ITERATION >> seen; echo working")
        let first = try await installation.makima(
            "run",
            "count",
            "--agent",
            "double",
            "--max-iterations",
            "3",
            "--json"
        )
        #expect(first.status == .code(3))
        #expect(first.task?["status"]?.string == "iteration_limit_reached")
        #expect(first.task?["iterations"]?.int == 3)
        #expect(first.task?["reason"]?["hint"]?.string?.contains("--max-iterations") == true)

        let refused = try await installation.makima("resume", "count", "--max-iterations", "51")
        #expect(refused.status != .code(0))
        #expect(refused.errorOutput.contains("hard_limit"))
        #expect(refused.errorOutput.contains("config.toml"))
        let same = try await installation.makima("resume", "count")
        #expect(same.errorOutput.contains("name 4 or more"))

        let second = try await installation.makima("resume", "count", "--max-iterations", "5", "--json")
        #expect(second.status == .code(3))
        #expect(second.task?["iterations"]?.int == 5)
        let diff = try await installation.makima("diff", "count")
        #expect(diff.output.contains("+1\n+2\n+3\n+4\n+5\n"))
    }

    @Test func otherChecksJudgeWorkThatIsReadyWithoutAnIteration() async throws {
        var installation = try await Installation()
        installation.agent("echo $MAKIMA_ITERATION > number; \(Gate.ready)")
        let wrong = "test -e nosuch"
        let first = try await installation.call(
            ["run", "prove", "--agent", "double", "--check", wrong, "--max-iterations", "1"]
        )
        #expect(first.status == .code(3))
        let none = try await installation.makima("resume", "prove")
        #expect(none.errorOutput.contains("name 2 or more"))
        let failing = try await installation.makima("resume", "prove", "--check", "test -e neither")
        #expect(failing.status == .code(3))
        let second = try await installation.makima("resume", "prove", "--check", "test -e number", "--json")
        #expect(second.status == .code(0), "\(second.output)\(second.errorOutput)")
        #expect(second.task?["iterations"]?.int == 1)
        #expect(second.task?["proof"]?.string == "verified")
        let shown = try JSONParser.parse(try await installation.makima("show", "prove", "--json").output)
        let commands = shown["iterationRecords"]?.array?.last?["checks"]?.array?.compactMap { $0["command"]?.string }
        #expect(commands == ["test -e number"])
    }

    @Test func wordsAboutFilesThatWereSetBackDoNotCountForOtherChecks() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        let first = ["run", "back", "--agent", "double", "--check", "test -e nosuch", "--max-iterations", "1"]
        _ = try await installation.call(first)
        try await installation.makima("restore", "back", "0")
        let resumed = try await installation.makima("resume", "back", "--check", "test -e README.md")
        #expect(resumed.errorOutput.contains("name 2 or more"))
    }

    @Test func aCheckThatNoLongerCountsIsNotTold() async throws {
        var installation = try await Installation()
        installation.agent("cat > prompt-$MAKIMA_ITERATION; \(Gate.notReady)")
        let limit = ["--max-iterations", "1"]
        _ = try await installation.call(["run", "tell", "--agent", "double", "--check", "test -e before"] + limit)
        let refused = try await installation.makima("resume", "tell", "--check", "test -e after")
        #expect(refused.errorOutput.contains("name 2 or more"))
        try await installation.makima("resume", "tell", "--check", "test -e after", "--max-iterations", "2")
        let prompt = try await installation.makima("diff", "tell", "--iteration", "2").output
        #expect(prompt.contains("test -e after"))
        #expect(!prompt.contains("test -e before"))
    }

    @Test func aGateIsBelievedOnlyWhenTheChecksAgree() async throws {
        var installation = try await Installation()
        installation.agent("echo $MAKIMA_ITERATION > number; \(Gate.ready)")
        let answer = try await installation.makima(
            "run",
            "prove",
            "--agent",
            "double",
            "--check",
            "test \"$(cat number)\" -ge 2",
            "--json"
        )
        #expect(answer.status == .code(0))
        #expect(answer.task?["status"]?.string == "done")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(answer.task?["iterations"]?.int == 2)
        let branch = try #require(answer.task?["branch"]?.string)
        #expect(try await installation.git("show", "\(branch):number") == "2\n")
        #expect(try await installation.git("status", "--porcelain") == "")
        #expect(try await installation.git("branch", "--show-current") == "main\n")
    }

    @Test func withoutChecksTheWorkIsUnverified() async throws {
        var installation = try await Installation()
        installation.agent("echo 1 > number; \(Gate.ready)")
        let answer = try await installation.makima("run", "trust", "--agent", "double", "--json")
        #expect(answer.status == .code(0))
        #expect(answer.task?["proof"]?.string == "unverified")
    }

    @Test func aFailingCheckIsToldToTheAgent() async throws {
        var installation = try await Installation()
        installation.agent("cat > prompt-$MAKIMA_ITERATION; \(Gate.ready)")
        let answer = try await installation.makima(
            "run",
            "tell",
            "--agent",
            "double",
            "--check",
            "echo purple elephant; exit 9",
            "--max-iterations",
            "2",
            "--json"
        )
        #expect(answer.status == .code(3))
        let workspace = try #require(answer.task?["workspace"]?.string)
        let prompt = try #require(TestFiles.read("\(workspace)/prompt-2"))
        #expect(prompt.contains("purple elephant"))
    }

    @Test func changingNothingStallsAtThree() async throws {
        var installation = try await Installation()
        installation.agent(Gate.notReady)
        let answer = try await installation.makima("run", "idle", "--agent", "double", "--json")
        #expect(answer.status == .code(4))
        #expect(answer.task?["status"]?.string == "stalled")
        #expect(answer.task?["reason"]?["code"]?.string == "no_change")
        #expect(answer.task?["iterations"]?.int == 3)
    }

    @Test func theSameErrorStallsAtFiveThoughTimesAndLinesDiffer() async throws {
        var installation = try await Installation()
        installation.agent(
            """
            echo $MAKIMA_ITERATION > number
            echo "2026-11-25T08:0$MAKIMA_ITERATION:11Z src/main.c:$((MAKIMA_ITERATION * 7)):3: error: undefined foo" >&2
            exit 1
            """
        )
        let answer = try await installation.makima("run", "error", "--agent", "double", "--json")
        #expect(answer.status == .code(4))
        #expect(answer.task?["reason"]?["code"]?.string == "same_error")
        #expect(answer.task?["iterations"]?.int == 5)
    }

    @Test func goingRoundInCirclesStalls() async throws {
        var installation = try await Installation()
        installation.agent("echo $((MAKIMA_ITERATION % 2)) > number; \(Gate.notReady)")
        let answer = try await installation.makima("run", "circle", "--agent", "double", "--json")
        #expect(answer.status == .code(4))
        #expect(answer.task?["reason"]?["code"]?.string == "oscillation")
        #expect(answer.task?["iterations"]?.int == 4)
    }

    @Test func commitsOfTheAgentAreProgressAndStay() async throws {
        var installation = try await Installation()
        installation.agent(
            """
            echo $MAKIMA_ITERATION >> number
            git add -A && git commit -qm "Step $MAKIMA_ITERATION"
            [ $MAKIMA_ITERATION -lt 5 ] || \(Gate.ready)
            """
        )
        let answer = try await installation.makima(
            "run",
            "commit",
            "--agent",
            "double",
            "--check",
            "test -s number",
            "--json"
        )
        #expect(answer.status == .code(0))
        #expect(answer.task?["iterations"]?.int == 5)
        let branch = try #require(answer.task?["branch"]?.string)
        let log = try await installation.git("log", "--format=%s", "main..\(branch)")
        #expect(log.hasSuffix("Step 5\nStep 4\nStep 3\nStep 2\nStep 1\n"))
    }

    @Test func changingAProtectedTestBlocksUntilAPersonAllowsIt() async throws {
        var installation = try await Installation(files: ["tests/test.sh": "exit 1\n", "a": "1\n"])
        installation.agent("rm tests/test.sh; echo 2 > a; \(Gate.ready)")
        let answer = try await installation.makima(
            "run",
            "cheat",
            "--agent",
            "double",
            "--protect",
            "tests/**",
            "--check",
            "test ! -e tests/test.sh",
            "--json"
        )
        #expect(answer.status == .code(5))
        #expect(answer.task?["status"]?.string == "blocked")
        #expect(answer.task?["reason"]?["code"]?.string == "protected_paths")
        #expect(answer.task?["reason"]?["paths"]?.array == [.string("tests/test.sh")])
        let allowed = try await installation.makima("resume", "cheat", "--allow-protected", "--json")
        #expect(allowed.status == .code(0))
        #expect(allowed.task?["iterations"]?.int == 1)
    }
}
