import Domain
import Settings
import Testing

struct ProblemsTests {
    @Test func limitsOfMemoryAndProcessorsAreThePersons() throws {
        let text = "[sandbox]\nmax_memory_mib = 512\nmax_cpus = 1.5\n"
        let limits = try Reading.configuration(user: text).sandbox.limits
        #expect(limits.memoryMiB == 512)
        #expect(limits.cpus == 1.5)
        let variable = ["MAKIMA_SANDBOX_MAX_CPUS": "2"]
        #expect(try Reading.configuration(environment: variable).sandbox.limits.cpus == 2)
        #expect(Reading.problems(repository: text).map(\.key) == ["sandbox.max_memory_mib", "sandbox.max_cpus"])
    }

    @Test(arguments: [
        "max_cpus = 0", "max_cpus = -1.5", "max_cpus = \"two\"", "max_memory_mib = 0", "max_memory_mib = 1.5",
    ])
    func suchALimitIsANumberAboveZero(_ line: String) {
        #expect(Reading.problems(user: "[sandbox]\n\(line)\n").count == 1)
    }

    @Test(arguments: [
        ("full", "allowlist", 1), ("full", "none", 2), ("allowlist", "none", 1), ("allowlist", "allowlist", 0),
        ("none", "full", 0),
    ])
    func aCheckMaySeeLessOfTheNetworkOnly(wish: String, limit: String, problems count: Int) {
        let check = "[[check]]\nname = \"NAME\"\ncommand = \"x\"\nnetwork = \"\(wish)\"\n"
        let problems = Reading.problems(
            user: "[sandbox]\nnetwork = \"\(limit)\"\n" + (count == 2 ? check.replacing("NAME", with: "a") : ""),
            repository: check.replacing("NAME", with: "b")
        )
        #expect(problems.map(\.key) == Array(repeating: "check.network", count: count))
    }

    @Test func checksAreCountedFromOne() {
        let text = "[[check]]\ncommand = \"x\"\n[[check]]\ncommand = \"y\"\ntimeout = 0\nnmae = \"z\"\n"
        let problems = Reading.problems(user: text).texts
        #expect(problems.count == 2)
        #expect(problems.allSatisfy { $0.contains("check.2.") })
    }

