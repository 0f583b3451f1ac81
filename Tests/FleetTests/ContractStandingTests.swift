import Domain
import Fleet
import Testing

/// What needs a person, and what goes on all the same.
struct ContractStandingTests {
    private let leader = ContractStage.leader

    private func goesOn(_ stage: ContractStage) -> Bool { ContractRules.goesOn(stage.contract, stage.view) }

    /// A graph of two whose first work cannot be merged: the branch fails by itself.
    private func halted() -> (ContractStage, one: TaskID, two: TaskID) {
        var stage = ContractStage(isGraph: true)
        let (one, two) = (stage.add(2, "one", merging: .whenDone), stage.add(3, "two", merging: .whenDone))
        stage.set(one, .done, .completed(.verified))
        stage.set(two, .running)
        stage.advance()
        stage.answer(.checksFailed(targetFails: true))
        return (stage, one, two)
    }

    @Test func besideAQueueThatStandsStillTasksWorkOn() {
        var (stage, _, two) = halted()
        #expect(stage.contract.state == .blocked(.merging(target: "main", .targetFails(["test"]))))
        #expect(goesOn(stage))
        stage.set(two, .done, .completed(.verified))
        stage.advance()
        #expect(!goesOn(stage), "Its work waits for the queue.")
    }

    @Test func whatWaitsForAQueueThatStandsStillDoesNotGoOn() {
        var (stage, one, two) = halted()
        stage.set(two, .pending)
        #expect(goesOn(stage))
        stage.tasks[two]?.demands.dependencies = [Dependency(one, .merged)]
        #expect(!goesOn(stage))
        stage.tasks[two]?.demands.dependencies = [Dependency(one, .done)]
        #expect(goesOn(stage))
    }

    @Test func aQueueOfAnotherBranchGoesOn() {
        var (stage, _, two) = halted()
        stage.contract.members[two]?.target = "next"
        stage.set(two, .done, .completed(.verified))
        stage.advance()
        #expect(stage.contract.state.status == .blocked && goesOn(stage))
    }

    @Test func everythingThatNeedsAPersonIsNamed() {
        var (stage, _, two) = halted()
        stage.contract.limits.maxReturns = 0
        stage.contract.members[two]?.merge = .returned(attempt: 1)
        stage.contract.members[two]?.returns = 1
        stage.set(two, .done, .completed(.verified))
        stage.advance()
        #expect(
            ContractRules.obstacles(stage.contract, stage.view) == [
                .merging(target: "main", .targetFails(["test"])), .returnsUsed(two, 1),
            ]
        )
        #expect(!goesOn(stage))
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        #expect(ContractRules.obstacles(stage.contract, stage.view) == [], "A person has ended it.")
    }

    @Test func whoWaitsUntilATimeGoesOnByItself() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .done, .completed(.verified))
        #expect(stage.call(.merge(task: "one")) == nil)
        stage.advance()
        stage.answer(.checksFailed(targetFails: true))
        stage.park(leader, .dependency, WaitWish([one], until: stage.now + .seconds(60)))
        #expect(goesOn(stage))
        stage.park(leader, .dependency, WaitWish([one]))
        stage.advance()
        #expect(stage.contract.state.status == .blocked && !goesOn(stage), "It waits for what stands still.")
    }

    @Test(arguments: TaskStatus.allCases)
    func aStoppedContractGoesOnOnlyWhileItsTasksEnd(status: TaskStatus) {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one")
        stage.set(one, status)
        stage.contract.state = .stopped
        #expect(goesOn(stage) == (stage.tasks[one]?.assignment != nil))
    }

    @Test func whatWasForgottenStillCountsForTheBudget() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.contract.limits.maxCost = USD(microdollars: 1000)
        stage.tasks[one]?.usage = Usage(cost: USD(microdollars: 700))
        stage.set(one, .failed)
        if let task = stage.tasks[one] { stage.contract.keep(task) }
        #expect(ContractRules.left(of: stage.contract, tasks: Array(stage.tasks.values)).maxCost?.microdollars == 300)
        stage.tasks[one] = nil
        #expect(ContractRules.left(of: stage.contract, tasks: Array(stage.tasks.values)).maxCost?.microdollars == 300)
        #expect(stage.contract.members[one]?.kept?.status == .failed)
        stage.tasks[leader]?.usage = Usage(cost: USD(microdollars: 300))
        stage.advance()
        #expect(stage.contract.state.status == .budgetReached)
    }

    @Test func activeTimeIsABudgetAsMoneyIs() throws {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.contract.limits.maxDuration = .seconds(100)
        stage.tasks[one]?.activeTime = .seconds(60)
        stage.set(one, .failed)
        if let task = stage.tasks[one] { stage.contract.keep(task) }
        stage.tasks[one] = nil
        stage.tasks[leader]?.activeTime = .seconds(30)
        #expect(ContractRules.left(of: stage.contract, tasks: Array(stage.tasks.values)).maxDuration == .seconds(10))
        stage.advance()
        #expect(stage.contract.state == .working)
        stage.tasks[leader]?.activeTime = .seconds(40)
        #expect(stage.call(.spawn(SpawnWish(name: "two", plan: "do it"))) == .budgetUsed)
        stage.advance()
        #expect(stage.contract.state == .budgetReached(.time(spent: .seconds(100), limit: .seconds(100))))
        stage.carryOutOrders()
        #expect(ContractRules.resume(stage.contract, stage.view) == nil)
        stage.contract.limits.maxDuration = .seconds(200)
        #expect(try #require(ContractRules.resume(stage.contract, stage.view)).0.due.map(\.task) == [leader])
    }

    @Test func whatNoDaemonTakesDoesNotGoOn() {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        #expect(goesOn(stage))
        var decline = Decline(Sample.daemon(), at: stage.now)
        (decline.cause, decline.reason) = (.refusal, "It has no such agent.")
        stage.tasks[one]?.declines = [decline]
        #expect(!goesOn(stage))
    }

    @Test func whoLedAndWasDiscardedIsTold() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .running)
        stage.contract.members[leader]?.claims = 5
        stage.park(leader, .acceptance, nil)
        stage.tasks[leader] = nil
        stage.advance()
        #expect(goesOn(stage), "Its task works on.")
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(!goesOn(stage))
        let obstacles = ContractRules.obstacles(stage.contract, stage.view)
        #expect(obstacles.map(\.code) == ["supervisor_discarded"])
        #expect(stage.contract.state.status == .blocked)
        let explanation = stage.contract.state.explanation(of: stage.contract)
        #expect(explanation.hint?.contains("makima contract stop") == true, "Nobody else can be made to lead it.")
        stage.contract.members[leader]?.request = "{}"
        #expect(ContractRules.obstacles(stage.contract, stage.view).isEmpty, "It is being made.")
    }
}
