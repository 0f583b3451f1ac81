import Domain
import LoopCore
import Testing

/// The breaker for errors that repeat, and for agents that lack a person.
struct SameErrorTests {
    private func run(_ ends: [IterationEnd], trees: String, _ rules: LoopRules = .sample(max: 40)) -> LoopMachine {
        var machine = LoopMachine.sample(rules, after: .start)
        for (end, tree) in zip(ends, trees) where machine.reason == nil {
            machine.run(trees: String(tree), end)
        }
        return machine
    }

    private static func error(_ text: String) -> IterationEnd { .agentError(message: text) }

    @Test func theSameErrorOpensItAlsoWhereFilesChange() {
        let errors = (1...5).map { Self.error("Build failed in \($0).2s at a.swift:\($0):4") }
        let machine = run(errors, trees: "abcde")
        let signature = "Build failed in <duration> at a.swift:<n>"
        #expect(machine.reason == .stalled(.sameError(signature: signature, iterations: 5)))
        #expect(run(Array(errors.dropLast()), trees: "abcd").reason == nil)
    }

    // MARK: - Crashes

    private func run(_ signals: [Int32], saying words: [String], trees: String) -> LoopMachine {
        var machine = LoopMachine.sample(.sample(max: 40), after: .start)
        for (index, tree) in trees.enumerated() where machine.reason == nil {
            let report = IterationReport.sample(index + 1, .killed(signal: signals[index]), tree: .sample(tree))
                .with { $0.lastErrors = words[index] }
            _ = machine.handle(.iterationEnded(report))
        }
        return machine
    }

    /// A crash, and whoever else kills: also the kernel, which is short of memory.
    @Test(arguments: [11, 6, 15, 9] as [Int32])
    func theSameSignalWithTheSameWordsIsTheSameError(_ signal: Int32) {
        let signals = Array(repeating: signal, count: 5)
        let words = (1...5).map { "starting\nboom: segfault in module at 0x7f0\($0)aa\n" }
        let error = StallCause.sameError(
            signature: "ended by signal \(signal): starting\nboom: segfault in module at <address>",
            iterations: 5
        )
        let machine = run(signals, saying: words, trees: "abcde")
        #expect(machine.reason == .stalled(error))
        #expect(machine.iterationsUsed == 5)
        #expect(run(signals, saying: words, trees: "abcd").reason == nil)
    }

    @Test func theSameSignalWithoutAWordIsTheSameError() {
        let machine = run(Array(repeating: 9, count: 5), saying: Array(repeating: "", count: 5), trees: "abcde")
        #expect(machine.reason == .stalled(.sameError(signature: "ended by signal 9", iterations: 5)))
    }

    @Test func anotherSignalOrAnotherWordIsAnotherError() {
        let words = Array(repeating: "boom", count: 5)
        #expect(run([11, 11, 6, 11, 11], saying: words, trees: "abcde").reason == nil)
        let others = ["boom", "boom", "bang", "boom", "boom"]
        #expect(run(Array(repeating: 11, count: 5), saying: others, trees: "abcde").reason == nil)
    }

    /// Each end that counts, again and again, while files change each time.
    @Test(
        arguments: [
            (.agentError(message: "x"), "x"), (.killed(signal: 11), "ended by signal 11"),
            (.killed(signal: 9), "ended by signal 9"), (.ok, nil), (.incomplete, nil), (.stall, nil),
            (.timeout(.iteration), nil), (.timeout(.firstOutput), nil), (.timeout(.toolCall), nil),
        ] as [(IterationEnd, String?)]
    )
    func onlyWhatTheAgentItselfCameToIsAnError(_ end: IterationEnd, _ signature: String?) {
        let machine = run(Array(repeating: end, count: 9), trees: "abcdefghi")
        #expect(machine.reason == signature.map { .stalled(.sameError(signature: $0, iterations: 5)) })
    }

    @Test func anotherErrorResetsTheCount() {
        let errors = ["x", "x", "y", "x", "x"].map(Self.error)
        #expect(run(errors, trees: "abcde", .sample(max: 40, sameError: 3)).reason == nil)
    }

    @Test func anIterationWithoutErrorResetsTheCount() {
        let ends = [Self.error("x"), Self.error("x"), .ok, Self.error("x"), Self.error("x")]
        #expect(run(ends, trees: "abcde", .sample(max: 40, sameError: 3)).reason == nil)
    }

    @Test func sameErrorIsReportedBeforeNoChangeAndBeforeTheLimit() {
        let errors = Array(repeating: Self.error("API Error: 400"), count: 3)
        let machine = run(errors, trees: "000", .sample(max: 3, noChange: 3, sameError: 3))
        #expect(machine.reason == .stalled(.sameError(signature: "API Error: 400", iterations: 3)))
    }

    @Test func noChangeIsReportedBeforeTheLimit() {
        let machine = run([.ok, .ok, .ok], trees: "000", .sample(max: 3))
        #expect(machine.reason == .stalled(.noChange(iterations: 3)))
    }

