import Domain
import LoopCore
import Testing

/// How a loop completes, and what it may not be told to be complete by.
struct LoopOutcomeTests {
    private func judged(
        _ checks: ChecksReport,
        rules: LoopRules = .sample(checks: ["a", "b"]),
        change: (inout IterationReport) -> Void = { _ in }
    ) -> LoopMachine {
        let report = IterationReport.sample(1, gate: .ready).with(change)
        return .sample(rules, after: .start, .iterationEnded(report), .checksEnded(checks))
    }

    @Test func checksThatAllPassProveTheWork() {
        #expect(judged(.sample(1, .passed, .passed)).reason == .completed(.verified))
    }

    @Test func oneFailingCheckKeepsTheLoopGoing() {
        #expect(judged(.sample(1, .passed, .failed(exitCode: 1))).state == .iterating(number: 2))
    }

    @Test func aCheckWithoutVerdictProvesNothing() {
        let machine = judged(.sample(1, .passed, .notEvaluated(.commandNotFound)))
        #expect(machine.state == .iterating(number: 2))
    }

    @Test func aCheckThatWasNotRunIsADefectAndNoProof() {
        guard case .failed(.internalError(let message)) = judged(.sample(1, .passed)).reason else {
            Issue.record("expected an internal error")
            return
        }
        #expect(message.contains("'b'"))
        #expect(judged(ChecksReport(number: 1, receipts: [])).reason?.status == .failed)
    }

    @Test func withoutChecksOnlyTheAgentsWordStands() {
        let machine = LoopMachine.sample(after: .start, .iterationEnded(.sample(1, gate: .ready)))
        #expect(machine.reason == .completed(.unverified))
    }

    @Test func readyWithNothingChangedIsEmptyWithAndWithoutChecks() {
        let unchanged: (inout IterationReport) -> Void = { $0.differsFromBase = false }
        #expect(judged(.sample(1, .passed, .passed), change: unchanged).reason == .completed(.empty))
        let report = IterationReport.sample(1, gate: .ready).with(unchanged)
        #expect(LoopMachine.sample(after: .start, .iterationEnded(report)).reason == .completed(.empty))
    }

    @Test func nothingChangedAndAFailingCheckIsNotDone() {
        let machine = judged(.sample(1, .passed, .failed(exitCode: 1))) { $0.differsFromBase = false }
        #expect(machine.state == .iterating(number: 2))
    }

    @Test func readyWithChangedProtectedPathsNeedsAPersonBeforeAnyCheck() {
        let report = IterationReport.sample(1, gate: .ready).with { $0.changedProtectedPaths = ["Tests/A.swift"] }
        var machine = LoopMachine.sample(.sample(checks: ["a"]), after: .start)
        #expect(machine.handle(.iterationEnded(report)) == [.finish(.blocked(.protectedPaths(["Tests/A.swift"])))])
        #expect(machine.iterationsUsed == 1)
    }

    @Test func changedProtectedPathsAloneDoNotStopTheLoop() {
        let report = IterationReport.sample(1).with { $0.changedProtectedPaths = ["Tests/A.swift"] }
        #expect(LoopMachine.sample(after: .start, .iterationEnded(report)).state == .iterating(number: 2))
    }

    @Test func readyWithBlockersIsNotReady() {
        let gate = GateReading.stated(CompletionGate(ready: true, blockers: ["12 tasks open"]))
        let machine = LoopMachine.sample(after: .start, .iterationEnded(.sample(1, gate: gate)))
        #expect(machine.state == .iterating(number: 2))
    }

    @Test(arguments: [
        GateReading.missing, .malformed(.unterminated), .malformed(.readyMissing), .malformed(.readyContradictory),
        .malformed(.readyUnclear("maybe")), .malformed(.invalidJSON), .notReady,
    ])
    func whatIsNotReadyGoesOn(gate: GateReading) {
        let machine = LoopMachine.sample(after: .start, .iterationEnded(.sample(1, gate: gate)))
        #expect(machine.state == .iterating(number: 2))
    }

    @Test func filesThatCouldNotBeKeptCannotBeDone() {
        let report = IterationReport(number: 1, end: .ok, tree: nil, gate: .ready)
        #expect(LoopMachine.sample(after: .start, .iterationEnded(report)).state == .iterating(number: 2))
    }

    @Test func completionInTheIterationThatWouldTripABreakerIsCompletion() {
        var machine = LoopMachine.sample(after: .start)
        machine.run(trees: "a")
        machine.run(trees: "aa")
        machine.run(trees: "a", gate: .ready)
        #expect(machine.reason == .completed(.unverified))
    }

