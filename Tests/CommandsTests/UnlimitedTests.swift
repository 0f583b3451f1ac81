import Domain
import Runner
import Testing

@testable import Commands

/// A supervisor may use as many iterations as it likes: no number that means that is shown.
struct UnlimitedTests {
    @Test(arguments: ["list", "show", "why"])
    func noLimitIsShownWhereThereIsNone(_ command: String) async throws {
        var dossier = try Sample.fullDossier(.interrupted(.person))
        dossier.task.spec.limits.maxIterations = LoopLimits.unlimited
        dossier.task.iterations = 2
        let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        let arguments = [command] + (command == "list" ? [] : ["k7"])
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        #expect(!bench.output.text.contains("1000000"), "\(bench.output.text)")
        #expect(!bench.output.text.contains("of 2"))
    }

    @Test func aLimitIsShownAsBefore() {
        let (some, none) = (LoopLimits(maxIterations: 10), LoopLimits(maxIterations: LoopLimits.unlimited))
        #expect(some.column(used: 2) == "2/10" && none.column(used: 2) == "2")
        #expect(some.words(used: 2) == "2 of 10" && none.words(used: 2) == "2")
    }

    @Test func whoeverLooksOnIsToldTheNumberOnly() {
        var narrator = RunNarrator(callName: "k7m2q9", tellsTimes: false)
        let event = RunEvent.iterationBegan(number: 2, limit: LoopLimits.unlimited, attempt: 1)
        #expect(narrator.tell(event, elapsed: .zero) == [StyledLine("Iteration 2", .strong)])
    }
}
