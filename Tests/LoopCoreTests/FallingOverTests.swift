import Domain
import LoopCore
import Testing

/// Several agents that do each other's work, seen from the machine.
struct FallingOverTests {
    private static let rules = LoopRules.sample()
        .with {
            $0.choices = ["claude", "codex"].map { LoopRules.OtherAgent(name: $0) }
        }
    private static let impatient = rules.with { $0.waits = false }
    private static let hold = AccountHold(.usageLimit, from: at(1), until: at(9), stated: at(8))
    private static let forAll: AccountHold = {
        var all = hold
        all.agent = "codex"
        return all
    }()

    private static func at(_ time: Int64) -> Timestamp { Timestamp(millisecondsSince1970: time) }

    private static func chosen(_ name: String) -> LoopMachine.Event { .agentChosen(name, obstacle: hold) }

    /// Every end of an agent, and whether the task waits after it, which is where another agent may take over.
    @Test(arguments: [
        (IterationEnd.usageLimit(resetsAt: nil), true), (.rateLimited(retryAfter: nil), true), (.overloaded, true),
        (.network(message: "!"), true), (.ok, false), (.incomplete, false), (.agentError(message: "!"), false),
        (.authentication(message: "!"), false), (.billing(message: "!"), false), (.contextOverflow, false),
        (.unusableSession, false), (.launchFailure(message: "!"), false), (.silentLaunchFailure(message: "!"), false),
        (.permissionDenied(what: "!"), false), (.question(text: "?"), false), (.timeout(.iteration), false),
        (.timeout(.firstOutput), false), (.timeout(.toolCall), false), (.timeout(.timeBudget), false), (.stall, false),
        (.killed(signal: 9), false),
    ])
    func onlyLimitsAndOutagesAskForAnother(end: IterationEnd, waits: Bool) {
        for rules in [Self.rules, Self.impatient] {
            var machine = LoopMachine.sample(rules, after: .start)
            let effects = machine.handle(.iterationEnded(.sample(1, end)))
            let isWait = effects.contains { if case .wait = $0 { true } else { false } }
            #expect(isWait == waits)
            #expect(machine.rules.agent == "claude")
            // Whatever else follows, no other agent takes over because of it.
            #expect(machine.handle(Self.chosen("kimi")).isEmpty)
        }
    }

    private static let checking = LoopMachine.sample(
        rules.with { $0.checks = ["a"] },
        after: .start,
        .iterationEnded(.sample(1, gate: .ready))
    )

    /// In every state, the choice of an agent that there is.
    @Test(arguments: [
        (LoopMachine.sample(rules), 0), (.sample(rules, after: .start), 2),
        (.sample(rules, after: .start, .iterationEnded(.sample(1, .overloaded))), 2), (checking, 0),
        (checking.after(.stopRequested), 0), (.sample(rules, after: .start, .stopRequested), 1),
        (.sample(rules, after: .stopRequested), 0),
    ])
    func itIsHeardWhereNothingRuns(machine: LoopMachine, effects: Int) {
        var after = machine
        #expect(after.handle(Self.chosen("codex")).count == effects)
        if effects == 0 { #expect(after == machine) }
    }

    /// In every state, the choice of one that there is not, or that works already.
    @Test(arguments: [
        LoopMachine.sample(rules), .sample(rules, after: .start),
        .sample(rules, after: .start, .iterationEnded(.sample(1, .overloaded))), checking,
    ])
    func whoIsNoChoiceChangesNothing(machine: LoopMachine) {
        for name in ["kimi", "claude"] {
            var after = machine
            #expect(after.handle(Self.chosen(name)).isEmpty)
            #expect(after == machine)
        }
    }

    @Test func anotherTakesOverInTheSameIteration() {
        var machine = LoopMachine.sample(
            Self.rules,
            after: .start,
            .iterationEnded(.sample(1, .usageLimit(resetsAt: nil)))
        )
        let effects = machine.handle(Self.chosen("codex"))
        #expect(
            effects == [
                .changeAgent(to: "codex", obstacle: Self.hold), .beginIteration(number: 1, attempt: 2, session: .fresh),
            ]
        )
        #expect(machine.rules.agent == "codex" && machine.iterationsUsed == 0)
    }

