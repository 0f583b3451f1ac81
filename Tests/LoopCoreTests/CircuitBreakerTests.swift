import Domain
import LoopCore
import Testing

struct CircuitBreakerTests {
    private func stall(_ trees: String, _ rules: LoopRules = .sample(max: 40)) -> (cause: StallCause?, after: Int) {
        var machine = LoopMachine.sample(rules, after: .start)
        machine.run(trees: trees)
        guard case .stalled(let cause) = machine.reason else { return (nil, machine.iterationsUsed) }
        return (cause, machine.iterationsUsed)
    }

    @Test(arguments: [1, 2, 3, 5])
    func opensAtTheThresholdOfIterationsWithoutChange(threshold: Int) {
        let rules = LoopRules.sample(max: 40, noChange: threshold)
        let (cause, used) = stall("00000000", rules)
        #expect(cause == .noChange(iterations: threshold))
        #expect(used == threshold)
    }

    @Test func aChangeThatRestsIsNoProgress() {
        let (cause, used) = stall("aaaaaa")
        #expect(cause == .noChange(iterations: 3))
        #expect(used == 4)
    }

    @Test func aNewTreeResetsTheCount() {
        #expect(stall("00a00b00c00d").cause == nil)
        #expect(stall("00a000").cause == .noChange(iterations: 3))
    }

    @Test func filesThatWereThereBeforeTheRunAreNoProgress() {
        #expect(stall("a0a0", .sample(noChange: 2)).after == 3)
    }

    @Test func aSingleReturnIsHarmless() {
        #expect(stall("b0cdefg").cause == nil)
    }

    @Test func twoTreesInTurnOpenItInTheirSecondRound() {
        let (cause, used) = stall("abababab")
        #expect(cause == .oscillation(period: 2))
        #expect(used == 4)
    }

    @Test func longerCirclesAreFoundToo() {
        let rules = LoopRules.sample(max: 40, noChange: 9)
        #expect(stall("abcabcabc", rules).cause == .oscillation(period: 3))
        #expect(stall("abcabcabc", rules).after == 6)
        #expect(stall("xyabcdabcd", rules).cause == .oscillation(period: 4))
    }

    @Test func aRestIsNotTakenForACircle() {
        let rules = LoopRules.sample(max: 40, noChange: 9)
        #expect(stall("aaaaaaaa", rules).cause == nil)
        #expect(stall("aabbaabb", rules).cause == .oscillation(period: 4))
    }

    @Test func circlesWithNewCommitsAreProgress() {
        var machine = LoopMachine.sample(after: .start)
        for (index, letter) in "abab".enumerated() {
            let report = IterationReport.sample(index + 1, tree: .sample(letter))
                .with {
                    $0.agentHeadTree = .sample(number: index)
                }
            _ = machine.handle(.iterationEnded(report))
        }
        #expect(machine.reason == nil)
    }

    @Test func aCommitOfWorkThatWasThereIsProgressAndAnEmptyOneIsNot() {
        var machine = LoopMachine.sample(after: .start)
        // Written, left, committed piece by piece, then commits without content.
        for (index, head) in "00abcccc".enumerated() where machine.reason == nil {
            let report = IterationReport.sample(index + 1, tree: .sample("t"))
                .with {
                    $0.agentHeadTree = .sample(head)
                    $0.agentHead = CommitID(rawValue: String(repeating: "\(index)", count: 40))
                }
            _ = machine.handle(.iterationEnded(report))
        }
        #expect(machine.reason == .stalled(.noChange(iterations: 3)))
        #expect(machine.iterationsUsed == 8)
    }

    @Test func whatChecksLeaveBehindIsNotTheAgentsProgress() {
        var machine = LoopMachine.sample(.sample(noChange: 1, checks: ["a"]), after: .start)
        _ = machine.handle(.iterationEnded(.sample(1, tree: .sample("a"), gate: .ready)))
        var checks = ChecksReport.sample(1, .failed(exitCode: 1))
        checks.treeAfterChecks = .sample("b")
        _ = machine.handle(.checksEnded(checks))
        #expect(machine.reason == nil)
        _ = machine.handle(.iterationEnded(.sample(2, tree: .sample("b"))))
        #expect(machine.reason == .stalled(.noChange(iterations: 1)))
    }

