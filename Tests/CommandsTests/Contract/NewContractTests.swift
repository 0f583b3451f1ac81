import Domain
import Runner
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Commands

struct NewContractTests {
    private let directory = TemporaryDirectory()

    private func bench() -> (TestBench, FakeQueue) {
        let queue = FakeQueue()
        var bench = TestBench()
        bench.machine.queue = queue
        bench.machine.agentsTellCosts = true
        return (bench, queue)
    }

    private func request(_ arguments: [String]) async throws -> ContractRequest {
        let (bench, queue) = bench()
        let status = await CommandLineProgram.run(in: bench.environment(arguments))
        #expect(status == .success, "\(bench.errors.text)")
        return try #require(queue.state.withLock(\.contractRequests).first)
    }

    @Test func everythingThatIsSaidIsInTheRequest() async throws {
        let request = try await request([
            "contract", "new", "Write the parser", "--name", "Parser", "--target", "next", "--target", "main",
            "--phase",
            "Lexer", "--phase", "Grammar", "--phase-check", "Lexer: make lexer", "--check", "make test", "--agents",
            "script, claude", "--supervisor-agent", "script", "--max-iterations", "30", "--max-cost-usd", "20",
            "--max-tokens", "1000", "--max-duration", "8h", "--max-tasks", "9", "--at-once", "2", "--max-depth", "2",
            "--max-fan-out", "3", "--max-calls", "70",
            "--max-returns", "4", "--batch", "5", "--allow", "spawn,list", "--allow", "wait", "--orphans", "stop",
            "--sandbox", "auto", "--permissions", "full",
        ])
        #expect(request.supervised && request.template.spawn.taskName == "Parser")
        #expect(request.template.spawn.plan == "Write the parser" && request.template.spawn.checks.isEmpty)
        #expect(request.template.spawn.baseSha == nil && request.template.taskId == nil)
        #expect(request.template.spawn.targetRepoPath == "/home/me/project")
        #expect(request.targets == ["next", "main"] && request.checks.map(\.command) == ["make test"])
        #expect(request.phases.map(\.name) == ["Lexer", "Grammar"])
        #expect(request.phases[0].checks.map(\.command) == ["make lexer"] && request.phases[1].checks.isEmpty)
        #expect(request.agents.map(\.name) == ["script", "claude"] && request.supervisorAgent?.name == "script")
        #expect(request.supervisorMaxIterations == 30 && request.orphans == .stop)
        // The budget is that of all together.
        #expect(request.template.spawn.budgets?.maxCostMicrodollars == nil)
        let limits = request.limits
        #expect(limits.maxCostMicrodollars == USD(dollars: 20) && limits.maxTokens == 1000 && limits.maxTasks == 9)
        #expect(limits.maxDurationMilliseconds == .seconds(8 * 3600))
        #expect(limits.maxAtOnce == 2 && limits.maxDepth == 2 && limits.maxFanOut == 3 && limits.maxReturns == 4)
        #expect(limits.maxBatch == 5 && limits.maxCalls == 70 && limits.actions == [.spawn, .list, .wait])
    }

    @Test func whatIsNotSaidIsTheServersAffair() async throws {
        let request = try await request(["contract", "new", "Write the parser"])
        #expect(request.targets == ["main"] && request.limits == WireContractLimits() && request.tasks.isEmpty)
        #expect(request.supervisorAgent == nil && request.supervisorMaxIterations == nil && request.orphans == .finish)
    }

    @Test func aFileSaysTheRestAndOptionsReplaceIt() async throws {
        let file = directory.write(
            """
            goal = "Write the parser"
            target = "next"
            [limits]
            max_tasks = 5
            max_cost_usd = 1
            max_duration = "90m"
            [[phase]]
            name = "Lexer"
            [[task]]
            name = "first"
            plan = "Begin."
            target = "other"
            max_cost_usd = 2
            """,
            to: "contract.toml"
        )
        let request = try await request([
            "contract", "new", "--file", file, "--max-cost-usd", "3", "--phase-check", "Lexer: make", "--phase", "End",
        ])
        #expect(request.template.spawn.plan == "Write the parser" && request.targets == ["next", "other"])
        #expect(request.limits.maxTasks == 5 && request.limits.maxCostMicrodollars == USD(dollars: 3))
        #expect(request.limits.maxDurationMilliseconds == .seconds(90 * 60))
        #expect(request.phases.map(\.name) == ["Lexer", "End"] && request.phases[0].checks.count == 1)
        #expect(request.tasks.first?.budgets?.maxCostMicrodollars == USD(dollars: 2))
    }