    @Test func whatWasNotStartedIsNoTry() {
        var machine = LoopMachine.sample(Self.rules, after: .start)
        let effects = machine.handle(Self.chosen("codex"))
        #expect(effects.last == .beginIteration(number: 1, attempt: 1, session: .fresh))
        #expect(machine.after(.stopRequested).after(Self.chosen("claude")).reason == .interrupted(.person))
    }

    @Test func itsConversationAndItsTriesComeBackWithIt() {
        let session = IterationReport.sample(1).with { $0.hasSession = true }
        var machine = LoopMachine.sample(Self.rules, after: .start, .iterationEnded(session))
        for _ in 0..<2 {
            _ = machine.handle(.iterationEnded(.sample(2, .usageLimit(resetsAt: nil)).with { $0.hasSession = true }))
            _ = machine.handle(.waitElapsed)
        }
        let tries = machine.memory.retries
        #expect(tries.usageLimit == 2)
        _ = machine.handle(Self.chosen("codex"))
        #expect(machine.memory.session == .fresh && machine.memory.renewal == .otherAgent)
        #expect(machine.memory.retries == RetryCounts())
        _ = machine.handle(.iterationEnded(.sample(2)))
        let effects = machine.handle(.agentChosen("claude", obstacle: nil))
        #expect(effects.last == .beginIteration(number: 3, attempt: 1, session: .continue))
        #expect(machine.memory.retries == tries && machine.memory.renewal == nil)
    }

    @Test func aLoopThatIsNotToWaitStopsWhereNobodyCanWork() {
        var machine = LoopMachine.sample(Self.impatient, after: .start)
        #expect(machine.handle(.heldBack(Self.hold)) != [.finish(.waiting(.usageLimit, until: Self.hold.stated))])
        #expect(machine.handle(.heldBack(Self.forAll)) == [.finish(.waiting(.usageLimit, until: Self.hold.stated))])
        machine = LoopMachine.sample(Self.rules, after: .start)
        #expect(machine.handle(.heldBack(Self.forAll)).first != .finish(.waiting(.usageLimit, until: Self.hold.stated)))
    }

    @Test(arguments: [
        (IterationEnd.usageLimit(resetsAt: nil), RetryPolicy.usageTries), (.overloaded, RetryPolicy.serviceTries),
    ])
    func triesAreUsedUpOnlyByAll(end: IterationEnd, tries: Int) {
        var machine = LoopMachine.sample(Self.rules, after: .start)
        for _ in 0..<tries {
            #expect(machine.reason == nil)
            _ = machine.handle(.iterationEnded(.sample(1, end)))
            _ = machine.handle(.waitElapsed)
        }
        #expect(machine.reason == nil)
        _ = machine.handle(Self.chosen("codex"))
        for number in 1...tries {
            #expect(machine.reason == nil, "\(number)")
            _ = machine.handle(.iterationEnded(.sample(1, end)))
            _ = machine.handle(.waitElapsed)
        }
        #expect(machine.reason != nil)
    }

    @Test func aUsedUpBudgetStopsItBeforeAnotherTakesOver() {
        let spent = IterationReport.sample(1, .overloaded).with { $0.usage.tokens = 5 }
        var machine = LoopMachine.sample(Self.rules.with { $0.budgets.maxTokens = 6 }, after: .start)
        _ = machine.handle(.iterationEnded(spent))
        machine = LoopMachine(rules: machine.rules.with { $0.budgets.maxTokens = 5 }, memory: machine.memory)
        #expect(machine.handle(.start) == [.finish(.budget(.tokens(spent: 5, limit: 5)))])
    }

    @Test func eachIsPaidByItsOwnPrice() {
        let priced = Self.rules.with {
            $0.choices?[1] = LoopRules.OtherAgent(name: "codex", pricePerMillionTokens: USD(microdollars: 2_000_000))
        }
        var machine = LoopMachine.sample(priced, after: .start, .iterationEnded(.sample(1, .overloaded)))
        _ = machine.handle(Self.chosen("codex"))
        _ = machine.handle(.iterationEnded(.sample(1).with { $0.usage.tokens = 1_000_000 }))
        #expect(machine.usage.cost == USD(microdollars: 2_000_000))
    }

