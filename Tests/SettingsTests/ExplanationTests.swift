import Domain
import Settings
import Testing

struct ExplanationTests {
    @Test func namesValueAndSourceOfEverySetting() throws {
        let configuration = try Reading.configuration(
            user: "[autonomous_loop]\nstall_timeout = 5400\nmax_cost_usd = 2.50\n",
            repository: "protected = [\"a b\"]\n[[check]]\nname = \"tests\"\nrun = \"make test\"\n",
            environment: ["MAKIMA_AGENTS_X_COMMAND": "x y"]
        )
        let rows = configuration.explain().map { "\($0.key) = \($0.value) <- \($0.origin)" }
        for row in [
            "autonomous_loop.hard_limit = 50 <- default", "autonomous_loop.stall_timeout = 1h30m <- config.toml:2",
            "autonomous_loop.max_cost_usd = 2.5 <- config.toml:3", "autonomous_loop.max_tokens = (none) <- default",
            "protected = [\"a b\"] <- makima.toml:1", "check.tests = make test <- makima.toml:2",
            "agents.x.command = [\"x y\"] <- MAKIMA_AGENTS_X_COMMAND", "agents.claude.kind = claude <- default",
        ] {
            #expect(rows.contains(row), "\(row)")
        }
        #expect(Set(rows).count == rows.count)
    }

    @Test(
        arguments: [
            ("autonomous_loop.hard_limit", .integer(50)), ("autonomous_loop.max_tokens", .null),
            ("autonomous_loop.max_cost_usd", .number(2.5)), ("autonomous_loop.stall_timeout", .string("1h30m")),
            ("autonomous_loop.max_duration", .null), ("autonomous_loop.wait", .bool(true)),
            ("agent", .string("claude")),
            ("protected", .array([.string("a b")])), ("sandbox.read", .array([])), ("workspace.setup", .null),
            ("agents.x.command", .array([.string("x"), .string("--token=(hidden)")])),
            ("agents.x.env.KEY", .string("(set)")),
            ("agents.x.model", .null), ("check.tests", .string("make test")),
        ] as [(String, JSONValue)]
    )
    func aValueHasItsType(_ key: String, _ value: JSONValue) throws {
        let configuration = try Reading.configuration(
            user: """
                [autonomous_loop]
                stall_timeout = 5400
                max_cost_usd = 2.50
                [agents.x]
                command = ["x", "--token=t0p"]
                env = { KEY = "t0p" }
                """,
            repository: "protected = [\"a b\"]\n[[check]]\nname = \"tests\"\nrun = \"make test\"\n"
        )
        #expect(configuration.explain().first { $0.key == key }?.json == value)
    }

    @Test func hidesWhatIsLikelyASecretInArguments() throws {
        let configuration = try Reading.configuration(
            user: "[agents.x]\ncommand = [\"x\", \"--token=t0p\"]\nargs = [\"--api-key\", \"t0p\", \"--fast\"]\n"
        )
        let rows = configuration.explain().map { "\($0.key) = \($0.value)" }
        #expect(rows.contains(#"agents.x.args = ["--api-key","(hidden)","--fast"]"#))
        #expect(rows.contains(#"agents.x.command = ["x","--token=(hidden)"]"#))
    }

    @Test func hidesThemInProblemsToo() throws {
        let problems = Reading.problems(user: "[agents.x]\nargs = \"--api-key t0p\"\n")
        #expect(problems.contains { $0.description.contains("(hidden)") })
        #expect(problems.allSatisfy { !$0.description.contains("t0p") })
    }
}
