import Domain
import Runner
import Testing

@testable import Commands

struct CommandTests {
    private func bench(_ reason: Reason = .completed(.verified), terminal: TerminalSize? = nil) throws -> TestBench {
        TestBench(service: FakeTaskService(dossiers: [try Sample.fullDossier(reason)]), outputTerminal: terminal)
    }

    @Test func runWithoutATerminalTellsPlainLinesAndAnswersOnStandardOutput() async throws {
        let service = FakeTaskService()
        let events = try Sample.events()
        service.configure { $0.events = events }
        let bench = TestBench(service: service)
        #expect(await bench.run("run", "Mend it", "--check", "make test") == .success)
        try expectSnapshot(bench.output.text, "run-answer.txt")
        #expect(bench.errors.text.contains("Iteration 1 of 10\n"))
        #expect(!bench.errors.text.contains("\u{1B}"))
    }

    @Test func quietPrintsTheAnswerOnly() async throws {
        let service = FakeTaskService()
        let events = try Sample.events()
        service.configure { $0.events = events }
        let bench = TestBench(service: service, errorTerminal: TerminalSize(columns: 80, rows: 24))
        #expect(await bench.run("run", "Mend it", "--quiet") == .success)
        #expect(bench.errors.bytes.isEmpty)
        #expect(!bench.output.bytes.isEmpty)
    }

    @Test func runOnATerminalLeavesTheScreenTidy() async throws {
        let service = FakeTaskService()
        let events = try Sample.events()
        service.configure { $0.events = events }
        let bench = TestBench(service: service, errorTerminal: TerminalSize(columns: 80, rows: 24))
        #expect(await bench.run("run", "Mend it", "--check", "make test") == .success)
        let terminal = VirtualTerminal(bench.errors.bytes)
        #expect(terminal.faults.isEmpty)
        #expect(terminal.screen.suffix(2).contains { $0.hasPrefix("Hint: Look at it") })
        #expect(!terminal.screen.contains { $0.contains("Ctrl-C") })
    }

    @Test func noColourIsUsedWhereItIsNotWanted() async throws {
        var bench = TestBench(
            service: FakeTaskService(dossiers: [try Sample.fullDossier(.completed(.verified))]),
            outputTerminal: TerminalSize(columns: 100, rows: 24)
        )
        #expect(await bench.run("list") == .success)
        #expect(bench.output.text.contains("\u{1B}[1m"))
        bench = try self.bench(terminal: TerminalSize(columns: 100, rows: 24))
        bench.variables = ["NO_COLOR": "1"]
        #expect(await bench.run("list") == .success)
        #expect(!bench.output.text.contains("\u{1B}"))
    }

