import Domain
import LoopCore

extension TreeID {
    /// A tree that differs for each letter.
    static func sample(_ letter: Character) -> TreeID {
        let digits = String(letter.asciiValue ?? 0, radix: 16)
        guard let id = TreeID(rawValue: String(repeating: "0", count: 40 - digits.count) + digits) else {
            preconditionFailure("'\(letter)' makes no tree")
        }
        return id
    }

    /// As many trees as are wanted, all different.
    static func sample(number: Int) -> TreeID {
        let digits = String(number, radix: 16)
        guard let id = TreeID(rawValue: "f" + String(repeating: "0", count: 39 - digits.count) + digits) else {
            preconditionFailure("\(number) makes no tree")
        }
        return id
    }
}

extension CommitID {
    static var sample: CommitID {
        guard let id = CommitID(rawValue: String(repeating: "c", count: 40)) else { preconditionFailure("no commit") }
        return id
    }
}

extension GateReading {
    static let ready = GateReading.stated(CompletionGate(ready: true))
    static let notReady = GateReading.stated(CompletionGate(ready: false))

    static func blocked(by blocker: String) -> GateReading {
        .stated(CompletionGate(ready: false, blockers: [blocker]))
    }
}

extension IterationReport {
    static func sample(
        _ number: Int,
        _ end: IterationEnd = .ok,
        tree: TreeID? = nil,
        gate: GateReading = .notReady
    ) -> IterationReport {
        IterationReport(number: number, end: end, tree: tree ?? .sample(number: number), gate: gate)
    }

    func with(_ change: (inout IterationReport) -> Void) -> IterationReport {
        var report = self
        change(&report)
        return report
    }
}

extension CheckReceipt {
    static func sample(_ name: String, _ verdict: CheckVerdict, output: String = "") -> CheckReceipt {
        CheckReceipt(
            check: CheckDefinition(name: name, command: "run \(name)"),
            verdict: verdict,
            iteration: 1,
            duration: .seconds(1),
            tree: .sample("a"),
            base: .sample,
            outputTail: output,
            logPath: "/logs/\(name)"
        )
    }
}

extension ChecksReport {
    /// One receipt for each verdict, named `a`, `b` and so on.
    static func sample(_ number: Int, _ verdicts: CheckVerdict..., output: String = "boom") -> ChecksReport {
        let names = ["a", "b", "c", "d"]
        return ChecksReport(
            number: number,
            receipts: zip(names, verdicts).map { CheckReceipt.sample($0, $1, output: output) }
        )
    }
}

extension LoopRules {
    static func sample(
        max: Int = 10,
        noChange: Int = 3,
        sameError: Int = 5,
        checks: Set<String> = []
    ) -> LoopRules {
        LoopRules(
            limits: LoopLimits(
                maxIterations: max,
                ceiling: 50,
                noChangeThreshold: noChange,
                sameErrorThreshold: sameError
            ),
            agent: "claude",
            checks: checks
        )
    }

    func with(_ change: (inout LoopRules) -> Void) -> LoopRules {
        var rules = self
        change(&rules)
        return rules
    }
}

extension LoopMachine {
    /// A machine whose task begins with the files `0`.
    static func sample(_ rules: LoopRules = .sample(), after events: Event...) -> LoopMachine {
        var memory = LoopMemory()
        memory.noteStart(tree: .sample("0"), headTree: .sample("0"))
        var machine = LoopMachine(rules: rules, memory: memory)
        for event in events { _ = machine.handle(event) }
        return machine
    }

    func after(_ event: Event) -> LoopMachine {
        var machine = self
        _ = machine.handle(event)
        return machine
    }

    /// Why it stopped, if it did.
    var reason: Reason? {
        guard case .stopped(let reason) = state else { return nil }
        return reason
    }

    /// Ends iterations one after the other, each with the files named by a letter, until it stops.
    mutating func run(trees: String, _ end: IterationEnd = .ok, gate: GateReading = .notReady) {
        for letter in trees where reason == nil {
            _ = handle(.iterationEnded(.sample(iterationsUsed + 1, end, tree: .sample(letter), gate: gate)))
        }
    }
}

extension TaskSpec {
    static var sample: TaskSpec {
        guard let id = TaskID(rawValue: "0123456789") else { preconditionFailure("no task id") }
        return TaskSpec(
            id: id,
            name: "parser",
            plan: "Write a parser.",
            repository: RepositorySpec(path: "/r", base: .sample),
            agent: AgentConfiguration(name: "kim", kind: .command, command: ["kim"])
        )
    }
}
