import Domain
import Runner
import Testing

@testable import Commands

/// What people and programs are told about a wait.
struct WaitTests {
    /// Waits for ten minutes more, as `role` says.
    private func bench(_ role: TaskWait.Role, _ reason: Reason? = nil) throws -> TestBench {
        var task = try Sample.task(reason)
        if reason == nil { task.status = role == .probes ? .running : .waiting }
        task.wait = TaskWait(.usageLimit, from: Sample.time, until: Sample.time + .seconds(600), attempt: 2).with(role)
        return TestBench(service: FakeTaskService(dossiers: [Sample.dossier(task)]))
    }

    @Test(arguments: zip(TaskWait.Role.allCases, ["until 2026-", "another task tries", "tries first"]))
    func everyViewShowsWhatTheTaskDoes(role: TaskWait.Role, label: String) async throws {
        for command in [["list"], ["show", "k7"], ["why", "k7"]] {
            let bench = try bench(role)
            #expect(await CommandLineProgram.run(in: bench.environment(command)) == .success)
            let words = command == ["list"] ? label : "The account's allowance is used up"
            #expect(bench.output.text.contains(words), "\(bench.output.text)")
        }
    }

    @Test(arguments: TaskWait.Role.allCases)
    func everyAnswerHasTheWaitAsAnObject(role: TaskWait.Role) async throws {
        for command in [["list"], ["show", "k7"], ["why", "k7"]] {
            let bench = try bench(role)
            #expect(await CommandLineProgram.run(in: bench.environment(command + ["--json"])) == .success)
            let answer = try JSONParser.parse(Array(bench.output.text.utf8))
            let wait = (answer.array?.first ?? answer)["wait"]
            #expect(wait?["cause"]?.string == "usage_limit" && wait?["role"]?.string == role.rawValue)
            #expect(wait?["until"]?.string?.hasPrefix("2026-") == true && wait?["attempt"]?.int == 2)
        }
    }

    @Test func nobodyWaitsAnyMoreWhereTheOwnerDied() async throws {
        for command in ["show", "why"] {
            let bench = try bench(.waits, .interrupted(.ownerDied))
            #expect(await bench.run(command, "k7") == .success)
            #expect(bench.output.text.contains("the makima process that waited is gone"))
            #expect(!bench.output.text.contains("goes on by itself"))
        }
    }

    @Test func aWaitInAnotherProcessIsEndedThere() async throws {
        let bench = try bench(.waits)
        bench.machine.service.configure { $0.isWaitingElsewhere = true }
        #expect(await bench.run("resume", "k7", "--now") == .success)
        #expect(bench.machine.service.calls == [.endWait])
        #expect(bench.output.text.contains("does not wait any longer, in the process that runs it."))
    }

    @Test func resumeCarriesWhatAPersonWantsOfTheWait() async throws {
        for (options, waits, skips) in [([], nil, false), (["--wait"], true, false), (["--now"], nil, true)]
            as [([String], Bool?, Bool)]
        {
            let bench = try bench(.waits, .waiting(.usageLimit, until: Sample.time))
            #expect(await CommandLineProgram.run(in: bench.environment(["resume", "k7"] + options)) == .success)
            guard case .resume(_, let request) = bench.machine.service.calls.first else {
                Issue.record("nothing was resumed")
                continue
            }
            #expect(request.waits == waits && request.skipsWait == skips)
        }
    }
}