    @Test func whoeverTakesOverForAStandstillIsTheFirstChoice() {
        var spec = TaskSpec.sample
        let kim = spec.agent
        let other = AgentConfiguration(name: "other", kind: .command, command: ["other"])
        let spare = AgentConfiguration(name: "spare", kind: .command, command: ["spare"])
        spec.otherAgent = other
        spec.choices = [kim, spare]
        spec.changeAgents()
        #expect(spec.agent == other && spec.choices == [other, kim, spare] && spec.firstChoice == "other")
        var machine = LoopMachine.sample(
            Self.rules.with {
                $0.limits.noChangeThreshold = 1
                $0.onStall = .otherAgent
                $0.otherAgent = LoopRules.OtherAgent(name: "kimi")
            },
            after: .start
        )
        _ = machine.handle(.iterationEnded(.sample(1, tree: .sample("0"))))
        #expect(machine.rules.choices?.map(\.name) == ["kimi", "claude", "codex"])
    }

    @Test func aPersonsResumeGivesAllTheirTriesAgain() {
        var machine = LoopMachine.sample(Self.rules, after: .start, .iterationEnded(.sample(1, .overloaded)))
        _ = machine.handle(Self.chosen("codex"))
        #expect(machine.memory.benched?["claude"]?.retries.overloaded == 1)
        #expect(machine.memory.restored(for: .person).benched?["claude"]?.retries == RetryCounts())
        #expect(machine.memory.restored(for: .crash).benched?["claude"]?.retries.overloaded == 1)
    }

    @Test(arguments: [
        IterationEnd.authentication(message: "!"), .billing(message: "!"), .launchFailure(message: "!"),
        .silentLaunchFailure(message: "!"),
    ])
    func whoTookOverAndCannotWorkStepsBack(end: IterationEnd) {
        var machine = LoopMachine.sample(
            Self.rules,
            after: .start,
            .iterationEnded(.sample(1, .usageLimit(resetsAt: nil))),
            Self.chosen("codex")
        )
        #expect(machine.rules.agent == "codex")
        let effects = machine.handle(.iterationEnded(.sample(1, end)))
        #expect(effects.first == .changeAgent(to: "claude", obstacle: nil))
        #expect(machine.memory.unusable == ["codex"])
        #expect(machine.iterationsUsed == 0)
        // A person who resumes has looked at it.
        #expect(machine.memory.restored(for: .crash).unusable == ["codex"])
        #expect(machine.memory.restored(for: .person).unusable == nil)
        // The first choice itself is blocked by the same, as ever.
        let own = machine.handle(.iterationEnded(.sample(1, .billing(message: "!"))))
        #expect(own.contains { if case .finish(.blocked(.billing)) = $0 { true } else { false } })
    }

    /// The first choice at its limit, after the other one has stepped back.
    private static func alone(_ rules: LoopRules) -> LoopMachine {
        LoopMachine.sample(
            rules,
            after: .start,
            .iterationEnded(.sample(1, .usageLimit(resetsAt: nil))),
            chosen("codex"),
            .iterationEnded(.sample(1, .billing(message: "!")))
        )
    }

    @Test func whoSteppedBackTakesOverNoMoreAndGivesNoFurtherTries() {
        var machine = Self.alone(Self.rules)
        #expect(machine.candidates == ["claude"])
        #expect(machine.handle(Self.chosen("codex")).isEmpty)
        for _ in 0..<RetryPolicy.usageTries where machine.reason == nil {
            _ = machine.handle(.iterationEnded(.sample(1, .usageLimit(resetsAt: nil))))
            _ = machine.handle(.waitElapsed)
        }
        #expect(machine.reason?.status == .waiting)
    }

    @Test func aLoopThatIsNotToWaitStopsWhereTheOtherSteppedBack() {
        var machine = Self.alone(Self.impatient)
        let effects = machine.handle(.iterationEnded(.sample(1, .usageLimit(resetsAt: nil))))
        #expect(effects == [.finish(.waiting(.usageLimit, until: nil))])
    }
}