    @Test func aStopDuringTheIterationCountsWhatCounts() {
        let stopping = LoopMachine.sample(after: .start, .stopRequested)
        let counted = stopping.after(.iterationEnded(.sample(1, .incomplete)))
        #expect(counted.reason == .interrupted(.person))
        #expect(counted.iterationsUsed == 1)
        let uncounted = stopping.after(.iterationEnded(.sample(1, .overloaded).with { $0.usage.tokens = 5 }))
        #expect(uncounted.reason == .interrupted(.person))
        #expect(uncounted.iterationsUsed == 0)
        #expect(uncounted.usage.tokens == 5)
    }

    /// Also where a stop follows.
    @Test func whoPausedFirstPaused() {
        for machine in [
            LoopMachine.sample(
                after: .start,
                .pauseRequested,
                .stopRequested,
                .iterationEnded(.sample(1, gate: .ready))
            ),
            LoopMachine.sample(after: .pauseRequested),
        ] { #expect(machine.reason == .paused) }
    }

    @Test func aStopBeatsAReadyGate() {
        let machine = LoopMachine.sample(
            after: .start,
            .stopRequested,
            .iterationEnded(.sample(1, gate: .ready))
        )
        #expect(machine.reason == .interrupted(.person))
    }

    @Test func aStopDuringTheChecksCountsTheIterationAndTheirTime() {
        let machine = LoopMachine.sample(
            .sample(checks: ["a"]),
            after: .start,
            .iterationEnded(.sample(1, gate: .ready)),
            .stopRequested,
            .checksEnded(
                ChecksReport(
                    number: 1,
                    receipts: [.sample("a", .notEvaluated(.stopped))],
                    activeTime: .seconds(3)
                )
            )
        )
        #expect(machine.reason == .interrupted(.person))
        #expect(machine.iterationsUsed == 1)
        #expect(machine.activeTime == .seconds(3))
    }

    @Test func checksThatCannotBeRunDoNotUseTheIterationTwice() {
        let report = IterationReport.sample(1, gate: .ready)
        let machine = LoopMachine.sample(
            .sample(checks: ["a"]),
            after: .start,
            .iterationEnded(report),
            .blocked(.workspaceBroken(detail: "x"))
        )
        #expect(machine.reason == .blocked(.workspaceBroken(detail: "x")))
        #expect(machine.iterationsUsed == 1)
        // The next run begins with the checks.
        #expect(machine.memory.owedVerdict == report)
        let owed = LoopMachine(rules: machine.rules, memory: machine.memory, owedVerdictOn: report)
        #expect(owed.after(.checksEnded(.sample(1, .passed))).reason == .completed(.verified))
        #expect(owed.after(.checksEnded(.sample(1, .passed))).iterationsUsed == 1)
        let failed = LoopMachine.sample(
            .sample(checks: ["a"]),
            after: .start,
            .iterationEnded(report),
            .failed(.internalError(message: "x"))
        )
        #expect(failed.iterationsUsed == 1)
    }

    @Test func theConversationGoesOnWhereThereIsOneAndItIsWanted() {
        let withSession = IterationReport.sample(1).with { $0.hasSession = true }
        let next = { (rules: LoopRules, report: IterationReport) in
            LoopMachine.sample(rules, after: .start, .iterationEnded(report)).memory.session
        }
        #expect(next(.sample(), withSession) == .continue)
        #expect(next(.sample(), .sample(1)) == .fresh)
        #expect(next(.sample().with { $0.context = .fresh }, withSession) == .fresh)
    }

    @Test func aProcessThatMadeNoConversationLeavesTheEarlierOne() {
        let first = IterationReport.sample(1).with { $0.hasSession = true }
        let machine = LoopMachine.sample(after: .start, .iterationEnded(first))
        #expect(machine.after(.iterationEnded(.sample(2, .killed(signal: 9)))).memory.session == .continue)
        var waiting = machine.after(.iterationEnded(.sample(2, .network(message: "x"))))
        #expect(waiting.handle(.waitElapsed) == [.beginIteration(number: 2, attempt: 2, session: .continue)])
    }

    @Test func anInterruptedIterationGoesOnInItsOwnConversationAlsoWhereEachBeginsAfresh() {
        let rules = LoopRules.sample().with { $0.context = .fresh }
        let report = IterationReport.sample(1, .overloaded).with { $0.hasSession = true }
        var machine = LoopMachine.sample(rules, after: .start, .iterationEnded(report))
        #expect(machine.handle(.waitElapsed) == [.beginIteration(number: 1, attempt: 2, session: .continue)])
    }
}
