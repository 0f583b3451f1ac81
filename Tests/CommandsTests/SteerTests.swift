import Domain
import Runner
import Synchronization
import Testing
import Wire

@testable import Commands

/// What `makima steer` promises: never a prompt that does not come.
struct SteerTests {
    private func steer(_ dossier: TaskDossier, listens: Bool = false) async -> TestBench {
        let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        bench.machine.service.configure { $0.agentListens = listens }
        #expect(await bench.run("steer", "k7", "Use tabs.") == .success)
        return bench
    }

    private func dossier(
        _ reason: Reason? = nil,
        used: Int,
        of limit: Int,
        open: Int? = nil
    ) throws -> TaskDossier {
        var dossier = Sample.dossier(try Sample.task(reason, iterations: used))
        dossier.task.spec.limits.maxIterations = limit
        if let open {
            dossier.iterations = [IterationRecord(number: open, attempt: 1, run: 1, startedAt: Sample.time)]
        }
        return dossier
    }

    @Test func aPromptIsPromisedWhereOneComes() async throws {
        var bench = await steer(try dossier(used: 2, of: 4, open: 3))
        #expect(bench.output.text == "Message 4 is queued: the agent reads it in its next prompt.\n")
        #expect(bench.errors.bytes.isEmpty)
        bench = await steer(try dossier(used: 2, of: 4, open: 3), listens: true)
        #expect(bench.output.text.contains("hears it after its present step, or reads it in its next prompt"))
    }

    @Test func inTheLastIterationNoPromptIsPromised() async throws {
        var bench = await steer(try dossier(used: 3, of: 4, open: 4))
        let words =
            "this is the last iteration that the task may use, so that the agent reads it only when the task goes on"
        #expect(bench.output.text.contains(words), "\(bench.output.text)")
        #expect(!bench.output.text.contains("next prompt"))
        #expect(
            bench.errors.text.contains("When it has stopped: Go on with 'makima resume k7m2q9 --max-iterations 8'.")
        )
        #expect(bench.errors.text.contains("Work that is done by then ends without it."))
        bench = await steer(try dossier(used: 3, of: 4, open: 4), listens: true)
        #expect(bench.output.text.contains("after its present step, if it has one left; this is the last iteration"))
        // Its checks run: it is not counted yet.
        var judged = try dossier(used: 3, of: 4)
        judged.iterations = [Sample.iteration(4, gate: .missing)]
        bench = await steer(judged)
        #expect(bench.output.text.contains(words), "\(bench.output.text)")
    }

    /// A try that did not count is made again, with another prompt.
    @Test func whatWaitsForAnotherTryIsGivenAPrompt() async throws {
        var waiting = try dossier(used: 3, of: 4)
        waiting.task.status = .waiting
        waiting.iterations = [Sample.iteration(4, gate: .missing)]
        let bench = await steer(waiting)
        #expect(bench.output.text.contains("reads it in its next prompt"))
    }

    @Test func aBudgetThatIsUsedUpIsNamed() async throws {
        var dossier = try dossier(used: 1, of: 4, open: 2)
        dossier.task.usage.cost = dossier.task.spec.budgets.maxCost
        let bench = await steer(dossier)
        #expect(bench.output.text.contains("its budget is used up, so that the agent reads it only when"))
        #expect(bench.errors.text.contains("makima resume k7m2q9 --max-cost-usd AMOUNT"))
    }

    @Test(arguments: [
        (Reason.iterationLimit(used: 3, limit: 3, ceiling: 50), "makima resume k7m2q9 --max-iterations 6'"),
        (.iterationLimit(used: 3, limit: 3, ceiling: 3), "raise 'hard_limit'"),
        (.budget(.tokens(spent: 5, limit: 4)), "--max-tokens NUMBER"),
        (.interrupted(.person), "makima resume k7m2q9 --max-iterations 6'"),
    ])
    func whatHasStoppedGoesOnByACommandThatIsNotRefused(reason: Reason, command: String) async throws {
        let bench = await steer(try dossier(reason, used: 3, of: 3))
        #expect(bench.output.text.contains("the agent reads it when the task is resumed"))
        #expect(bench.errors.text.contains(command), "\(bench.errors.text)")
    }

    @Test func programsAreToldTheSame() async throws {
        for (dossier, listens, word) in [
            (try dossier(used: 2, of: 4, open: 3), true, "present_step"),
            (try dossier(used: 2, of: 4, open: 3), false, "next_prompt"),
            (try dossier(used: 3, of: 4, open: 4), true, "present_step"),
            (try dossier(used: 3, of: 4, open: 4), false, "resume"),
            (try dossier(.interrupted(.person), used: 3, of: 4), true, "resume"),
        ] {
            let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
            bench.machine.service.configure { $0.agentListens = listens }
            #expect(await bench.run("steer", "k7", "Use tabs.", "--json") == .success)
            let answer = try JSONParser.parse(Array(bench.output.text.utf8))
            #expect(answer["number"]?.int == 4 && answer["heard"]?.string == word)
            #expect((answer["hint"] == .null) == (word != "resume" && dossier.iterations.first?.number != 4))
        }
    }

    @Test func theSameHoldsAtAServer() async throws {
        var view = try ServerTaskTests.view(.running, daemon: "build-1")
        view.iterations = 1
        let (bench, queue) = try ServerTaskTests.bench(view)
        #expect(await bench.run("steer", "k7m2", "Use tabs.") == .success)
        #expect(bench.output.text.hasSuffix("is on its way to the agent of task k7m2q9, at the daemon 'build-1'.\n"))
        #expect(bench.errors.bytes.isEmpty)
        queue.state.withLock { $0.history.document?.maxIterations = 2 }
        #expect(await bench.run("steer", "k7m2", "Use tabs.") == .success)
        #expect(bench.output.text.hasSuffix("whoever does not listen while it works hears it later.\n"))
        #expect(
            bench.errors.text.contains("When it has stopped: Go on with 'makima resume k7m2q9 --max-iterations 4'.")
        )
        var ended = try ServerTaskTests.view(.iterationLimitReached, home: "build-1")
        ended.iterations = 2
        ended.reason = WireReason(.iterationLimit(used: 2, limit: 2, ceiling: 50), task: TaskCall("k7m2q9"))
        let other = try ServerTaskTests.bench(ended)
        other.1.state.withLock { $0.outcome = .changed }
        #expect(await other.0.run("steer", "k7m2", "Use tabs.") == .success)
        #expect(other.0.errors.text.contains("'makima resume k7m2q9 --max-iterations 4'"), "\(other.0.errors.text)")
    }
}