    /// Runs iterations that are ready with the same files and whose checks fail as given, until it stops.
    private func failing(_ rounds: [[String]], _ rules: LoopRules) -> LoopMachine {
        var machine = LoopMachine.sample(rules, after: .start)
        for (index, names) in rounds.enumerated() where machine.reason == nil {
            _ = machine.handle(.iterationEnded(.sample(index + 1, tree: .sample("a"), gate: .ready)))
            let receipts = ["a", "b", "c"]
                .map { name in
                    CheckReceipt.sample(
                        name,
                        names.contains(name) ? .failed(exitCode: 1) : .passed,
                        output: "\(index) odd"
                    )
                }
            _ = machine.handle(.checksEnded(ChecksReport(number: index + 1, receipts: receipts)))
        }
        return machine
    }

    private static let twoIdle = LoopRules.sample(max: 40, noChange: 2, checks: ["a", "b", "c"])

    @Test func fewerFailingChecksAreProgressWithoutAChange() {
        let machine = failing([["a", "b", "c"], ["a", "b", "c"], ["a", "b"], ["a", "b"], ["a"]], Self.twoIdle)
        #expect(machine.reason == nil)
    }

    @Test func otherFailingChecksAreNone() {
        let machine = failing([["a", "b"], ["b", "c"], ["a", "c"]], Self.twoIdle)
        #expect(machine.reason == .stalled(.noChange(iterations: 2)))
    }

    @Test func checksThatFailNowAndThenAreNoProgressForEver() {
        let machine = failing([["a", "b"], ["a"], ["a", "b"], ["a"], ["a", "b"], ["a"]], Self.twoIdle)
        #expect(machine.reason == .stalled(.noChange(iterations: 2)))
        #expect(machine.iterationsUsed == 4)
    }

    /// Ready again and again, and the check `a` has no verdict.
    private func unevaluated(_ verdicts: [CheckVerdict], trees: String) -> LoopMachine {
        var machine = LoopMachine.sample(.sample(max: 40, noChange: 2, checks: ["a"]), after: .start)
        for (index, verdict) in verdicts.enumerated() where machine.reason == nil {
            let tree = TreeID.sample(Array(trees)[index])
            _ = machine.handle(.iterationEnded(.sample(index + 1, tree: tree, gate: .ready)))
            _ = machine.handle(.checksEnded(.sample(index + 1, verdict, output: "\(index) odd")))
        }
        return machine
    }

    @Test func checksThatCannotBeEvaluatedOpenItAtTheThirdTime() {
        let missing = CheckVerdict.notEvaluated(.commandNotFound)
        let check = CheckDefinition(name: "a", command: "run a")
        let twice = unevaluated([missing, missing], trees: "ab")
        #expect(twice.reason == nil)
        let thrice = unevaluated([missing, missing, missing], trees: "aaa")
        #expect(
            thrice.reason == .stalled(.checksNotEvaluable(check: check, cause: .commandNotFound, times: 3))
        )
    }

    @Test func aVerdictResetsThatCount() {
        let missing = CheckVerdict.notEvaluated(.timedOut(after: .seconds(1)))
        let machine = unevaluated([missing, missing, .failed(exitCode: 1), missing, missing], trees: "abcde")
        #expect(machine.reason == nil)
    }

    @Test func checksWithoutVerdictAreNotHeldAgainstTheAgent() {
        let missing = CheckVerdict.notEvaluated(.commandNotFound)
        var machine = LoopMachine.sample(.sample(max: 40, noChange: 2, checks: ["a"]), after: .start)
        machine.run(trees: "0")
        _ = machine.handle(.iterationEnded(.sample(2, tree: .sample("0"), gate: .ready)))
        _ = machine.handle(.checksEnded(.sample(2, missing)))
        #expect(machine.reason == nil)
        machine.run(trees: "0")
        #expect(machine.reason == .stalled(.noChange(iterations: 2)))
    }

    @Test func aFailingCheckBesideOneWithoutVerdictIsHeldAgainstTheAgent() {
        var machine = LoopMachine.sample(.sample(max: 40, noChange: 1, checks: ["a", "b"]), after: .start)
        _ = machine.handle(.iterationEnded(.sample(1, tree: .sample("0"), gate: .ready)))
        _ = machine.handle(.checksEnded(.sample(1, .failed(exitCode: 1), .notEvaluated(.commandNotFound))))
        #expect(machine.reason == .stalled(.noChange(iterations: 1)))
    }
}
