import Domain
import Runner
import Synchronization
import TestSupport
import Testing
import Wire

@testable import Commands

struct ContractCommandTests {
    private static func bench(_ contracts: ContractView...) -> (TestBench, FakeQueue) {
        let queue = FakeQueue()
        queue.state.withLock { state in
            state.contracts = contracts
            state.timeline = ContractSample.timeline
        }
        var bench = TestBench()
        bench.machine.queue = queue
        return (bench, queue)
    }

    // MARK: - Looking

    @Test func theAnswersOfTheLookingCommands() async throws {
        for (arguments, name) in [
            (["contract", "list"], "contract-list.txt"), (["contract", "show", "q3"], "contract-show.txt"),
            (["contract", "log", "parser"], "contract-log.txt"),
        ] {
            let (bench, _) = Self.bench(ContractSample.view())
            #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
            try expectSnapshot(bench.output.text, name)
        }
    }

    @Test(arguments: [40, 80])
    func aPageFitsTheTerminal(_ columns: Int) async {
        var bench = TestBench(outputTerminal: TerminalSize(columns: columns, rows: 24))
        let queue = FakeQueue()
        queue.state.withLock { $0.contracts = [ContractSample.view(.blocked)] }
        bench.machine.queue = queue
        for command in ["list", "show"] {
            let arguments = ["contract", command] + (command == "show" ? ["q3"] : [])
            #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        }
        let wide = VirtualTerminal(bench.output.bytes).screen.filter { DisplayWidth.of($0) > columns }
        #expect(wide.isEmpty, "\(wide)")
    }

    @Test func aMergeThatNoDaemonCanDoIsExplained() async {
        let (bench, _) = Self.bench(ContractSample.view(.blocked))
        #expect(await bench.run("contract", "show", "q3") == .success)
        let lines = """
              main: merging grammar
                Nobody can merge into 'main' now: no daemon is connected.
                Hint: Start one. It goes on by itself.

            """
        #expect(bench.output.text.contains(lines))
    }

    @Test func whatEndedWithTheContractNeedsNobody() async {
        var view = ContractSample.view(.stopped)
        #expect(view.needs.contains { "\($0)".contains("Which errors?") })
        view.tasks[3].endedWithContract = true
        #expect(!view.needs.isEmpty && !view.needs.contains { "\($0)".contains("Which errors?") })
    }

    @Test(arguments: ["list", "show", "log"])
    func jsonHasTheNamesOfTheWire(_ command: String) async throws {
        let (bench, _) = Self.bench(ContractSample.view())
        let arguments = ["contract", command, "--json"] + (command == "list" ? [] : ["q3"])
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        let lines = bench.output.text.split(separator: "\n")
        let json = try JSONParser.parse(Array((lines.last ?? "").utf8))
        switch command {
        case "list": #expect(json.array?.first?["contractId"]?.string == ContractSample.id)
        case "show": #expect(json["tasks"]?.array?.count == 4 && json["status"]?.string == "working")
        default: #expect(lines.count == 3 && json["event"]?.string == "returned")
        }
    }

    @Test func aContractIsFoundByTheBeginningOfItsIDOrName() async {
        var other = ContractSample.view()
        (other.contractId, other.name) = ("q3z8xk2m5p", "Parser of dates")
        var third = ContractSample.view()
        (third.contractId, third.name) = ("a3z8xk2m5p", "Änderung")
        for (name, status) in [
            ("Parser", Commands.ExitStatus.success), ("parser o", .success), ("Q3W", .success), ("q3", .failure),
            ("pars", .failure), ("other", .failure), ("ä", .success),
            ("Änderung", .success), ("ÄND", .success), (ContractSample.id, .success),
        ] {
            let (bench, _) = Self.bench(ContractSample.view(), other, third)
            #expect(await bench.run("contract", "show", name) == status, "\(name)")
        }
    }

    @Test(arguments: ["list", "show", "log", "attach", "stop", "resume", "new"])
    func withoutAServerTheHintSaysHowToStartOne(_ command: String) async {
        let bench = TestBench()
        let arguments = ["contract", command] + (command == "list" ? [] : ["q3"])
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) != .success)
        #expect(bench.errors.text.contains("makima up"), "\(bench.errors.text)")
    }

    // MARK: - Following

    @Test(arguments: [
        (ContractStatus.done, Commands.ExitStatus.success), (.budgetReached, .limit), (.blocked, .blocked),
        (.stopped, .interrupted),
    ])
    func followingEndsWithTheStatusOfTheContract(_ status: ContractStatus, _ exit: Commands.ExitStatus) async {
        let (bench, queue) = Self.bench(ContractSample.view())
        queue.state.withLock { state in
            state.contractSteps = [
                .standing(ContractSample.view()), .entry(ContractSample.timeline[0]),
                .away(message: "Nobody is there."),
                .back, .entry(ContractSample.timeline[2]), .standing(ContractSample.view(status)),
            ]
        }
        #expect(await bench.run("contract", "attach", "q3") == exit)
        #expect(bench.errors.text.contains("The contract was made.\n"))
        #expect(bench.errors.text.contains("error: one\n") && bench.errors.text.contains("Nobody is there."))
        #expect(bench.output.text.contains("1 of 3 tasks merged"))
        #expect(bench.errors.text.contains("Hint: Mend the branch") == (status == .blocked))
    }

    @Test func followingGoesOnWhileSomethingDoesBesideWhatNeedsAPerson() async {
        let (bench, queue) = Self.bench(ContractSample.view())
        var blocked = ContractSample.view(.blocked)
        blocked.goesOn = true
        var rest = blocked
        rest.goesOn = false
        queue.state.withLock { [blocked, rest] state in
            state.contractSteps = [
                .standing(blocked), .standing(blocked), .entry(ContractSample.timeline[2]), .standing(rest),
                .entry(ContractSample.timeline[1]),
            ]
        }
        #expect(await bench.run("contract", "attach", "q3") == .blocked)
        let told = bench.errors.text
        #expect(told.contains("'grammar' came back") && !told.contains("was refused something"))
        #expect(told.ranges(of: "Needs you, while the rest goes on:").count == 1, "It is said once.")
        #expect(told.contains("Needs you\n  On 'main'") && told.contains("errors (33w8xk): The agent asks"))
    }

    @Test func attachAsJSONEndsWithTheContract() async throws {
        let (bench, queue) = Self.bench(ContractSample.view())
        queue.state.withLock {
            $0.contractSteps = [.entry(ContractSample.timeline[0]), .standing(ContractSample.view(.done))]
        }
        #expect(await bench.run("contract", "attach", "q3", "--json") == .success)
        let lines = try bench.output.text.split(separator: "\n").map { try JSONParser.parse(Array($0.utf8)) }
        #expect(lines.map { $0["event"]?.string ?? $0["status"]?.string } == ["began", "done"])
        #expect(bench.errors.bytes.isEmpty)
    }

    @Test func aLogThatIsFollowedGoesOnWhereTheContractNeedsSomebody() async {
        let (bench, queue) = Self.bench(ContractSample.view())
        queue.state.withLock { state in
            state.contractSteps = [
                .standing(ContractSample.view(.blocked)), .entry(ContractSample.timeline[0]),
                .standing(ContractSample.view(.done)), .entry(ContractSample.timeline[2]),
            ]
        }
        #expect(await bench.run("contract", "log", "-f", "q3") == .success)
        #expect(bench.output.text.hasSuffix("The contract was made.\n"))
    }

    // MARK: - Orders

    @Test func stopAndResumeGoThroughTheServer() async {
        let (bench, queue) = Self.bench(ContractSample.view(.stopped))
        #expect(await bench.run("contract", "stop", "q3") == .success)
        #expect(bench.output.text.contains("Contract q3w8xk is stopped"))
        let resume = ["resume", "q3", "--max-cost-usd", "7", "--batch", "2", "--allow", "spawn,wait", "--json"]
        #expect(await CommandLineProgram.run(in: bench.environment(["contract"] + resume)) == .success)
        queue.state.withLock { state in
            #expect(state.stoppedContracts == [ContractSample.id])
            let limits = state.resumes.first?.limits
            #expect(limits?.maxCostMicrodollars == USD(dollars: 7) && limits?.maxBatch == 2)
            #expect(limits?.maxTasks == nil && limits?.actions == [.spawn, .wait])
        }
    }

    @Test(arguments: [true, false])
    func aResumeSaysWhatNeedsAPersonStill(_ goesOn: Bool) async {
        var view = ContractSample.view(.blocked)
        view.goesOn = goesOn
        let (bench, _) = Self.bench(view)
        #expect(await bench.run("contract", "resume", "q3") == .success)
        #expect(bench.output.text.contains("Contract q3w8xk goes on.") == goesOn)
        #expect(bench.output.text.contains("Hint: Mend the branch;") == !goesOn, "\(bench.output.text)")
    }

    @Test func whatIsOverIsNotSaidToBeStopped() async {
        let (bench, _) = Self.bench(ContractSample.view(.done))
        #expect(await bench.run("contract", "stop", "q3") == .success)
        #expect(bench.output.text == "Nothing is to be stopped: contract q3w8xk is done.\n")
    }

    // MARK: - The tools of supervisors

    @Test func aToolIsCalledWithWhatTheIterationGives() async {
        var bench = TestBench()
        bench.variables = [
            "MAKIMA_TOOLS_TOKEN": "t", "MAKIMA_TOOLS_FILE": "/tools", "MAKIMA_TOOLS_REPLIES": "/replies",
        ]
        #expect(await bench.run("tool", "list_tasks") == .success)
        #expect(await bench.run("tool", "refused", "{\"task\": 1}") == .failure)
        #expect(bench.output.text == "list_tasks {} /replies\nrefused {\"task\": 1} /replies\n")
        bench.variables["MAKIMA_TOOLS_REPLIES"] = nil
        #expect(await bench.run("tool", "list_tasks") == .usage)
    }
}
