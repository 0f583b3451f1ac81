import Domain
import Runner
import TestSupport
import Testing

@testable import Commands

/// What a person is told without having asked.
struct NoticeTests {
    @Test func changesThatAreLeftOutAreToldAfterTheBeginning() throws {
        let sink = MemorySink()
        let follower = PlainFollower(
            callName: "k7m2q9",
            printer: Printer(sink: sink, allowsColour: false),
            elapsed: { .zero }
        )
        let notice = ChangesNotice(follower)
        notice.tell(CheckoutChanges(changed: 1, untracked: 2))
        #expect(sink.text.isEmpty)
        notice.observe(.began(try Sample.task(), sandbox: .off))
        #expect(sink.text.contains("left out: 1 changed and 2 untracked files;"))
        #expect(sink.text.contains("'--include-changes'"))
    }

    @Test(
        arguments: [
            (CheckoutChanges(changed: 1), "1 changed file"), (CheckoutChanges(changed: 2), "2 changed files"),
            (CheckoutChanges(untracked: 1), "1 untracked file"),
            (CheckoutChanges(changed: 3, untracked: 1), "3 changed and 1 untracked file"),
            (CheckoutChanges(untracked: 1000, hasDirectories: true), "1000 or more untracked files and directories"),
        ]
    )
    func changesThatAreLeftOutAreCounted(_ changes: CheckoutChanges, _ words: String) {
        #expect(changes.words == words)
    }

    @Test func warningsOfTheSettingsAreShown() async {
        var bench = TestBench()
        bench.machine.settings.warnings = ["The file differs."]
        #expect(await bench.run("config", "--all") == .success)
        #expect(bench.errors.text == "Warning: The file differs.\n")
        #expect(await bench.run("run", "Mend it", "--base", "HEAD") == .success)
        #expect(bench.errors.text.contains("Warning: The file differs.\n"))
    }

    @Test func aModelThatNobodyIsToldIsRefused() async {
        let bench = TestBench()
        #expect(await bench.run("run", "Mend it", "--agent", "script", "--model", "best") == .usage)
        #expect(bench.errors.text.contains("'--model' would change nothing"))
    }

    @Test func aNarrowTerminalIsSparedTheLeastUsefulColumns() async throws {
        let service = FakeTaskService(dossiers: [try Sample.fullDossier(.stalled(.noChange(iterations: 3)))])
        let bench = TestBench(service: service, outputTerminal: TerminalSize(columns: 40, rows: 24))
        #expect(await bench.run("list") == .success)
        let screen = VirtualTerminal(bench.output.bytes).screen
        #expect(screen.allSatisfy { DisplayWidth.of($0) <= 40 })
        #expect(screen.first?.contains("COST") == false)
        #expect(screen.first?.contains("NAME") == true)
    }

    @Test func aLongLineIsBrokenBetweenWords() {
        let line = StyledLine("  one two", .strong) + StyledLine(" three four")
        #expect(line.wrapped(to: 11).map(\.text) == ["  one two", "  three", "  four"])
        #expect(line.wrapped(to: .max) == [line])
        #expect(StyledLine("  unbreakable").wrapped(to: 5).map(\.text) == ["  unbreakable"])
    }

    @Test func stalledWithoutProgressTellsTheLastErrorOfTheAgent() throws {
        var dossier = try Sample.fullDossier(.stalled(.noChange(iterations: 3)))
        dossier.iterations[1].outcome?.agent.end = .agentError(message: "boom")
        let summary = RunSummary(dossier: dossier, reason: .stalled(.noChange(iterations: 3)))
        #expect(summary.answer.contains { $0.text.contains("the agent reports an error: boom") })
    }

    @Test(arguments: [
        Reason.iterationLimit(used: 2, limit: 2, ceiling: 50), .budget(.tokens(spent: 9, limit: 8)),
    ])
    func aLimitTellsWhatTheLastIterationFailedWith(_ reason: Reason) throws {
        var dossier = try Sample.fullDossier(reason)
        dossier.receipts = [Sample.receipt(.failed(exitCode: 2), iteration: 1)]
        let answer = { RunSummary(dossier: dossier, reason: reason).answer.map(\.text).joined(separator: "\n") }
        #expect(!answer().contains("In the last iteration"))
        dossier.receipts += [Sample.receipt(.failed(exitCode: 3), iteration: 2)]
        #expect(answer().contains("  In the last iteration the check 'make test' failed with exit status 3."))
        dossier.iterations[1].outcome?.agent.end = .agentError(message: "boom")
        #expect(answer().contains("  In the last iteration: the agent reports an error: boom."))
    }