    @Test func reportsEverythingAtOnceWithKeyValueAndSource() {
        let problems = Reading.problems(
            user: """
                agent = "cluade"
                hard_limit = 3

                [autonomous_loop]
                hard_limit = 0
                no_change_treshold = 4
                stall_timeout = "soon"
                """,
            environment: ["MAKIMA_AUTONOMOUS_LOOP_SAME_ERROR_THRESHOLD": "-5"],
            flags: [ConfigurationFlag(name: "--completion", key: "completion", value: "brnch")]
        )
        #expect(
            problems.texts == [
                "config.toml:2: 'hard_limit': there is no such setting, did you mean 'autonomous_loop.hard_limit'?",
                "config.toml:5: 'autonomous_loop.hard_limit' is 0: it must be a whole number from 1 to 10000.",
                "config.toml:6: 'autonomous_loop.no_change_treshold': there is no such setting, did you mean "
                    + "'autonomous_loop.no_change_threshold'?",
                "config.toml:7: 'autonomous_loop.stall_timeout' is \"soon\": it must be a time above zero, as \"90s\", "
                    + "\"15m\", \"1h30m\" or a number of seconds.",
                "MAKIMA_AUTONOMOUS_LOOP_SAME_ERROR_THRESHOLD: 'autonomous_loop.same_error_threshold' is -5: it must be "
                    + "a whole number from 1 to 10000.",
                "--completion: 'completion' is \"brnch\": it must be none, branch, merge, pr; did you mean 'branch'?",
                "config.toml:1: 'agent' is \"cluade\": There is no agent \"cluade\", did you mean 'claude'? Known are "
                    + "claude, codex, command, gemini, goose, kimi, script, vibe.",
            ]
        )
    }

    @Test(arguments: ["0", "-1", "10001", "1.5", "3.0", "\"50\"", "true", "[50]", "9223372036854775807", "inf", "nan"])
    func refusesLimitsThatAreNoneOfTheirRange(value: String) {
        for key in ["hard_limit", "default_max_iterations", "no_change_threshold", "same_error_threshold"] {
            let problems = Reading.problems(user: "[autonomous_loop]\n\(key) = \(value)\n")
            #expect(problems.map(\.key) == ["autonomous_loop.\(key)"])
            #expect(problems.first?.origin == .file(path: "config.toml", line: 2))
        }
    }

    @Test(arguments: ["0", "-1", "", "1e3", "٣", "0x10", "50 ", "99999999999999999999"])
    func refusesLimitsInVariablesThatAreNoNumber(value: String) {
        let problems = Reading.problems(environment: ["MAKIMA_AUTONOMOUS_LOOP_HARD_LIMIT": value])
        #expect(problems.count == (value.isEmpty ? 0 : 1))
    }

    @Test func acceptsTheEndsOfTheRangeOfTheCeiling() throws {
        for value in [1, 10_000] {
            let configuration = try Reading.configuration(user: "[autonomous_loop]\nhard_limit = \(value)\n")
            #expect(configuration.limits.ceiling == value)
        }
    }

    @Test func zeroIsABudget() throws {
        let configuration = try Reading.configuration(
            user: "[autonomous_loop]\nmax_cost_usd = 0\nmax_tokens = 0\nmax_duration = 0\n"
        )
        #expect(configuration.budgets.maxCost == .zero)
        #expect(configuration.budgets.maxTokens == 0)
        #expect(configuration.budgets.maxDuration == .zero)
    }

    @Test(arguments: [
        "max_cost_usd = -0.5", "max_cost_usd = inf", "max_cost_usd = nan", "max_cost_usd = \"5\"", "max_tokens = -1",
        "max_duration = -1", "iteration_timeout = 0", "stall_timeout = \"0s\"", "tool_timeout = \"1m1h\"",
        "check_timeout = \"\"", "first_output_timeout = \"9223372036854775807d\"", "check_timeout = \"1m1m\"",
        "check_timeout = \"m\"", "check_timeout = 1e300", "check_timeout = 2024-01-01",
    ])
    func refusesAmountsThatMeanNothing(line: String) {
        #expect(Reading.problems(user: "[autonomous_loop]\n\(line)\n").count == 1)
    }

    @Test(arguments: [
        ("\"90s\"", 90_000), ("\"15m\"", 900_000), ("\"1h30m\"", 5_400_000), ("\"2d\"", 172_800_000), ("90", 90_000),
        ("1.5", 1500),
    ])
    func readsTimes(text: String, milliseconds: Int) throws {
        let configuration = try Reading.configuration(user: "[autonomous_loop]\ncheck_timeout = \(text)\n")
        #expect(configuration.timeouts.check == .milliseconds(milliseconds))
    }

    @Test func suggestsTheVariableThatWasMeant() {
        let problems = Reading.problems(environment: ["MAKIMA_AUTONOMOUS_LOOP_HARD_LIMT": "5"])
        #expect(problems.texts.first?.contains("did you mean 'MAKIMA_AUTONOMOUS_LOOP_HARD_LIMIT'?") == true)
    }

    @Test func suggestsTheTableThatWasMeant() {
        let problems = Reading.problems(user: "[autonomus_loop]\nhard_limit = 3\n[agnts.x]\ncommand = \"y\"\n")
        #expect(problems.texts.contains { $0.contains("did you mean 'autonomous_loop'?") })
        #expect(problems.texts.contains { $0.contains("did you mean 'agents'?") })
    }

    @Test func suggestsNothingForWhatIsLikeNothing() {
        let problems = Reading.problems(user: "zzzzqqqq = 1\n")
        #expect(
            problems.texts == [
                "config.toml:1: 'zzzzqqqq': there is no such setting. 'makima config --all' lists all of them."
            ]
        )
    }

    @Test(arguments: [
        "autonomous_loop = 3", "sandbox = []", "check = \"make\"", "check = [\"make\"]", "agents = 1", "agents.x = 1",
        "[[autonomous_loop]]", "protected = \"Tests\"", "protected = [1]", "protected = [\"\"]", "agent = \"\"",
        "completion = true", "[workspace]\nsetup = \"\"", "[workspace]\ncopy_files = [\"../x\"]",
        "[workspace]\ncopy_files = [\"/etc/passwd\"]", "[sandbox]\nread = [\"relative\"]", "[[check]]\nname = \"x\"",
        "[[check]]\ncommand = \"x\"\n[[check]]\nrun = \"x\"", "[[check]]\ncommand = \"x\"\nrun = \"y\"",
        "[[check]]\ncommand = \"x\"\ntimeout = 0", "[sandbox]\nmode = \"sometimes\"",
    ])
    func refusesWhatHasTheWrongShape(text: String) {
        #expect(Reading.problems(user: text).count == 1)
    }

    @Test func findsTheLinesOfKeysBehindTextsAndArraysOfManyLines() {
        let problems = Reading.problems(
            user: """
                # hard_limit = 0
                protected = [
                    "a", # [autonomous_loop]
                    'b',
                ]
                [workspace]
                setup = \"\"\"
                [autonomous_loop]
                hard_limit = 0 \\\"\"\"
                \"\"\"
                ["autonomous_loop"]
                "hard_limit" = 0
                """
        )
        #expect(problems.map(\.origin) == [.file(path: "config.toml", line: 12)])
    }

    @Test func valuesAreCutAndEscaped() throws {
        let long = String(repeating: "x", count: 5000)
        let problems = Reading.problems(user: "completion = \"\(long)\"\ncontext = 1\nagent = \"a\\u001b[31m\"\n")
        #expect(problems.count == 3)
        #expect(problems.texts.allSatisfy { $0.count < 400 && !$0.contains("\u{1B}") })
    }
}
