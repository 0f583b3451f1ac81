import Domain
import LoopCore
import TestSupport
import Testing

/// What holds whatever happens, in whatever order.
struct LoopInvariantTests {
    @Test(arguments: 0..<400)
    func anySequenceOfEventsKeepsTheRules(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var player = Player(using: &random)
        player.send(.start)
        for _ in 0..<150 { player.send(.random(for: player.machine, using: &random)) }
        player.judge()
    }

    @Test(arguments: 0..<200)
    func aLoopThatIsServedAlwaysEnds(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var player = Player(using: &random)
        player.send(.start)
        var steps = 0
        while player.machine.reason == nil, steps < 2000 {
            player.send(.expected(by: player.machine, using: &random))
            steps += 1
        }
        #expect(player.machine.reason != nil)
        player.judge()
    }

    /// Plays a machine and keeps the books on its effects.
    private struct Player {
        private(set) var machine: LoopMachine
        private var finishes: [Reason] = []
        private var begun: [(number: Int, attempt: Int)] = []
        private var hasEffectAfterFinish = false
        private var waitsInARow = 0
        private var mostWaitsInARow = 0
        private var lastChecks: ChecksReport?
        private var strategyChanges = 0

        init(using random: inout SeededGenerator) {
            let rules = LoopRules.sample(
                max: .random(in: 1...8, using: &random),
                noChange: .random(in: 1...4, using: &random),
                sameError: .random(in: 1...4, using: &random),
                checks: Bool.random(using: &random) ? ["a", "b"] : []
            )
            machine = .sample(
                rules.with {
                    if Bool.random(using: &random) { $0.budgets.maxTokens = .random(in: 0...60, using: &random) }
                    $0.waits = Int.random(in: 0..<4, using: &random) > 0
                    $0.onStall = StallStrategy.allCases.randomElement(using: &random)
                    if Bool.random(using: &random) { $0.otherAgent = LoopRules.OtherAgent(name: "other") }
                }
            )
        }

        mutating func send(_ event: LoopMachine.Event) {
            let before = machine
            if case .checking = machine.state, case .checksEnded(let checks) = event { lastChecks = checks }
            let effects = machine.handle(event)
            if effects.isEmpty, machine.state == before.state { #expect(machine == before) }
            #expect(machine.iterationsUsed >= before.iterationsUsed)
            #expect(machine.iterationsUsed <= before.iterationsUsed + 1)
            if case .iterationEnded(let report) = event, !report.end.countsAsIteration {
                #expect(machine.iterationsUsed == before.iterationsUsed)
                #expect(machine.memory.breaker == before.memory.breaker)
            }
            guard case .heldBack = event else {
                for effect in effects { note(effect) }
                return
            }
            // What was begun and held back was no try.
            if before.startsAgent, !effects.isEmpty { begun.removeLast() }
            for effect in effects {
                guard case .finish = effect else { continue }
                note(effect)
            }
        }

        private mutating func note(_ effect: LoopMachine.Effect) {
            if !finishes.isEmpty { hasEffectAfterFinish = true }
            switch effect {
            case .beginIteration(let number, let attempt, _):
                begun.append((number, attempt))
                // So what is spent is never more than one process above the budget.
                if let most = machine.rules.budgets.maxTokens { #expect((machine.usage.tokens ?? 0) < most) }
            case .changeStrategy: strategyChanges += 1
            case .wait:
                waitsInARow += 1
                mostWaitsInARow = max(mostWaitsInARow, waitsInARow)
            case .finish(let reason): finishes.append(reason)
            case .changeAgent: break
            case .runChecks, .hearPeople, .interruptAgent, .interruptChecks: break
            }
            if machine.memory.attempts <= 1 { waitsInARow = 0 }
        }

        func judge() {
            let limit = machine.rules.limits.maxIterations
            #expect(machine.iterationsUsed <= limit)
            #expect(Set(begun.map(\.number)).count <= limit)
            #expect(finishes.count <= 1)
            #expect(!hasEffectAfterFinish)
            #expect(strategyChanges <= 1)
            if let reason = finishes.first {
                let explanation = reason.explanation(task: TaskCall("task"))
                #expect(!explanation.sentence.isEmpty)
                #expect(explanation.hint?.isEmpty == false || reason == .completed(.verified))
            }
            #expect(mostWaitsInARow <= 9 * 3 + 4)
            for (last, next) in zip(begun, begun.dropFirst()) {
                let isRetry = next.number == last.number && next.attempt == last.attempt + 1
                #expect(isRetry || next.number == last.number + 1 && next.attempt == 1)
            }
            guard case .completed(let proof)? = finishes.first, proof == .verified || !machine.rules.checks.isEmpty
            else { return }
            #expect(Set(lastChecks?.receipts.map(\.check.name) ?? []) == machine.rules.checks)
            #expect(lastChecks?.receipts.allSatisfy(\.verdict.isPassed) == true)
        }
    }
}

extension LoopMachine {
    fileprivate var startsAgent: Bool {
        switch state {
        case .iterating, .stopping(_, .iteration): true
        case .ready, .checking, .waiting, .stopping, .stopped: false
        }
    }
}

extension Timestamp {
    fileprivate static var epoch: Timestamp { Timestamp(millisecondsSince1970: 0) }
}

extension LoopMachine.Event {
    fileprivate static func random(for machine: LoopMachine, using random: inout SeededGenerator) -> Self {
        switch Int.random(in: 0..<40, using: &random) {
        case 0: Bool.random(using: &random) ? .stopRequested : .pauseRequested
        case 1: .blocked(.question(text: "?"))
        case 2: .failed(.internalError(message: "!"))
        case 3...5: .start
        case 6: .heldBack(AccountHold(.usageLimit, from: .epoch, until: .epoch))
        case 7...10: .waitElapsed
        case 11...14: .iterationEnded(.random(.random(in: 0...9, using: &random), using: &random))
        case 15...18: .checksEnded(.random(.random(in: 0...9, using: &random), using: &random))
        default: expected(by: machine, using: &random)
        }
    }

