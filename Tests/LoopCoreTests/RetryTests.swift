import Domain
import LoopCore
import Testing

/// Ends that use up no iteration, and how a task goes on in a later run.
struct RetryTests {
    /// Fails iteration 1 again and again; returns the effects of each failure.
    private func fail(
        _ end: IterationEnd,
        times: Int,
        _ rules: LoopRules = .sample()
    ) -> (effects: [[LoopMachine.Effect]], machine: LoopMachine) {
        var machine = LoopMachine.sample(rules, after: .start)
        let effects = (0..<times)
            .map { _ in
                let effects = machine.handle(.iterationEnded(.sample(1, end)))
                if case .waiting = machine.state { _ = machine.handle(.waitElapsed) }
                return effects
            }
        return (effects, machine)
    }

    @Test(arguments: [
        (IterationEnd.overloaded, WaitCause.overloaded), (.network(message: "x"), .network),
        (.rateLimited(retryAfter: nil), .rateLimited),
    ])
    func aServiceIsTriedTenTimesWithGrowingWaits(end: IterationEnd, cause: WaitCause) {
        let (effects, machine) = fail(end, times: 10)
        let delays = [5, 10, 20, 40, 80, 160, 300, 300, 300]
        for (index, delay) in delays.enumerated() {
            #expect(effects[index] == [.wait(cause, .backoff(.seconds(delay)), attempt: index + 2)])
        }
        #expect(effects[9] == [.finish(.failed(.agentUnavailable(cause, attempts: 10)))])
        #expect(machine.iterationsUsed == 0)
    }

    @Test func anAbsurdWishToWaitIsCut() {
        let (effects, _) = fail(.rateLimited(retryAfter: .seconds(1_000_000)), times: 1)
        #expect(effects[0] == [.wait(.rateLimited, .backoff(.seconds(3600)), attempt: 2)])
        let (negative, _) = fail(.rateLimited(retryAfter: .seconds(-5)), times: 1)
        #expect(negative[0] == [.wait(.rateLimited, .backoff(.seconds(5)), attempt: 2)])
    }

    @Test func aUsageLimitWithoutATimeIsWaitedForLongerEachTimeAndThenLeftToAPerson() {
        let (effects, _) = fail(.usageLimit(resetsAt: nil), times: 5)
        for (index, minutes) in [5, 15, 30, 60].enumerated() {
            #expect(effects[index] == [.wait(.usageLimit, .backoff(.seconds(60 * minutes)), attempt: index + 2)])
        }
        #expect(effects[4] == [.finish(.waiting(.usageLimit, until: nil))])
    }

    @Test func aStatedResetIsWaitedForButNeverRushedAt() {
        let reset = Timestamp(millisecondsSince1970: 1)
        let (effects, _) = fail(.usageLimit(resetsAt: reset), times: 5)
        for (index, minutes) in [1, 5, 15, 30].enumerated() {
            let delay = WaitDelay.until(reset, atLeast: .seconds(60 * minutes))
            #expect(effects[index] == [.wait(.usageLimit, delay, attempt: index + 2)])
        }
        #expect(effects[4] == [.finish(.waiting(.usageLimit, until: reset))])
    }

    @Test func aRefusedLoginIsTriedOnceMore() {
        let (effects, machine) = fail(.authentication(message: "401"), times: 2)
        #expect(effects[0] == [.beginIteration(number: 1, attempt: 2, session: .fresh)])
        #expect(effects[1] == [.finish(.blocked(.authentication(agent: "claude", message: "401")))])
        #expect(machine.iterationsUsed == 0)
    }

    @Test(arguments: [IterationEnd.contextOverflow, .unusableSession])
    func anUnusableSessionIsReplacedTwice(end: IterationEnd) {
        let (effects, _) = fail(end, times: 3)
        #expect(effects[0] == [.beginIteration(number: 1, attempt: 2, session: .fresh)])
        #expect(effects[1] == [.beginIteration(number: 1, attempt: 3, session: .fresh)])
        #expect(effects[2] == [.finish(.failed(.sessionUnusable(attempts: 3)))])
    }

