import Domain
import Settings
import Testing

struct RepositoryTests {
    @Test(arguments: [
        "[autonomous_loop]\nhard_limit = 1", "[autonomous_loop]\nhardlimit = 1", "[autonomous_loop]\nwait = false",
        "[sandbox]\nmode = \"off\"", "[sandbox]\nread = [\"/\"]", "[sandbox]\nwrite = [\"/\"]",
        "[workspace]\ninclude_changes = true", "target_branch = \"release\"", "[agents.x]\ncommand = \"evil\"",
        "agents.claude.command = \"evil\"",
    ])
    func mayNotSetWhatCouldHarm(text: String) {
        let problems = Reading.problems(repository: text)
        #expect(problems.count == 1)
        #expect(problems.texts.first?.contains("whoever wrote the repository") == true)
        #expect(problems.texts.first?.hasPrefix("makima.toml:") == true)
        #expect(Reading.problems(user: text).isEmpty)
    }

    @Test(arguments: [
        "iteration_timeout = \"61m\"", "stall_timeout = \"16m\"", "first_output_timeout = \"6m\"",
        "tool_timeout = \"31m\"", "check_timeout = \"16m\"", "max_cost_usd = 1.01", "max_tokens = 101",
        "max_duration = \"2h\"",
    ])
    func mayNotRaiseWhatTheUserAllows(line: String) {
        let budgets = "[autonomous_loop]\nmax_cost_usd = 1\nmax_tokens = 100\nmax_duration = \"1h\"\n"
        let problems = Reading.problems(user: budgets, repository: "[autonomous_loop]\n\(line)\n")
        #expect(problems.count == 1)
        #expect(problems.texts.first?.contains("lower it only") == true)
    }

    @Test func mayLowerWhatTheUserAllows() throws {
        let configuration = try Reading.configuration(
            user: "[autonomous_loop]\nmax_cost_usd = 1\n",
            repository: "[autonomous_loop]\nmax_cost_usd = 0.5\nmax_tokens = 7\niteration_timeout = \"1m\"\n"
        )
        #expect(configuration.budgets == Budgets(maxCost: USD(microdollars: 500_000), maxTokens: 7))
        #expect(configuration.timeouts.iteration == .seconds(60))
    }

    @Test func maySayWhatConcernsTheRepository() throws {
        let configuration = try Reading.configuration(
            repository: """
                agent = "script"
                completion = "merge"
                protected = ["Tests/**"]
                [autonomous_loop]
                default_max_iterations = 20
                no_change_threshold = 4
                same_error_threshold = 6
                context = "fresh"
                [workspace]
                setup = "npm ci"
                copy_files = [".env"]
                [[check]]
                command = "make test"
                """
        )
        #expect(configuration.limits == LoopLimits(maxIterations: 20, noChangeThreshold: 4, sameErrorThreshold: 6))
        #expect(configuration.setupCommand == "npm ci")
        #expect(configuration.checks.count == 1)
        #expect(configuration.origin(of: "check.make test") == .file(path: "makima.toml", line: 12))
    }

    @Test func mayNotPutACheckInThePlaceOfTheUsers() {
        let problems = Reading.problems(
            user: "[[check]]\nname = \"tests\"\ncommand = \"make test\"\n",
            repository: "[[check]]\nname = \"tests\"\ncommand = \"true\"\n"
        )
        #expect(problems.map(\.origin) == [.file(path: "makima.toml", line: 1)])
    }

    @Test func mayNotGiveACheckMoreTimeThanTheUser() {
        let text = "[[check]]\ncommand = \"x\"\ntimeout = \"16m\"\n"
        #expect(Reading.problems(repository: text).map(\.key) == ["check.timeout"])
        #expect(Reading.problems(user: text).isEmpty)
        #expect(Reading.problems(user: "[autonomous_loop]\ncheck_timeout = \"1h\"\n", repository: text).isEmpty)
    }
}