    @Test(arguments: [
        (["contract", "new"], "There is no goal"), (["contract", "new", "x", "--goal-file", "y"], "two goals"),
        (["contract", "new", "x", "--phase-check", "make"], "does not name a phase"),
        (["contract", "new", "x", "--phase", "Lexer", "--phase-check", "Lexr: make"], "did you mean 'Lexer'"),
        (["contract", "new", "x", "--allow", "spwan"], "did you mean 'spawn'"),
        (["contract", "new", "x", "--at-once", "0"], "from 1 to"),
        (["contract", "new", "x", "--agents", "nobody"], "nobody"),
        (["contract", "new", "x", "--max-duration", "0m"], "above zero"),
        (["contract", "new", "x", "--file", "/nowhere.toml"], "/nowhere.toml"),
        (["run", "x", "--graph", "plan.toml"], "goes without a plan"),
        (["run", "--graph", "plan.toml", "--base", "HEAD"], "goes without '--base'"),
        (["run", "--graph", "plan.toml", "--pr-rounds", "1"], "goes without '--pr-rounds'"),
        (["run", "--graph", "plan.toml", "--include-changes"], "goes without '--include-changes'"),
        (["run", "--graph", "plan.toml", "--max-tasks", "3"], "Unknown option '--max-tasks'"),
        (["run", "--graph", "/nowhere.toml"], "/nowhere.toml"),
    ])
    func whatCannotBeIsRefused(arguments: [String], words: String) async {
        let (bench, queue) = bench()
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) != .success)
        #expect(bench.errors.text.contains(words), "\(bench.errors.text)")
        #expect(queue.state.withLock(\.contractRequests).isEmpty)
    }

    /// `script` tells neither what it costs nor its tokens.
    @Test(arguments: [
        (["contract", "new", "x", "--agent", "script", "--max-cost-usd", "5"], "'max_cost_usd' cannot be held"),
        (["contract", "new", "x", "--supervisor-agent", "script", "--max-cost-usd", "5"], "'max_cost_usd' cannot"),
        (["contract", "new", "x", "--agents", "claude,script", "--max-tokens", "5"], "'max_tokens' cannot be held"),
        (["run", "--detach", "--max-cost-usd", "4", "--graph"], "'max_cost_usd' cannot be held"),
    ])
    func aBudgetThatNobodyCanHoldIsRefusedAtOnce(arguments: [String], words: String) async {
        var (bench, queue) = bench()
        let arguments = arguments.last == "--graph" ? arguments + [plan] : arguments
        bench.machine.agentsTellCosts = false
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .usage)
        #expect(bench.errors.text.contains("The agent 'script' reports n"), "\(bench.errors.text)")
        #expect(bench.errors.text.contains(words) && bench.errors.text.contains("Hint: Leave the budget out"))
        #expect(queue.state.withLock(\.contractRequests).isEmpty)
        let free = arguments.filter { !["--max-cost-usd", "--max-tokens", "4", "5"].contains($0) }
        #expect(await CommandLineProgram.run(in: bench.environment(free)) == .success, "\(bench.errors.text)")
    }

    @Test func aBudgetOfOneTaskIsHeldToo() async {
        var (bench, _) = bench()
        bench.machine.agentsTellCosts = false
        let file = directory.write(
            "[[task]]\nname = \"a\"\nplan = \"Do a.\"\nagent = \"script\"\nmax_cost_usd = 2\n",
            to: "own.toml"
        )
        #expect(await bench.run("run", "--detach", "--graph", file) == .usage)
        #expect(bench.errors.text.contains("'max_cost_usd' cannot be held"), "\(bench.errors.text)")
    }

    @Test(arguments: [["contract", "new", "x", "--target", "nxt"], ["run", "--detach", "--target", "nxt", "--graph"]])
    func aBranchThatIsNotThereIsRefusedAtOnce(arguments: [String]) async {
        var (bench, queue) = bench()
        bench.machine.branches = ["main"]
        let arguments = arguments.last == "--graph" ? arguments + [plan] : arguments
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) != .success)
        #expect(bench.errors.text.contains("There is no branch 'nxt'"), "\(bench.errors.text)")
        #expect(bench.errors.text.contains("'git branch nxt' makes it"))
        #expect(queue.state.withLock(\.contractRequests).isEmpty)
    }

    /// As a server looks at what the dashboard or a program asks for.
    @Test func theRuleIsTheSameForARequestThatComesFromElsewhere() async throws {
        let (bench, _) = bench()
        var machine = bench.machine
        (machine.branches, machine.agentsTellCosts) = (["main"], false)
        let place = RepositoryFacts(path: "/home/me/project", base: Sample.base, baseBranch: "main")
        let agents = Sample.settings.tasks.agents
        func problem(_ change: (inout ContractRequest) -> Void) async -> String? {
            var request = ContractRequest()
            request.template.spawn.agent.name = "claude"
            request.targets = ["main"]
            change(&request)
            let preview = ContractPreview(request, in: place) { agent in agents.first { $0.name == agent.name } }
            do {
                _ = try await preview.warnings(on: machine)
                return nil
            } catch { return "\(error)" }
        }
        let budget: (inout ContractRequest) -> Void = { $0.limits.maxCostMicrodollars = USD(dollars: 5) }
        #expect(await problem(budget) == nil)
        #expect(
            await problem {
                $0.template.spawn.agent.name = "script"
                budget(&$0)
            }?
            .contains("'script' reports n") == true
        )
        #expect(
            await problem {
                $0.template.spawn.agent.name = "unknown"
                budget(&$0)
            } == nil,
            "Its daemon says so."
        )
        var script = WireAgent()
        script.name = "script"
        #expect(
            await problem {
                ($0.agents, $0.supervised) = ([script], false)
                budget(&$0)
            } == nil,
            "Nobody leads who could name it."
        )
        #expect(
            await problem {
                ($0.agents, $0.supervised) = ([script], true)
                budget(&$0)
            } != nil
        )
        #expect(await problem { $0.targets.append("nxt") } == MissingTargetError("nxt").description)
    }

    @Test func withoutABranchOneIsToBeNamed() async {
        var (bench, _) = bench()
        bench.machine.repository?.baseBranch = nil
        #expect(await bench.run("contract", "new", "x") == .usage)
        #expect(bench.errors.text.contains("--target BRANCH"))
    }

    // MARK: - Graphs

    private var plan: String {
        directory.write("Do b.\n", to: "b.md")
        return directory.write(
            """
            name = "Parts"
            checks = ["make"]
            [limits]
            at_once = 3
            [[task]]
            name = "a"
            plan = "Do a."
            [[task]]
            name = "b"
            plan_file = "b.md"
            after = ["a"]
            agent = "script"
            """,
            to: "plan.toml"
        )
    }

    @Test func aGraphIsAContractThatNobodyLeads() async throws {
        let request = try await request([
            "run", "--graph", plan, "--detach", "--max-cost-usd", "4", "--target", "next", "--max-iterations", "6",
            "--max-duration", "2h",
        ])
        #expect(!request.supervised && request.template.spawn.taskName == "Parts" && request.targets == ["next"])
        #expect(request.template.spawn.plan == "Do these tasks: a, b.")
        #expect(request.tasks.map(\.plan) == ["Do a.", "Do b."] && request.tasks[1].after == ["a"])
        #expect(request.tasks[1].agent?.name == "script" && request.tasks[0].agent == nil)
        #expect(request.limits.maxCostMicrodollars == USD(dollars: 4) && request.limits.maxAtOnce == 3)
        #expect(request.checks.map(\.command) == ["make"] && request.template.spawn.maxIterations == 6)
        #expect(request.limits.maxDurationMilliseconds == .seconds(7200))
        #expect(request.template.spawn.budgets?.maxDurationMilliseconds == nil)
        #expect(request.template.spawn.budgets?.maxCostMicrodollars == nil)
    }

    @Test func whatIsNotCommittedIsToBeCommittedForAGraph() async {
        var (bench, _) = bench()
        bench.machine.uncommittedChanges = CheckoutChanges(changed: 1)
        #expect(await bench.run("run", "--graph", plan, "--detach") == .success)
        #expect(bench.errors.text.contains("Commit what they are to have"), "\(bench.errors.text)")
        #expect(!bench.errors.text.contains("--include-changes"))
    }

    @Test func aGraphIsFollowedAtTheServerThatRuns() async {
        let (bench, queue) = bench()
        queue.state.withLock { $0.contractSteps = [.standing(ContractSample.view(.blocked))] }
        #expect(await bench.run("run", "--graph", plan) == .blocked)
        #expect(bench.errors.text.contains("Hint: Mend the branch"))
    }

    @Test func toQueueAGraphThereMustBeAServer() async {
        let bench = TestBench()
        #expect(await bench.run("run", "--graph", plan, "--detach") == .failure)
        #expect(bench.errors.text.contains("makima up"))
    }

    @Test func aServerThatEndsBeforeItListensEndsTheGraph() async {
        let bench = TestBench()
        #expect(await bench.run("run", "--graph", plan) != .success)
        #expect(bench.errors.text.contains("has ended"), "\(bench.errors.text)")
    }
}