    @Test(arguments: ["list", "show", "why", "checkpoints"], [40, 60, 80])
    func aPageFitsTheTerminal(_ command: String, _ columns: Int) async throws {
        var dossier = try Sample.fullDossier(.stalled(.noChange(iterations: 3)))
        dossier.task.spec.name = "A name that is far too long for one line of a terminal, however wide that may be"
        dossier.task.spec.plan =
            "A plan in one line that is longer than a terminal, be it as wide as it may; all is read."
        dossier.workspacePath = "/state/k7/tree"
        let bench = TestBench(
            service: FakeTaskService(dossiers: [dossier]),
            outputTerminal: TerminalSize(columns: columns, rows: 24)
        )
        let arguments = command == "list" ? [command] : [command, "k7"]
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        let wide = VirtualTerminal(bench.output.bytes).screen.filter { DisplayWidth.of($0) > columns }
        #expect(wide.isEmpty)
        guard command == "show" else { return }
        let words = bench.output.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains(dossier.task.spec.plan))
    }

    @Test(
        arguments: [("40", nil, 40), ("40", 60, 60), ("0", nil, Int.max), ("wide", nil, Int.max)]
            as [(String, Int?, Int)]
    )
    func columnsCountWhereThereIsNoTerminal(_ variable: String, _ terminal: Int?, _ columns: Int) throws {
        var bench = try bench(terminal: terminal.map { TerminalSize(columns: $0, rows: 24) })
        bench.variables = ["COLUMNS": variable]
        #expect(bench.environment([]).answers.columns == columns)
    }

    @Test func theAnswersOfTheLookingCommands() async throws {
        for (arguments, name) in [
            (["list"], "list.txt"), (["show", "k7"], "show.txt"), (["why", "k7"], "why.txt"),
            (["checkpoints", "k7"], "checkpoints.txt"), (["agents"], "agents.txt"), (["config"], "config.txt"),
            (["config", "--all"], "config-all.txt"),
        ] {
            let bench = try bench(.stalled(.sameError(signature: "error: no such module 'Sum'", iterations: 5)))
            #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
            try expectSnapshot(bench.output.text, name)
        }
    }

    @Test(arguments: Sample.reasons)
    func aListHasWordsForEveryReason(_ reason: Reason) async throws {
        let bench = try bench(reason)
        #expect(await bench.run("list") == .success)
        #expect(!bench.output.text.contains("_"))
    }

    @Test func missingNumbersOfCheckpointsAreExplained() async throws {
        var dossier = try Sample.fullDossier(.completed(.verified))
        dossier.vaultPath = "/state/vault"
        for isMissing in [false, true] {
            if isMissing { dossier.checkpoints.remove(at: 1) }
            let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
            #expect(await bench.run("checkpoints", "k7") == .success)
            let remark = isMissing ? "Where a number is missing, none was kept under it.\n" : ""
            let hint = "'git fetch /state/vault refs/makima/checkpoints/NUMBER:refs/heads/NAME', in the repository,"
            #expect(bench.errors.text == "\(remark)Hint: \(hint) makes one a branch.\n")
        }
    }

    @Test(arguments: Sample.reasons)
    func whyExplainsEveryReason(_ reason: Reason) async throws {
        let bench = try bench(reason)
        #expect(await bench.run("why", "k7") == .success)
        #expect(bench.output.text.contains(reason.explanation(task: "k7m2q9").sentence.prefix(30)))
        #expect(bench.output.text.contains("2 of 10 used"))
    }

    @Test func diffIsSafeOnATerminalAndExactInAPipe() async throws {
        let diff = Array("+a\u{1B}[2Jb\r\n-c\tд\n".utf8)
        for terminal in [nil, TerminalSize(columns: 80, rows: 24)] {
            let bench = try bench(terminal: terminal)
            bench.machine.service.configure { $0.diff = diff }
            #expect(await bench.run("diff", "k7", "--iteration", "2") == .success)
            #expect(bench.machine.service.calls == [.diff(.iteration(2))])
            if terminal == nil {
                #expect(bench.output.bytes == diff)
            } else {
                #expect(bench.output.text == "\u{1B}[32m+ab\u{1B}[0m\n\u{1B}[31m-c\tд\u{1B}[0m\n")
            }
        }
    }

    @Test func whatIsAskedForReachesTheService() async throws {
        let bench = try bench()
        #expect(await bench.run("restore", "k7", "2") == .success)
        #expect(await bench.run("merge", "k7", "--into", "next") == .success)
        #expect(await bench.run("stop", "k7", "--force") == .success)
        #expect(await bench.run("discard", "k7") == .success)
        #expect(
            bench.machine.service.calls == [.restore(2), .merge("next"), .stop(force: true), .discard(force: false)]
        )
    }

    @Test(arguments: [
        ("stop", StopRequest.gentle, "stopped"), ("stop", .forced, "killed"), ("pause", .pause, "paused"),
    ])
    func aSecondWishToStopSaysSinceWhenItIsHeard(command: String, heard: StopRequest, word: String) async throws {
        let bench = TestBench(service: FakeTaskService(dossiers: [Sample.dossier(try Sample.task())]))
        bench.machine.service.configure { $0.stopAnswer = .askedBefore(StopWish(request: heard, at: Sample.time)) }
        #expect(await bench.run(command, "k7") == .success)
        #expect(bench.output.text == "Task k7m2q9 is being \(word) already, since 2026-02-25 06:13 UTC.\n")
        #expect(bench.errors.text.contains("'makima stop k7m2q9 --force' kills its agent now.") == (heard != .forced))
        #expect(await bench.run(command, "k7", "--json") == .success)
        #expect(bench.output.text.hasSuffix(#""wasRunning":true,"since":"2026-02-25T06:13:20Z"}"# + "\n"))
    }

    @Test(arguments: [
        (Reason.interrupted(.person), "Task k7m2q9 was stopped already, at 2026-02-25 06:23 UTC; nothing runs it."),
        (.paused, "Task k7m2q9 was paused already, at 2026-02-25 06:23 UTC; nothing runs it."),
        (.completed(.verified), "Nothing runs task k7m2q9; it is 'done'."),
    ])
    func whatStandsStillSaysSinceWhen(reason: Reason, sentence: String) async throws {
        let bench = try bench(reason)
        bench.machine.service.configure { $0.stopAnswer = .notRunning }
        #expect(await bench.run("stop", "k7") == .success)
        #expect(bench.output.text == sentence + "\n")
    }

    @Test func resumeCarriesWhatChanges() async throws {
        let bench = try bench(.iterationLimit(used: 2, limit: 2, ceiling: 50))
        let status = await bench.run(
            "resume",
            "k7",
            "--max-iterations",
            "20",
            "--max-cost-usd",
            "$7.50",
            "--message",
            "try harder",
            "--allow-protected",
            "--sandbox",
            "required",
            "--agent",
            "script",
            "--no-wait",
            "--check",
            "make check",
            "--check",
            "make check"
        )
        #expect(status == .success)
        guard case .resume(_, let request) = bench.machine.service.calls.first else {
            Issue.record("nothing was resumed")
            return
        }
        #expect(request.maxIterations == 20)
        #expect(request.maxCost == USD(microdollars: 7_500_000))
        #expect(request.message == "try harder")
        #expect(request.allowProtected)
        #expect(request.sandbox == .required)
        #expect(request.agent?.name == "script")
        #expect(request.waits == false)
        #expect(request.checks == [CheckDefinition(name: "make check", command: "make check")])
        #expect(bench.errors.text.contains("The task is no longer checked by make test, only by '--check'."))
        #expect(request.maxTokens == nil && request.maxDuration == nil)
    }

    @Test func resumeKeepsWhatIsConfiguredOfACheckThatIsNamedAgain() async throws {
        var task = try Sample.task(.interrupted(.person))
        var configured = CheckDefinition(name: "tests", command: "make test")
        configured.clean = true
        task.spec.checks = [configured]
        let bench = TestBench(service: FakeTaskService(dossiers: [Sample.dossier(task)]))
        #expect(await bench.run("resume", "k7", "--check", "make test") == .success)
        guard case .resume(_, let request) = bench.machine.service.calls.first else {
            Issue.record("nothing was resumed")
            return
        }
        #expect(request.checks == [configured])
        #expect(!bench.errors.text.contains("no longer checked"))
    }

    @Test(
        arguments: [
            (MergeResult.conflict(branch: "main", paths: ["a"]), 1), (.checksFailed([]), 1),
            (.interrupted(branch: "main"), 130),
            (.checkoutDirty(branch: "main", paths: ["a"]), 1), (.upToDate(branch: "main"), 0),
        ] as [(MergeResult, Int32)]
    )
    func mergeExitsByItsResult(_ result: MergeResult, _ code: Int32) async throws {
        let bench = try bench()
        bench.machine.service.configure { $0.mergeResult = result }
        #expect(await bench.run("merge", "k7").rawValue == code)
    }

    @Test func doctorExitsWithOneWhenSomethingIsBroken() async throws {
        var bench = try bench()
        bench.machine.diagnoses = [
            Diagnosis(subject: "git", verdict: .fine, finding: "2.39.5"),
            Diagnosis(
                subject: "sandbox",
                verdict: .broken,
                finding: "bwrap is missing",
                hint: "apt install bubblewrap"
            ),
        ]
        #expect(await bench.run("doctor") == .failure)
        #expect(bench.output.text.contains("Hint: apt install bubblewrap"))
    }

    @Test(arguments: [
        ([] as [String], "Not shown: 1 setting with the default; 'makima config --all' shows all.\n"), (["--all"], ""),
        (["--quiet"], ""),
        (["--json"], ""),
    ])
    func configSaysThatItLeavesDefaultsOut(_ options: [String], _ remark: String) async throws {
        let bench = try bench()
        #expect(await CommandLineProgram.run(in: bench.environment(["config"] + options)) == .success)
        #expect(bench.errors.text == remark)
    }

    @Test func whereNothingIsSetConfigSaysSo() async throws {
        var bench = try bench()
        bench.machine.settings.shown.removeAll { $0.source != nil }
        #expect(await bench.run("config") == .success)
        #expect(bench.output.bytes.isEmpty)
        #expect(bench.errors.text == "Every setting has its default; 'makima config --all' shows all.\n")
    }

    @Test(arguments: [
        (["--help"], "help.txt"), (["run", "--help"], "help-run.txt"), (["resume", "--help"], "help-resume.txt"),
    ])
    func helpIsAnAnswer(_ arguments: [String], _ name: String) async throws {
        let bench = TestBench()
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        #expect(bench.errors.bytes.isEmpty)
        try expectSnapshot(bench.output.text, name)
    }

    @Test func theVersionIsAnAnswer() async {
        let bench = TestBench()
        #expect(await bench.run("--version") == .success)
        #expect(bench.output.text == "\(MakimaVersion.text)\n")
    }

    @Test func withoutArgumentsThereIsHelp() async {
        let bench = TestBench()
        #expect(await bench.run() == .success)
        #expect(bench.output.text.contains("USAGE: makima"))
    }

    @Test func anErrorSaysItsCausesAndOneHint() {
        let report = ErrorReport(Wrapped(cause: FakeTaskService.NoSuchTask(name: "a\u{1B}[2Jb"), hint: "Look."))
        #expect(
            report.lines.map(\.text) == [
                "Error: The outer one", "  says two things.", "Caused by: There is no task 'ab'.", "Hint: Look.",
            ]
        )
        #expect(report.exitStatus == .failure)
    }

    @Test func anErrorThatDoesNotDescribeItselfIsADefect() {
        struct Mute: Error {}
        #expect(ErrorReport(Mute()).exitStatus == .defect)
        #expect(ErrorReport(Mute()).lines.last?.text == "Hint: This is a defect of makima; please report it.")
    }

    private struct Wrapped: ExplainedError {
        let cause: (any Error)?
        let hint: String
        let errorCode = ErrorCode.refused
        var description: String { "The outer one\nsays two things." }
    }

    @Test(arguments: [["list"], ["list", "--quiet"], ["list", "--json"]])
    func aTaskThatCannotBeReadIsNamed(_ arguments: [String]) async throws {
        let bench = try bench()
        bench.machine.service.configure {
            $0.unreadable = [UnreadableTask(id: "k9", message: "no JSON", directory: "/state/tasks/k9")]
        }
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        #expect(bench.errors.text.hasPrefix("Warning: The task 'k9' is left out"))
        #expect(bench.errors.text.contains("Hint: Its files are as they were, in '/state/tasks/k9'"))
        #expect(!bench.output.text.contains("k9"))
    }

    @Test func aTaskThatCannotBeRecordedIsShownWithAWarning() async throws {
        let bench = try bench()
        let id = try #require(Sample.id)
        bench.machine.service.configure { $0.unrecovered = [id: "no lock"] }
        #expect(await bench.run("list") == .success)
        #expect(bench.errors.text.contains("and what it left cannot be recorded: no lock"))
        #expect(bench.errors.text.contains("'makima discard k7m2'"))
        #expect(bench.output.text.contains(id.short))
    }

    /// Nobody is sent where he is refused.
    @Test(arguments: [
        ["show", "k7"], ["show", "k7", "--json"], ["why", "k7"], ["why", "k7", "--json"], ["list", "--json"],
    ])
    func aRemovedWorkspaceIsNoPlaceToGoOn(_ arguments: [String]) async throws {
        var dossier = Sample.dossier(try Sample.task(.iterationLimit(used: 2, limit: 2, ceiling: 50)))
        dossier.removedUpTo = 3
        let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        #expect(await CommandLineProgram.run(in: bench.environment(arguments)) == .success)
        #expect(!bench.output.text.contains(dossier.workspacePath))
        #expect(!bench.output.text.contains("makima resume"), "\(bench.output.text)")
        let words = arguments == ["show", "k7"] ? "up to checkpoint 3" : "refs/makima/checkpoints/\(dossier.task.id)/3"
        #expect(bench.output.text.filter { !$0.isWhitespace }.contains(words.filter { !$0.isWhitespace }))
    }

    @Test func anUnknownTaskIsAnErrorInTheHouseForm() async throws {
        let bench = try bench()
        #expect(await bench.run("show", "zz") == .failure)
        #expect(bench.errors.text.hasPrefix("Error: There is no task 'zz'.\nHint: 'makima list --all'"))
        #expect(bench.output.text.isEmpty)
    }

    @Test func aScenarioEndsWithItsOwnExitCode() async throws {
        let bench = try bench()
        #expect(await bench.run("agent-script", "x.json").rawValue == 42)
    }

    /// A shell may carry out what a word has in it; nobody calls a task by a sentence.
    @Test(arguments: [
        ("parser", "k7m2\nparser\n"), ("$(touch a)", "k7m2\n"), ("-x", "k7m2\n"), ("Make the tests pass", "k7m2\n"),
        ("", "k7m2\n"),
    ])
    func onlyPlainWordsAreOfferedForATask(_ name: String, _ words: String) async throws {
        var dossier = try Sample.fullDossier(.completed(.verified))
        dossier.task.spec.name = name
        let bench = TestBench(service: FakeTaskService(dossiers: [dossier]))
        #expect(await bench.run("completion-words", "tasks") == .success)
        #expect(bench.output.text == words)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreScripts(_ shell: String) async throws {
        let bench = try bench()
        #expect(await bench.run("completions", shell) == .success)
        #expect(bench.output.text.contains("makima"))
        #expect(!bench.output.text.contains("agent-script"))
        #expect(bench.output.text.contains("makima completion-words tasks 2>/dev/null"))
        #expect(bench.output.text.contains("makima completion-words agents 2>/dev/null"))
    }
}
