import Domain
import Settings
import Testing

struct LayersTests {
    @Test func hasTheDefaultsOfTheSpecification() throws {
        let configuration = try Reading.configuration()
        #expect(configuration.limits == LoopLimits(maxIterations: 10, ceiling: 50))
        #expect(configuration.limits.noChangeThreshold == 3)
        #expect(configuration.limits.sameErrorThreshold == 5)
        #expect(configuration.defaultAgent == "claude")
        #expect(configuration == MakimaConfiguration())
    }

    @Test func saysWhenAConversationIsRenewed() throws {
        #expect(try Reading.configuration().rotation == ContextRotation(fill: 80, resumes: 20))
        let off = try Reading.configuration(repository: "[autonomous_loop]\ncontext_rotation = 0\nmax_resumes = 0\n")
        #expect(off.rotation == ContextRotation(fill: 0, resumes: 0))
        #expect(Reading.problems(user: "[autonomous_loop]\ncontext_rotation = 101\n").count == 1)
    }

    @Test func laterSourcesWin() throws {
        let key = "default_max_iterations"
        let user = "[autonomous_loop]\n\(key) = 11\nhard_limit = 40\n"
        let repository = "[autonomous_loop]\n\(key) = 12\n"
        let environment = ["MAKIMA_AUTONOMOUS_LOOP_DEFAULT_MAX_ITERATIONS": "13"]
        let flag = ConfigurationFlag(name: "--iterations", key: "autonomous_loop.\(key)", value: "14")
        let layers = [
            try Reading.configuration(user: user),
            try Reading.configuration(user: user, repository: repository),
            try Reading.configuration(user: user, repository: repository, environment: environment),
            try Reading.configuration(user: user, repository: repository, environment: environment, flags: [flag]),
        ]
        #expect(layers.map(\.limits.maxIterations) == [11, 12, 13, 14])
        #expect(layers.map(\.limits.ceiling) == [40, 40, 40, 40])
        #expect(
            layers.map { $0.origin(of: "autonomous_loop.\(key)").description } == [
                "config.toml:2", "makima.toml:2", "MAKIMA_AUTONOMOUS_LOOP_DEFAULT_MAX_ITERATIONS", "--iterations",
            ]
        )
    }

    @Test(arguments: [
        ("defaultmaxiterations", "default_max_iterations"), ("hardlimit", "hard_limit"),
        ("nochangethreshold", "no_change_threshold"), ("sameerrorthreshold", "same_error_threshold"),
    ])
    func acceptsSpellingsWithoutUnderscores(alias: String, name: String) throws {
        let inFile = try Reading.configuration(user: "[autonomous_loop]\n\(alias) = 7\n")
        let inVariable = try Reading.configuration(
            environment: ["MAKIMA_AUTONOMOUS_LOOP_\(alias.uppercased())": "7"])
        let expected = try Reading.configuration(user: "[autonomous_loop]\n\(name) = 7\n")
        #expect(inFile == expected)
        #expect(inVariable.limits == expected.limits)
    }

    @Test func refusesBothSpellingsAtOnce() {
        let problems = Reading.problems(
            user: "[autonomous_loop]\nhard_limit = 7\nhardlimit = 8\n",
            environment: ["MAKIMA_AUTONOMOUS_LOOP_HARD_LIMIT": "1", "MAKIMA_AUTONOMOUS_LOOP_HARDLIMIT": "1"]
        )
        #expect(problems.count == 2)
        #expect(problems.first?.description.contains("config.toml:3") == true)
    }

    @Test func everyPlainSettingCanBeSetByItsVariable() throws {
        let configuration = try Reading.configuration(environment: [
            "MAKIMA_AUTONOMOUS_LOOP_MAX_COST_USD": "2.50", "MAKIMA_AUTONOMOUS_LOOP_MAX_TOKENS": "1000",
            "MAKIMA_AUTONOMOUS_LOOP_MAX_DURATION": "1h30m", "MAKIMA_AUTONOMOUS_LOOP_STALL_TIMEOUT": "90",
            "MAKIMA_AUTONOMOUS_LOOP_CONTEXT": "fresh", "MAKIMA_AUTONOMOUS_LOOP_WAIT": "false",
            "MAKIMA_AGENT": "script", "MAKIMA_SANDBOX_MODE": "required", "MAKIMA_SANDBOX_READ": "/a, /b c",
            "MAKIMA_WORKSPACE_COPY_FILES": "[\".env\", \"a,b\"]", "MAKIMA_WORKSPACE_SETUP": "npm ci",
            "MAKIMA_COMPLETION": "merge", "MAKIMA_TARGET_BRANCH": "main", "MAKIMA_CHECK": "make test",
        ])
        #expect(configuration.budgets.maxCost == USD(microdollars: 2_500_000))
        #expect(configuration.budgets.maxTokens == 1000)
        #expect(configuration.budgets.maxDuration == .seconds(5400))
        #expect(configuration.timeouts.stall == .seconds(90))
        #expect(configuration.context == .fresh)
        #expect(!configuration.waits)
        #expect(configuration.defaultAgent == "script")
        #expect(configuration.sandbox == SandboxSpec(mode: .required, read: ["/a", "/b c"]))
        #expect(configuration.copyFiles == [".env", "a,b"])
        #expect(configuration.setupCommand == "npm ci")
        #expect(configuration.completion == .merge)
        #expect(configuration.targetBranch == "main")
        #expect(configuration.checks == [CheckDefinition(name: "make test", command: "make test")])
    }

    @Test func anEmptyVariableCountsAsNotSet() throws {
        let configuration = try Reading.configuration(environment: ["MAKIMA_AUTONOMOUS_LOOP_HARD_LIMIT": ""])
        #expect(configuration == MakimaConfiguration())
    }

    @Test func passesOverVariablesThatNameNoSetting() throws {
        let configuration = try Reading.configuration(environment: [
            "MAKIMA_STATE_DIR": "/s", "MAKIMA_CONFIG": "/c", "MAKIMA_TASK_ID": "x", "PATH": "/bin",
        ])
        #expect(configuration == MakimaConfiguration())
    }

    @Test func checksAndProtectedPathsOfBothFilesAddUp() throws {
        let configuration = try Reading.configuration(
            user: "protected = [\"a\", \"b\"]\n[[check]]\ncommand = \"lint\"\n",
            repository: """
                protected = ["b", "c"]
                [[check]]
                name = "tests"
                run = "make test"
                timeout = "10m"
                clean = true
                """
        )
        #expect(configuration.protected == ["a", "b", "c"])
        #expect(
            configuration.checks == [
                CheckDefinition(name: "lint", command: "lint"),
                CheckDefinition(name: "tests", command: "make test", timeout: .seconds(600), clean: true),
            ]
        )
    }

    @Test func aVariableTakesThePlaceOfAllChecks() throws {
        let configuration = try Reading.configuration(
            user: "[[check]]\ncommand = \"lint\"\n",
            environment: ["MAKIMA_CHECK": "[\"a b\", \"c\"]"]
        )
        #expect(configuration.checks.map(\.command) == ["a b", "c"])
    }

    @Test func findsTheUsersFile() {
        func path(_ environment: [String: String]) -> String {
            ConfigurationSources.userFile(environment: environment, home: "/home/me").path
        }
        #expect(path([:]) == "/home/me/.config/makima/config.toml")
        #expect(path(["XDG_CONFIG_HOME": "/x"]) == "/x/makima/config.toml")
        #expect(path(["XDG_CONFIG_HOME": "relative"]) == "/home/me/.config/makima/config.toml")
        #expect(path(["XDG_CONFIG_HOME": "/x", "MAKIMA_CONFIG": "/mine.toml"]) == "/mine.toml")
        #expect(ConfigurationSources.userFile(environment: ["MAKIMA_CONFIG": "/m"], home: "/h").isNamed)
    }
}
