import Domain
import Testing

@testable import Commands

struct ExitStatusTests {
    @Test(arguments: Sample.reasons)
    func everyReasonHasItsExitCode(_ reason: Reason) {
        let expected: Int32 =
            switch reason.status {
            case .done: 0
            case .failed: reason.code == "internal_error" ? 255 : 1
            case .iterationLimitReached, .budgetReached, .waiting: 3
            case .stalled: 4
            case .blocked: 5
            case .interrupted, .paused: 130
            case .pending, .initializing, .starting, .running: -1
            }
        #expect(ExitStatus(reason).rawValue == expected)
    }

    @Test(arguments: Sample.reasons)
    func runExitsWithTheCodeOfTheReason(_ reason: Reason) async {
        let service = FakeTaskService()
        service.configure { $0.reason = reason }
        let bench = TestBench(service: service)
        #expect(await bench.run("run", "Mend it", "--agent", "claude") == ExitStatus(reason))
        let sentence = reason.explanation(task: "x").sentence.prefix(20)
        #expect(bench.output.text.contains(sentence))
    }

    @Test(arguments: [
        ["run"], ["run", "a", "--plan-file", "b"], ["run", "x", "--max-iterations", "0"],
        ["run", "x", "--max-iterations", "ten"], ["run", "x", "--max-duration", "30"], ["run", "x", "--check", " "],
        ["run", "x", "--max-tokens=-1"], ["run", "x", "--sandbox", "maybe"], ["run", "x", "--stall-timeout", "0s"],
        ["run", "x", "--target", "main"],
        ["run", "x", "--on-stall", "other_agent"], ["run", "x", "--on-stall", "stop", "--other-agent", "script"],
        ["run", "x", "--agent", "script", "--other-agent", "script"],
        ["resume", "k7", "--max-iterations", "0"], ["fly"], ["show"],
        ["completions", "tcsh"], ["list", "--nonsense"],
    ])
    func mistakesOnTheCommandLineExitWithTwo(_ arguments: [String]) async throws {
        let bench = TestBench(service: FakeTaskService(dossiers: [Sample.dossier(try Sample.task())]))
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .usage)
        #expect(bench.output.text.isEmpty)
        let lines = bench.errors.text.split(separator: "\n")
        #expect(lines.first?.hasPrefix("Error: ") == true)
        #expect(lines.last?.hasPrefix("Hint: ") == true)
        #expect(lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix("  ") }, "\(lines)")
    }

    @Test func aMistakeIsHelpedWithTheHelpOfItsCommand() async {
        let bench = TestBench()
        #expect(await bench.run("ls", "--nonsense") == .usage)
        #expect(
            bench.errors.text == """
                Error: Unknown option '--nonsense'.
                Hint: 'makima list --help' says what it takes.

                """
        )
    }
}
