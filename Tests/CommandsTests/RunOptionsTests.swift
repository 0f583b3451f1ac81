import Domain
import Runner
import TestSupport
import Testing

@testable import Commands

struct RunOptionsTests {
    /// The spec that `makima run` creates for these arguments.
    private func spec(_ arguments: String..., bench: TestBench = TestBench()) async throws -> TaskSpec {
        try await spec(arguments, bench: bench)
    }

    private func spec(_ arguments: [String], bench: TestBench = TestBench()) async throws -> TaskSpec {
        let status = await CommandLineProgram.run(in: bench.environment(["run"] + arguments))
        #expect(status == .success, "\(bench.errors.text)")
        guard case .create(let spec) = try #require(bench.machine.service.calls.first) else {
            throw FakeTaskService.NoSuchTask(name: "created")
        }
        return spec
    }

    @Test func withoutOptionsTheConfigurationHolds() async throws {
        let spec = try await spec("Mend it\nwell")
        #expect(spec.name == "Mend it")
        #expect(spec.plan == "Mend it\nwell")
        #expect(spec.agent.name == "claude")
        #expect(spec.limits == LoopLimits())
        #expect(spec.checks == [CheckDefinition(name: "unit", command: "make test")])
        #expect(spec.protected == ["Tests/**"])
        #expect(spec.repository.base == Sample.base)
        #expect(spec.repository.baseBranch == "main")
        #expect(spec.completion == .branch && spec.context == .continue && spec.waits)
    }

    @Test func everyOptionReachesTheTask() async throws {
        let options = """
            --name n --agent claude --model opus --max-iterations 7 --check a --check c --check c --protect x
            --target next --completion merge --include-changes --sandbox required --allow-read data --allow-read /srv
            --max-cost-usd 1.25 --max-tokens 0 --max-duration 1h30m --iteration-timeout 10m --stall-timeout 90s
            --handshake-timeout 2m --context fresh --no-wait --max-disk-mib 100 --max-cpus 1.5 --setup deps
            """
        let spec = try await spec(["Mend it"] + options.split(whereSeparator: \.isWhitespace).map(String.init))
        #expect(spec.name == "n")
        #expect(spec.agent.model == "opus")
        #expect(spec.limits.maxIterations == 7)
        #expect(spec.checks.map(\.command) == ["a", "c"])
        #expect(spec.protected == ["Tests/**", "x"])
        #expect(spec.repository.targetBranch == "next")
        #expect(spec.repository.includeChanges)
        var sandbox = SandboxSpec(mode: .required, read: ["/home/me/project/data", "/srv"])
        sandbox.limits.diskMiB = 100
        sandbox.limits.cpus = 1.5
        #expect(spec.sandbox == sandbox)
        #expect(spec.repository.setupCommand == "deps")
        #expect(
            spec.budgets
                == Budgets(maxCost: USD(microdollars: 1_250_000), maxTokens: 0, maxDuration: .seconds(5400))
        )
        #expect(spec.timeouts.iteration == .seconds(600) && spec.timeouts.stall == .seconds(90))
        #expect(spec.timeouts.handshake == .seconds(120))
        #expect(spec.completion == .merge && spec.context == .fresh && !spec.waits)
    }

    @Test func noneLiftsAConfiguredLimit() async throws {
        var bench = TestBench()
        bench.machine.settings.tasks.sandbox.limits.memoryMiB = 512
        #expect(try await spec("x", bench: bench).sandbox.limits.memoryMiB == 512)
        var other = TestBench()
        other.machine.settings = bench.machine.settings
        #expect(try await spec("x", "--max-memory-mib", "none", bench: other).sandbox.limits.memoryMiB == nil)
    }

    @Test(arguments: ["0", "-1", "1.5", "1e3", "", "many", "99999999999999999999"])
    func limitsThatMeanNothingAreRefused(_ text: String) async {
        #expect(await TestBench().run("run", "x", "--max-memory-mib=\(text)") == .usage)
    }

    /// The same bound as in the configuration.
    @Test(arguments: ["--max-disk-mib", "--max-memory-mib"])
    func noLimitIsBeyondWhatTheConfigurationAllows(_ option: String) async {
        #expect(await TestBench().run("run", "x", "\(option)=\(ProcessLimits.greatest + 1)") == .usage)
        #expect(await TestBench().run("run", "x", "\(option)=\(ProcessLimits.greatest)") != .usage)
    }

    @Test(arguments: ["0", "-1", "70000", "nan", "inf", ""])
    func soAreProcessors(_ text: String) async {
        #expect(await TestBench().run("run", "x", "--max-cpus=\(text)") == .usage)
    }

    /// What makes sense for both is there for both.
    @Test func aResumeTakesTheOptionsOfARun() async throws {
        let task = try Sample.task()
        let bench = TestBench(service: FakeTaskService(dossiers: [Sample.dossier(task)]))
        let options = """
            --iteration-timeout 10m --stall-timeout 90s --handshake-timeout 2m --context fresh --protect x --setup deps --max-disk-mib none
            --max-memory-mib 64 --max-cpus 2 --answer-within 1h --default-answer yes
            """
        let words = options.split(whereSeparator: \.isWhitespace).map(String.init)
        _ = await CommandLineProgram.run(in: bench.environment(["resume", "k7"] + words))
        guard case .resume(_, let request)? = bench.machine.service.calls.first else {
            Issue.record("\(bench.errors.text)")
            return
        }
        #expect(request.iterationTimeout == .seconds(600) && request.stallTimeout == .seconds(90))
        #expect(request.handshakeTimeout == .seconds(120))
        #expect(request.context == .fresh && request.protect == ["x"] && request.setupCommand == "deps")
        #expect(request.resources.disk == .unlimited && request.resources.memory == 64)
        #expect(request.resources.cpus == .at(2))
        var policy = Sample.settings.tasks.questions
        policy.deadline = .seconds(3600)
        policy.fallback = "yes"
        #expect(request.questions == .people(policy))
    }

    @Test func anAgentThatCannotAskIsWarnedOf() async throws {
        var bench = TestBench()
        bench.machine.agentsTakeTools = false
        #expect(try await spec("x", "--ask", bench: bench).questions != nil)
        #expect(bench.errors.text.contains("Warning: The agent 'claude' has no tool to ask with, so '--ask' "))
        var other = TestBench()
        other.machine.agentsTakeTools = false
        _ = try await spec("x", bench: other)
        #expect(!other.errors.text.contains("to ask with"))
    }

    @Test func aDotInAPathMeansNothing() {
        let environment = TestBench().environment([])
        #expect(environment.absolute("/tmp/.") == "/tmp" && environment.absolute("/") == "/")
        #expect(environment.absolute("./a//b/.") == "\(environment.currentDirectory)/a/b")
    }

    @Test func thePlanComesFromStandardInput() async throws {
        var bench = TestBench()
        bench.machine.standardInput = Array("\n  from a pipe \n".utf8)
        #expect(try await spec("-", bench: bench).plan == "from a pipe")
    }

    @Test func thePlanComesFromAFile() async throws {
        let directory = TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let path = directory.write("From a file.\n", to: "plan.md")
        #expect(try await spec("--plan-file", path).plan == "From a file.")
    }

    @Test func aPlanMayBeginWithADash() async throws {
        #expect(try await spec("--", "- mend it").plan == "- mend it")
    }

    @Test(
        arguments: [
            ([0x20, 0x0A], "empty"), ([0xFF, 0x61], "not valid UTF-8"), ([0x61, 0x00], "not valid UTF-8"),
            ([UInt8](repeating: 0x61, count: (1 << 20) + 1), "longer than"),
        ] as [([UInt8], String)]
    )
    func unusablePlansAreRefused(_ plan: [UInt8], _ words: String) async {
        var bench = TestBench()
        bench.machine.standardInput = plan
        #expect(await bench.run("run", "-") == .usage)
        #expect(bench.errors.text.contains(words))
        #expect(bench.machine.service.calls.isEmpty)
    }

    @Test func aDirectoryWithoutARepositoryIsRefusedWithAHint() async {
        var bench = TestBench()
        bench.machine.repository = nil
        #expect(await bench.run("run", "x", "--repo", "/tmp") == .usage)
        #expect(bench.errors.text.hasPrefix("Error: '/tmp' is not in a git repository.\nHint: "))
    }

    @Test func aDirectoryThatIsNotThereIsRefused() async {
        var bench = TestBench()
        bench.machine.missingPaths = ["/nope", "/home/me/project/data"]
        #expect(await bench.run("run", "x", "--repo", "/nope") == .usage)
        #expect(bench.errors.text.hasPrefix("Error: There is no directory '/nope'.\n"))
        #expect(await bench.run("run", "x", "--allow-read", "data") == .usage)
        #expect(bench.errors.text.contains("There is nothing at '/home/me/project/data'"))
        #expect(bench.machine.service.calls.isEmpty)
    }

    @Test func aMergeIntoNoBranchIsRefusedBeforeThereIsATask() async {
        var bench = TestBench()
        bench.machine.repository?.baseBranch = nil
        #expect(await bench.run("run", "x", "--completion", "merge", "--base", "HEAD~1") == .usage)
        #expect(bench.errors.text.contains("begins at no branch"))
        #expect(bench.machine.service.calls.isEmpty)
        #expect(await bench.run("run", "x", "--completion", "merge", "--target", "main") == .success)
    }

    @Test func whatTheConfigurationAsksForInVainIsWarnedOf() async throws {
        var bench = TestBench()
        bench.machine.settings.tasks.limits.maxIterations = 20
        bench.machine.settings.tasks.limits.ceiling = 15
        bench.machine.settings.tasks.otherAgent = "script"
        #expect(try await spec("x", bench: bench).limits.maxIterations == 15)
        #expect(bench.errors.text.contains("Warning: 'default_max_iterations' is 20, above this machine's ceiling"))
        #expect(bench.errors.text.contains("Warning: The agent 'script' never takes over"))
        var other = TestBench()
        other.machine.settings.tasks.otherAgent = "script"
        _ = try await spec("x", "--on-stall", "other_agent", bench: other)
        #expect(!other.errors.text.contains("never takes over"))
    }

    @Test func anUnknownAgentIsRefusedWithTheKnownOnes() async {
        let bench = TestBench()
        #expect(await bench.run("run", "x", "--agent", "claud") == .usage)
        #expect(bench.errors.text.contains("There is no agent 'claud', did you mean 'claude'? Known are"))
    }

    @Test func aLimitAboveTheCeilingIsCutWithAWarning() async throws {
        let bench = TestBench()
        #expect(try await spec("x", "--max-iterations", "80", bench: bench).limits.maxIterations == 50)
        #expect(bench.errors.text.contains("Warning: '--max-iterations 80' is above"))
    }

    @Test func aLimitOfZeroNamesTheValue() async {
        let bench = TestBench()
        #expect(await bench.run("run", "x", "--max-iterations", "0") == .usage)
        #expect(bench.errors.text.contains("'0' of '--max-iterations'"))
    }

    @Test(arguments: [
        ("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2d", 172_800), ("0s", 0), ("1h5s", 3605),
    ])
    func timesAreReadWithTheirUnits(_ text: String, _ seconds: Int) {
        #expect(DurationArgument(argument: text)?.duration == .seconds(seconds))
    }

    @Test(arguments: ["", "30", "m", "-1m", "1m1m", "5s1m", "1.5h", "1y", "99999999999d", "1 h", "٣m"])
    func unclearTimesAreRefused(_ text: String) {
        #expect(DurationArgument(argument: text) == nil)
    }

    @Test(arguments: [("5", 5_000_000), ("$0.5", 500_000), ("0", 0), (".25", 250_000)])
    func dollarsAreRead(_ text: String, _ microdollars: Int64) {
        #expect(DollarArgument(argument: text)?.amount.microdollars == microdollars)
    }

    @Test(arguments: ["", "$", "-1", "nan", "inf", "1e400", "five", "0x10p5"])
    func unclearDollarsAreRefused(_ text: String) {
        #expect(DollarArgument(argument: text) == nil)
    }

    @Test func aHeadWithoutCommitsBesideBranchesIsRefused() async {
        var bench = TestBench()
        bench.machine.repository = RepositoryFacts(
            path: "/home/me/project",
            base: nil,
            baseBranch: "gone",
            otherBranches: ["main", "next"]
        )
        #expect(await bench.run("run", "Mend it") == .usage)
        #expect(bench.errors.text.contains("The branch 'gone', which is checked out, has no commit yet"))
        #expect(bench.errors.text.contains("main, next"))
        #expect(bench.errors.text.contains("'--base main'"))
        bench.machine.repository?.otherBranches = []
        #expect(await bench.run("run", "Mend it") == .success)
    }
}