    @Test func eachKindOfTroubleHasItsOwnTries() {
        var machine = LoopMachine.sample(after: .start)
        for end in [IterationEnd.authentication(message: "x"), .contextOverflow, .contextOverflow] {
            _ = machine.handle(.iterationEnded(.sample(1, end)))
        }
        for cause in [IterationEnd.overloaded, .network(message: "x"), .rateLimited(retryAfter: nil)] {
            for _ in 0..<9 {
                _ = machine.handle(.iterationEnded(.sample(1, cause)))
                _ = machine.handle(.waitElapsed)
            }
        }
        #expect(machine.state == .iterating(number: 1))
    }

    @Test func aCountedIterationFillsUpTheTries() {
        var (_, machine) = fail(.overloaded, times: 9)
        _ = machine.handle(.iterationEnded(.sample(1)))
        let effects = machine.handle(.iterationEnded(.sample(2, .overloaded)))
        #expect(effects == [.wait(.overloaded, .backoff(.seconds(5)), attempt: 2)])
    }

    @Test func whereNobodyWantsToWaitTheRunEnds() {
        let reset = Timestamp(millisecondsSince1970: 9)
        let rules = LoopRules.sample().with { $0.waits = false }
        #expect(
            fail(.usageLimit(resetsAt: reset), times: 1, rules).effects[0]
                == [.finish(.waiting(.usageLimit, until: reset))]
        )
        #expect(fail(.overloaded, times: 1, rules).effects[0] == [.finish(.waiting(.overloaded, until: nil))])
    }

    @Test func theLimitAndTheBudgetAreLookedAtAgainAfterAWait() {
        let rules = LoopRules.sample().with { $0.budgets.maxDuration = .seconds(5) }
        var machine = LoopMachine.sample(rules, after: .start, .iterationEnded(.sample(1, .overloaded)))
        #expect(machine.handle(.waitElapsed) == [.beginIteration(number: 1, attempt: 2, session: .fresh)])
        let report = IterationReport.sample(1, .overloaded).with { $0.activeTime = .seconds(5) }
        #expect(
            machine.handle(.iterationEnded(report)) == [.finish(.budget(.time(spent: .seconds(5), limit: .seconds(5))))]
        )
    }
}

/// What a later run remembers of the earlier ones.
struct LoopMemoryTests {
    private func memory(idle: Int) -> LoopMemory {
        var machine = LoopMachine.sample(after: .start)
        machine.run(trees: "a" + String(repeating: "a", count: idle))
        _ = machine.handle(.iterationEnded(.sample(machine.iterationsUsed + 1, .overloaded)))
        return machine.memory
    }

    private func iterationsUntilItOpens(_ memory: LoopMemory, trees: String) -> Int? {
        var machine = LoopMachine(rules: .sample(max: 40), memory: memory)
        _ = machine.handle(.start)
        let before = machine.iterationsUsed
        machine.run(trees: trees)
        return machine.reason?.status == .stalled ? machine.iterationsUsed - before : nil
    }

    @Test func afterACrashTheBreakerGoesOnCounting() {
        #expect(iterationsUntilItOpens(memory(idle: 2).restored(for: .crash), trees: "aaaa") == 1)
    }

    @Test func afterAPersonsResumeItBeginsAnewButKnowsTheFiles() {
        let memory = memory(idle: 2).restored(for: .person)
        #expect(memory.iterationsUsed == 3)
        #expect(iterationsUntilItOpens(memory, trees: "aaaa") == 3)
        #expect(iterationsUntilItOpens(memory, trees: "0a0a") == 3)
    }

    @Test func aPersonsResumeFillsUpTheTriesAndACrashDoesNot() {
        let memory = memory(idle: 0)
        #expect(memory.restored(for: .crash).retries.overloaded == 1)
        #expect(memory.restored(for: .person).retries == RetryCounts())
    }

