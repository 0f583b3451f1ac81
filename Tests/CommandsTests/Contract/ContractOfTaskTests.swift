import Domain
import Runner
import Testing

@testable import Commands

/// Where no server runs, a task of a contract goes on with that.
@Suite(.timeLimit(.minutes(15)))
struct ContractOfTaskTests {
    private static func bench(_ reason: Reason, contract: String? = "q3w8xk2m5p") throws -> TestBench {
        var task = try Sample.task(reason)
        task.spec.contract = contract.flatMap(ContractID.init(rawValue:))
        var bench = TestBench(service: FakeTaskService(dossiers: [Sample.dossier(task)]))
        bench.machine.sleeping = 1
        return bench
    }

    private static func told(_ bench: TestBench, _ arguments: String...) async -> String {
        _ = await CommandLineProgram.run(in: bench.environment(arguments))
        return (bench.output.text + bench.errors.text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    @Test(arguments: [["why", "k7"], ["why", "k7", "--json"], ["report", "--since", "2000d"]])
    func whatTheContractMayHaveEndedGoesOnWithIt(_ arguments: [String]) async throws {
        for reason in [Reason.interrupted(.person), .budget(.tokens(spent: 5, limit: 5))] {
            let bench = try Self.bench(reason)
            _ = await CommandLineProgram.run(in: bench.environment(arguments))
            let text = bench.output.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(text.contains("makima contract resume q3w8xk"), "\(text)")
            #expect(text.contains("start that with 'makima up'"), "\(text)")
        }
    }

    @Test func whatEndedByItselfGoesOnByItselfOnceItsServerRuns() async throws {
        let bench = try Self.bench(.iterationLimit(used: 3, limit: 3, ceiling: 50))
        let text = await Self.told(bench, "why", "k7")
        #expect(text.contains("start that with 'makima up'. Then:") && text.contains("--max-iterations"), "\(text)")
        #expect(!text.contains("contract resume"))
    }

    @Test func aTaskOfNoContractGoesOnAsBefore() async throws {
        let text = await Self.told(try Self.bench(.interrupted(.person), contract: nil), "why", "k7")
        #expect(text.contains("Go on with 'makima resume") && !text.contains("contract"), "\(text)")
    }

    @Test func toResumeItAloneNamesTheContract() async throws {
        var bench = try Self.bench(.interrupted(.person))
        bench.machine.attempts = [try #require(Sample.id): LocalAttempt(number: 1, isHeld: true)]
        let text = await Self.told(bench, "resume", "k7")
        #expect(text.contains("then 'makima contract resume q3w8xk', or"), "\(text)")
    }
}
