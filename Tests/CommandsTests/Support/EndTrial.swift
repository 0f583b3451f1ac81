import Domain
import LoopCore

/// What the loop makes of one kind of end, found out by letting a machine meet it again and again.
struct EndTrial {
    let end: IterationEnd
    /// Whether the first one used up an iteration.
    private(set) var counts = false
    private(set) var feedsBreaker = false
    /// What was done after each end, the last one aside.
    private(set) var steps: [Step] = []
    private(set) var reason: Reason?
    private(set) var believesGate = false

    enum Step: Hashable {
        case next(LoopMachine.SessionChoice)
        case again(LoopMachine.SessionChoice)
        case wait(WaitDelay)
    }

    init(_ end: IterationEnd) {
        self.end = end
        believesGate = Self.reasonOfReady(end) == .completed(.unverified)
        var machine = Self.begin(end)
        let before = machine
        for count in 0..<100 {
            let number = machine.iterationsUsed + 1
            let effects = machine.handle(.iterationEnded(Self.report(number, end, ready: false)))
            if count == 0 {
                counts = machine.iterationsUsed == 1
                feedsBreaker = machine.memory.breaker != before.memory.breaker
            }
            if take(effects, number: number) { return }
            if case .waiting = machine.state { _ = machine.handle(.waitElapsed) }
        }
    }

    /// Returns whether the loop is over.
    private mutating func take(_ effects: [LoopMachine.Effect], number: Int) -> Bool {
        for effect in effects {
            switch effect {
            case .beginIteration(let next, _, let session):
                steps.append(next == number ? .again(session) : .next(session))
            case .wait(_, let delay, _): steps.append(.wait(delay))
            case .finish(let reason):
                self.reason = reason
                return true
            case .runChecks, .changeStrategy, .changeAgent, .hearPeople, .interruptAgent, .interruptChecks: break
            }
        }
        return false
    }

    private static func begin(_ end: IterationEnd) -> LoopMachine {
        var memory = LoopMemory()
        memory.noteStart(tree: tree, headTree: tree)
        let limits = LoopLimits(maxIterations: 50, ceiling: 50)
        var rules = LoopRules(limits: limits, agent: "claude")
        if end == .timeout(.timeBudget) { rules.budgets.maxDuration = time }
        var machine = LoopMachine(rules: rules, memory: memory)
        _ = machine.handle(.start)
        return machine
    }

    private static func reasonOfReady(_ end: IterationEnd) -> Reason? {
        var machine = begin(end)
        for case .finish(let reason) in machine.handle(.iterationEnded(report(1, end, ready: true))) { return reason }
        return nil
    }

    /// Changes nothing, in a conversation that could go on.
    private static func report(_ number: Int, _ end: IterationEnd, ready: Bool) -> IterationReport {
        var report = IterationReport(
            number: number,
            end: end,
            tree: tree,
            gate: .stated(CompletionGate(ready: ready))
        )
        report.hasSession = true
        report.activeTime = time
        return report
    }

    private static let time = Duration.seconds(60)
    private static let tree = TreeID(rawValue: String(repeating: "0", count: 40))
}