    @Test func aPersonsResumeForgetsQuestionsAndRepeatedErrors() {
        var machine = LoopMachine.sample(.sample(max: 40, sameError: 3), after: .start)
        machine.run(trees: "ab", .agentError(message: "x"))
        machine.run(trees: "bb", .question(text: "?"))
        var resumed = LoopMachine(rules: machine.rules, memory: machine.memory.restored(for: .person))
        _ = resumed.handle(.start)
        resumed.run(trees: "b", .question(text: "?"))
        resumed.run(trees: "cd", .agentError(message: "x"))
        #expect(resumed.reason == nil)
    }

    @Test func circlesAreNotLookedForAcrossAResume() {
        var machine = LoopMachine.sample(after: .start)
        machine.run(trees: "aba")
        var resumed = LoopMachine(rules: machine.rules, memory: machine.memory.restored(for: .person))
        _ = resumed.handle(.start)
        resumed.run(trees: "b")
        #expect(resumed.reason == nil)
    }

    @Test func checksWithoutVerdictAreForgottenToo() {
        var machine = LoopMachine.sample(.sample(max: 40, checks: ["a"]), after: .start)
        let unevaluated = { (machine: inout LoopMachine) in
            let number = machine.iterationsUsed + 1
            _ = machine.handle(.iterationEnded(.sample(number, gate: .ready)))
            _ = machine.handle(.checksEnded(.sample(number, .notEvaluated(.commandNotFound))))
        }
        unevaluated(&machine)
        unevaluated(&machine)
        var resumed = LoopMachine(rules: machine.rules, memory: machine.memory.restored(for: .person))
        _ = resumed.handle(.start)
        unevaluated(&resumed)
        #expect(resumed.reason == nil)
    }

    @Test func aLostIterationIsCountedOnceAndHeldAgainstNobody() {
        var memory = memory(idle: 2)
        let before = memory
        memory.noteLost(iteration: 4, usage: Usage(tokens: 7), activeTime: .seconds(9), tree: .sample("q"))
        #expect(memory.iterationsUsed == 4)
        #expect(memory.usage.tokens == 7)
        #expect(memory.activeTime == before.activeTime + .seconds(9))
        #expect(memory.attempts == 0)
        #expect(memory.retries == RetryCounts())
        let once = memory
        memory.noteLost(iteration: 4, usage: Usage(tokens: 7), activeTime: .seconds(9), tree: .sample("q"))
        memory.noteLost(iteration: 9, usage: Usage(tokens: 7), activeTime: .seconds(9), tree: .sample("q"))
        #expect(memory == once)
        #expect(iterationsUntilItOpens(before, trees: "q") == nil)
        #expect(iterationsUntilItOpens(memory, trees: "q") == 1)
    }

    @Test func anIterationThatNothingWillJudgeIsCountedOnceAndHeldAgainstNobody() {
        var memory = memory(idle: 2)
        let before = memory
        var report = IterationReport(number: 4, end: .ok, tree: .sample("q"))
        memory.noteUnjudged(report)
        #expect(memory.iterationsUsed == 4)
        #expect(memory.usage == before.usage)
        #expect(memory.attempts == 0)
        #expect(memory.retries == RetryCounts())
        let once = memory
        memory.noteUnjudged(report)
        report.number = 9
        memory.noteUnjudged(report)
        #expect(memory == once)
        #expect(iterationsUntilItOpens(memory, trees: "q") == 1)
    }

    @Test func rulesComeFromTheTask() {
        var spec = TaskSpec.sample
        spec.waits = false
        spec.agent.pricePerMillionTokens = USD(microdollars: 3)
        spec.context = .fresh
        spec.checks = [CheckDefinition(name: "t", command: "t")]
        spec.budgets.maxTokens = 8
        let rules = LoopRules(spec)
        #expect(rules.waits == false && rules.agent == "kim" && rules.context == .fresh && rules.checks == ["t"])
        #expect(rules.pricePerMillionTokens == USD(microdollars: 3) && rules.budgets.maxTokens == 8)
    }
}