    @Test func whatNobodyHasHeardIsSaidWhereTheTaskIsOver() async throws {
        var dossier = try Sample.fullDossier(.completed(.verified))
        dossier.talk.messages = [3, 4].map { TaskMessage(number: $0, text: "use tabs", sentAt: Sample.time) }
        let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        #expect(await bench.run("why", "k7") == .success)
        let words = "Its agent has not heard message 3 ('use tabs'), nor 1 other: it was done before."
        #expect(bench.output.text.contains(words), "\(bench.output.text)")
        let answer = { RunSummary(dossier: dossier, reason: .completed(.verified)).answer.map(\.text) }
        #expect(answer().contains("  \(words)"))
        dossier.task.iterations = dossier.task.spec.limits.maxIterations
        #expect(answer().contains { $0.hasSuffix(": no iteration was left for it.") })
        for index in dossier.talk.messages.indices {
            dossier.talk.messages[index].receipt = TaskMessage.Receipt(.live, iteration: 1, at: Sample.time)
        }
        #expect(!answer().contains { $0.contains("heard") })
    }

    @Test(
        arguments: [
            (GateReading.missing, "had no completion gate"),
            (.malformed(.unterminated), "was not understood, and so nothing was checked: its closing tag is missing."),
        ]
    )
    func aStopWithoutAGateSaysSo(_ gate: GateReading, _ words: String) async throws {
        for reason in [Reason.iterationLimit(used: 2, limit: 2, ceiling: 50), .stalled(.noChange(iterations: 2))] {
            var dossier = try Sample.fullDossier(reason)
            dossier.iterations[1].outcome?.gate = gate
            #expect(RunSummary(dossier: dossier, reason: reason).answer.contains { $0.text.contains(words) })
            let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
            #expect(await bench.run("why", "k7") == .success)
            #expect(bench.output.text.contains(words))
            dossier.iterations[1].outcome?.gate = .stated(CompletionGate(ready: false))
            #expect(!RunSummary(dossier: dossier, reason: reason).answer.contains { $0.text.contains("gate") })
        }
    }

    @Test func noWorkIsSaidToBeWhereNothingDiffersFromTheBase() throws {
        let reason = Reason.iterationLimit(used: 2, limit: 2, ceiling: 50)
        var dossier = try Sample.fullDossier(reason)
        let checkpoints = dossier.checkpoints
        for index in checkpoints.indices { dossier.checkpoints[index].tree = checkpoints[0].tree }
        #expect(!RunSummary(dossier: dossier, reason: reason).answer.contains { $0.text.contains("The work is") })
        dossier.checkpoints[2].tree = try #require(TreeID(rawValue: String(repeating: "9", count: 40)))
        #expect(RunSummary(dossier: dossier, reason: reason).answer.contains { $0.text.contains("The work is in") })
    }

    @Test func anIterationThatAPersonStoppedSaysSo() async throws {
        var dossier = try Sample.fullDossier(.interrupted(.person))
        dossier.iterations[1].outcome?.agent.end = .incomplete
        dossier.iterations[1].outcome?.wasStopped = true
        let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        #expect(await bench.run("why", "k7") == .success)
        #expect(await bench.run("why", "k7", "--iteration", "2") == .success)
        #expect(bench.output.lines.count { $0.contains("the agent: ended because you stopped it") } == 2)
    }

    @Test(arguments: [(Int32(3), "boom (exit status 3)"), (0, "boom"), (nil, "boom")])
    func anErrorOfTheAgentShowsItsExitStatus(_ status: Int32?, _ words: String) throws {
        var outcome = try #require(Sample.iteration(1, gate: .missing).outcome)
        outcome.agent.end = .agentError(message: "boom")
        outcome.agent.exitStatus = status
        #expect(outcome.endWords == "the agent reports an error: \(words)")
    }

    @Test func logsOfAnyProgramAreItsLinesAndItsErrors() async throws {
        let temporary = TemporaryDirectory()
        defer { withExtendedLifetime(temporary) {} }
        temporary.write("one\ntw", to: "out")
        temporary.write("boom\n", to: "err")
        let path = "\(temporary.path)/out"
        let file = OutputFile(
            iteration: 1,
            attempt: 1,
            path: path,
            errorPath: "\(temporary.path)/err",
            agent: .command
        )
        let service = FakeTaskService(dossiers: [Sample.dossier(try Sample.task(nil))])
        service.configure { $0.files = [file] }
        let bench = TestBench(service: service)
        async let status = bench.run("logs", "k7", "-f")
        await bench.clock.sleepers(1)
        #expect(bench.output.lines == ["── iteration 1", "  one"])
        temporary.write("one\ntwo\n\nthree", to: "out")
        service.configure { $0.dossiers[0].task.status = .done }
        bench.clock.advance(by: .seconds(1))
        #expect(await status == .success)
        #expect(
            bench.output.lines == [
                "── iteration 1", "  one", "  two", "  ", "  three", "standard error:", "  boom",
            ]
        )
    }
}
