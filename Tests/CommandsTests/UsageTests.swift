import Domain
import Testing

@testable import Commands

/// Command lines that are not understood.
struct UsageTests {
    @Test(arguments: [("rnu", "makima run"), ("lst", "makima list"), ("resmue", "makima resume")])
    func aMistypedCommandIsGuessed(word: String, meant: String) async {
        let bench = TestBench()
        #expect(await bench.run(word, "x") == .usage)
        #expect(bench.errors.text == "Error: There is no command '\(word)'.\nHint: Did you mean '\(meant)'?\n")
    }

    @Test func aWordThatResemblesNothingGetsTheList() async {
        let bench = TestBench()
        #expect(await bench.run("abracadabra") == .usage)
        #expect(bench.errors.text.contains("'makima --help' lists the commands."))
    }

    @Test(arguments: ["--max-duration", "--iteration-timeout", "--stall-timeout"])
    func aTimeWithoutAUnitIsSaidToLackIt(option: String) async {
        let bench = TestBench()
        #expect(await bench.run("run", "x", option, "5") == .usage)
        #expect(bench.errors.text.contains("The unit is missing: write 5s, 5m, 5h or 5d."))
        #expect(bench.errors.text.contains(option))
    }

    @Test(arguments: [("--max-iterations", "-1"), ("--max-cost-usd", "-0.5"), ("--max-tokens", "-3")])
    func aValueBelowZeroIsNamed(option: String, value: String) async {
        let bench = TestBench()
        #expect(await bench.run("run", "x", option, value) == .usage)
        #expect(bench.errors.text.contains("Error: The value '\(value)' of '\(option)' is negative."))
    }

    @Test func anEmptyMessageOrSetupCommandIsRefused() async throws {
        let bench = TestBench(service: FakeTaskService(dossiers: [try Sample.fullDossier(.paused)]))
        #expect(await bench.run("resume", "k7", "--message", " ") == .usage)
        #expect(bench.errors.text.contains("The message is empty."))
        #expect(await bench.run("resume", "k7", "--setup", "") == .usage)
        #expect(bench.machine.service.calls.isEmpty)
    }

    @Test(arguments: ["show", "why", "logs", "diff"])
    func anEmptyNameOfATaskIsRefused(command: String) async {
        let bench = TestBench()
        #expect(await bench.run(command, "") == .usage)
        #expect(bench.errors.text.contains("The task's name is empty"))
    }
}