    @Test func sameErrorIsReportedBeforeACircle() {
        let errors = Array(repeating: Self.error("x"), count: 4)
        let machine = run(errors, trees: "abab", .sample(max: 40, noChange: 9, sameError: 4))
        #expect(machine.reason == .stalled(.sameError(signature: "x", iterations: 4)))
    }

    @Test func aCircleIsReportedBeforeNoChange() {
        let machine = run(Array(repeating: .ok, count: 4), trees: "abab", .sample(noChange: 2))
        #expect(machine.reason == .stalled(.oscillation(period: 2)))
    }

    @Test func theSameBlockerIsTheSameError() {
        var machine = LoopMachine.sample(.sample(max: 40, sameError: 3), after: .start)
        machine.run(trees: "abc", gate: .blocked(by: "no access to the database"))
        let text = "no access to the database"
        #expect(machine.reason == .stalled(.sameError(signature: text, iterations: 3, blockers: [text])))
    }

    @Test func theBlockersNamedLastAreInTheReason() {
        let gate = GateReading.stated(CompletionGate(ready: false, blockers: ["no database", "no key"]))
        var idle = LoopMachine.sample(after: .start)
        idle.run(trees: "00", gate: .blocked(by: "no disk"))
        idle.run(trees: "0", gate: gate)
        #expect(idle.reason == .stalled(.noChange(iterations: 3, blockers: ["no database", "no key"])))
        var repeating = LoopMachine.sample(.sample(sameError: 2), after: .start)
        repeating.run(trees: "ab", gate: gate)
        let error = StallCause.sameError(signature: "no database", iterations: 2, blockers: ["no database", "no key"])
        #expect(repeating.reason == .stalled(error))
        var disbelieved = LoopMachine.sample(after: .start)
        disbelieved.run(trees: "000", .incomplete, gate: gate)
        #expect(disbelieved.reason == .stalled(.noChange(iterations: 3)))
    }

    @Test func blockersInAGateThatIsNotBelievedAreNoError() {
        var machine = LoopMachine.sample(.sample(max: 40, sameError: 2), after: .start)
        machine.run(trees: "abc", .incomplete, gate: .blocked(by: "no access"))
        #expect(machine.reason == nil)
    }

    @Test func theSameOutputOfAFailingCheckIsTheSameError() {
        var machine = LoopMachine.sample(.sample(max: 40, sameError: 3, checks: ["a"]), after: .start)
        for (index, tree) in "abcd".enumerated() where machine.reason == nil {
            _ = machine.handle(.iterationEnded(.sample(index + 1, tree: .sample(tree), gate: .ready)))
            let output = "10:11:0\(index) FAILED test_sum\n"
            _ = machine.handle(.checksEnded(.sample(index + 1, .failed(exitCode: 1), output: output)))
        }
        #expect(machine.reason == .stalled(.sameError(signature: "a: <time> FAILED test_sum", iterations: 3)))
    }

    @Test func endsThatDoNotCountNeverFeedTheBreaker() {
        var machine = LoopMachine.sample(after: .start)
        for _ in 0..<6 {
            _ = machine.handle(.iterationEnded(.sample(1, .overloaded, tree: .sample("0"))))
            #expect(machine.handle(.waitElapsed).count == 1)
        }
        #expect(machine.iterationsUsed == 0)
        machine.run(trees: "00")
        #expect(machine.reason == nil)
        machine.run(trees: "0")
        #expect(machine.reason == .stalled(.noChange(iterations: 3)))
    }

    @Test func theThirdQuestionWithoutProgressCallsAPerson() {
        let questions = Array(repeating: IterationEnd.question(text: "A or B?"), count: 3)
        #expect(run(questions, trees: "000").reason == .blocked(.question(text: "A or B?")))
        #expect(run(Array(questions.dropLast()), trees: "00").reason == nil)
        #expect(run(questions, trees: "00a").reason == nil)
        let interrupted: [IterationEnd] = [questions[0], questions[0], .ok, questions[0], questions[0]]
        #expect(run(interrupted, trees: "00000").reason == nil)
    }

    @Test func theSecondRefusalWithoutProgressCallsAPerson() {
        let refusals = Array(repeating: IterationEnd.permissionDenied(what: "npm install"), count: 2)
        #expect(run(refusals, trees: "00").reason == .blocked(.permission(what: "npm install")))
        #expect(run(refusals, trees: "0a").reason == nil)
        #expect(run([refusals[0]], trees: "0").reason == nil)
    }

    @Test func questionsAndRefusalsInTurnCallAPersonToo() {
        let ends: [IterationEnd] = [.question(text: "?"), .permissionDenied(what: "npm")]
        #expect(run(ends, trees: "00").reason == .blocked(.permission(what: "npm")))
    }

    @Test func aQuestionNeitherMovesNorResetsTheNoChangeCount() {
        let ends: [IterationEnd] = [.ok, .ok, .question(text: "?"), .ok]
        let machine = run(ends, trees: "0000")
        #expect(machine.reason == .stalled(.noChange(iterations: 3)))
        #expect(machine.iterationsUsed == 4)
    }
}