    /// What a shell would send next.
    fileprivate static func expected(by machine: LoopMachine, using random: inout SeededGenerator) -> Self {
        switch machine.state {
        case .ready, .stopped: .start
        case .iterating(let number), .stopping(_, .iteration(let number)):
            .iterationEnded(.random(number, using: &random))
        case .checking(let report), .stopping(_, .checks(let report)):
            .checksEnded(.random(report.number, using: &random))
        case .waiting: .waitElapsed
        }
    }
}

extension IterationReport {
    fileprivate static func random(_ number: Int, using random: inout SeededGenerator) -> IterationReport {
        let ends: [IterationEnd] = [
            .ok, .ok, .ok, .ok, .incomplete, .agentError(message: "x"), .usageLimit(resetsAt: nil), .overloaded,
            .rateLimited(retryAfter: .seconds(3)), .network(message: "x"), .authentication(message: "x"),
            .contextOverflow, .unusableSession, .permissionDenied(what: "x"), .question(text: "?"),
            .permissionAsked(question: 1, what: "x"),
            .timeout(.iteration), .stall, .killed(signal: 9),
        ]
        let gates: [GateReading] = [.missing, .ready, .notReady, .malformed(.unterminated), .blocked(by: "x")]
        var report = IterationReport.sample(
            number,
            ends.randomElement(using: &random) ?? .ok,
            tree: .sample(number: .random(in: 0..<6, using: &random)),
            gate: gates.randomElement(using: &random) ?? .missing
        )
        report.usage.tokens = .random(in: 0...9, using: &random)
        report.hasSession = .random(using: &random)
        report.differsFromBase = .random(using: &random)
        return report
    }
}

extension ChecksReport {
    fileprivate static func random(_ number: Int, using random: inout SeededGenerator) -> ChecksReport {
        let verdicts: [CheckVerdict] = [.passed, .passed, .failed(exitCode: 1), .notEvaluated(.commandNotFound)]
        let receipts = ["a", "b"]
            .compactMap { name in
                Int.random(in: 0..<50, using: &random) == 0
                    ? nil : CheckReceipt.sample(name, verdicts.randomElement(using: &random) ?? .passed)
            }
        return ChecksReport(number: number, receipts: receipts)
    }
}
