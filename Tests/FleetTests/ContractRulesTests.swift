import Domain
import Fleet
import Testing

struct ContractRulesTests {
    private let leader = ContractStage.leader

    // MARK: - Waiting

    @Test func aSupervisorIsWokenWhenAllHaveSettled() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.set(one, .running)
        stage.set(two, .running)
        stage.park()
        stage.advance()
        #expect(stage.contract.due.isEmpty)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(stage.contract.due.isEmpty)
        stage.set(two, .blocked, .blocked(.question(text: "which?")))
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [leader])
        #expect(stage.notes == [.woken(leader)])
        stage.advance()
        #expect(stage.contract.due.count == 1, "It is woken once.")
        stage.carryOutOrders()
        #expect(stage.tasks[leader]?.status == .pending)
        stage.advance()
        #expect(stage.contract.due.isEmpty)
    }

    @Test func theFirstOfSomeIsEnough() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.set(one, .running)
        stage.set(two, .running)
        stage.park(leader, .dependency, WaitWish([two], any: true))
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(stage.contract.due.isEmpty, "The other one is waited for.")
        stage.set(two, .failed)
        stage.advance()
        #expect(stage.contract.due.count == 1)
    }

    @Test func noWaitLastsLongerThanItsTime() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .running)
        stage.park(leader, .dependency, WaitWish(until: stage.now + .seconds(60)))
        stage.now = stage.now + .seconds(59)
        stage.advance()
        #expect(stage.contract.due.isEmpty)
        stage.now = stage.now + .seconds(1)
        stage.advance()
        #expect(stage.contract.due.count == 1)
    }

    @Test func workThatIsStillMergedHasNotSettled() {
        var stage = ContractStage()
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .done, .completed(.verified))
        stage.park()
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [one])
        #expect(stage.contract.due.isEmpty)
        stage.answer()
        stage.carryOutOrders()
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [leader])
    }

    @Test func aSupervisorThatIsBegunAnewIsTold() {
        var stage = ContractStage()
        stage.tasks[leader]?.losses = 1
        stage.advance()
        stage.advance()
        #expect(stage.notes == [.respawned(leader, attempt: 2)])
        stage.tasks[leader]?.losses = 0
        stage.advance()
        stage.tasks[leader]?.losses = 1
        stage.advance()
        #expect(stage.notes.count == 2)
    }

    // MARK: - Merging

    @Test func workThatComesBackGoesOnAndIsMergedAgain() {
        var stage = ContractStage()
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        stage.answer(.checksFailed(targetFails: false))
        let due = stage.carryOutOrders()
        #expect(due.count == 1)
        guard case .wake(let text)? = due.first?.kind else { return #expect(Bool(false)) }
        #expect(text.contains("not on top of the branch 'main'") && text.contains("````"))
        #expect(stage.contract.queues["main"]?.isIdle == true)
        // Not before it is done anew.
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch == nil)
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [one])
    }

    @Test func workThatWasToBeMergedIsMergedAgainWithoutBeingAskedFor() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        #expect(stage.call(.merge(task: "one")) == nil)
        stage.advance()
        stage.answer(.checksFailed(targetFails: false))
        stage.carryOutOrders()
        stage.park()
        stage.set(one, .running)
        stage.advance()
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [one])
        #expect(stage.contract.due.isEmpty, "Its supervisor is not woken before it is merged.")
        stage.answer()
        stage.carryOutOrders()
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [leader])
    }

    @Test func whoDoesNotMendAConflictHoldsUpNobody() {
        var stage = ContractStage(isGraph: true)
        let (one, two) = (stage.add(2, "one", merging: .whenDone), stage.add(3, "two", merging: .whenDone))
        for task in [one, two] { stage.set(task, .done, .completed(.verified)) }
        stage.advance()
        let entries = stage.contract.queues["main"]?.batch?.entries ?? []
        stage.advance(["main": .report(.conflicts(entries.map(\.task)), batch: 1)])
        let first = stage.contract.queues["main"]?.mending
        #expect(first != nil && stage.contract.queues["main"]?.held.count == 1)
        stage.carryOutOrders()
        if let first { stage.set(first, .failed) }
        stage.advance()
        #expect(stage.contract.queues["main"]?.mending == nil)
        #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [one, two].filter { $0 != first })
    }

    @Test func workComesBackOnlySoOften() {
        var stage = ContractStage(isGraph: true)
        stage.contract.limits.maxReturns = 1
        let one = stage.add(2, "one", merging: .whenDone)
        for _ in 0..<2 {
            stage.set(one, .running)
            stage.set(one, .done, .completed(.verified))
            stage.advance()
            stage.answer(.checksFailed(targetFails: false))
            stage.carryOutOrders()
        }
        stage.advance()
        #expect(stage.contract.state == .blocked(.returnsUsed(one, 2)))
        #expect(stage.contract.queues["main"]?.isIdle == true)
    }

    @Test func aBranchThatFailsAloneBlocksUntilAPersonLetsItGoOn() throws {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        stage.answer(.checksFailed(targetFails: true))
        #expect(stage.contract.state == .blocked(.merging(target: "main", .targetFails(["test"]))))
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        stage.advance()
        #expect(stage.contract.state == .working)
        #expect(stage.contract.queues["main"]?.batch?.entries.count == 1)
    }

    @Test func aBatchWithoutADaemonIsTriedAgain() {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        stage.advance(["main": .lost(batch: 1)])
        #expect(stage.contract.queues["main"]?.batch?.attempt == 2)
        stage.advance(["main": .lost(batch: 9)])
        #expect(stage.contract.queues["main"]?.batch?.attempt == 2)
    }

    // MARK: - The goal

    @Test func aGraphIsDoneWhenAllIsMergedAndChecked() {
        var stage = ContractStage(isGraph: true)
        let (one, two) = (stage.add(2, "one", merging: .whenDone), stage.add(3, "two", merging: .whenDone))
        for task in [one, two] { stage.set(task, .done, .completed(.verified)) }
        stage.advance()
        stage.answer()
        stage.carryOutOrders()
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.isVerification == true)
        stage.answer(.unchanged)
        #expect(stage.contract.state == .done(.verified))
        #expect(stage.notes.last == .ended(.done(.verified)))
    }

    @Test func aGraphWhoseLastChecksFailNeedsAPerson() throws {
        var stage = ContractStage(isGraph: true)
        stage.contract.phases = [ContractPhase("beta", checks: [CheckDefinition(name: "soak", command: "soak")])]
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        stage.answer()
        stage.carryOutOrders()
        stage.advance()
        stage.answer(.checksFailed(targetFails: true))
        #expect(stage.contract.state == .blocked(.phaseFails(phase: "beta", checks: ["test"])))
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.isVerification == true, "It is looked at once more.")
    }

    @Test func whatNobodyCanGoOnWithIsNamed() {
        var stage = ContractStage(isGraph: true)
        let (one, two) = (stage.add(2, "one", merging: .whenDone), stage.add(3, "two", merging: .whenDone))
        stage.tasks[two]?.demands.dependencies = [Dependency(one, .merged)]
        stage.set(one, .stalled, .stalled(.noChange(iterations: 3)))
        stage.advance()
        #expect(stage.contract.state == .blocked(.tasksStopped([one])))
        stage.set(one, .running)
        stage.advance()
        #expect(stage.contract.state == .working)
    }

    @Test func theWordOfASupervisorIsNotTaken() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .done, .completed(.verified))
        stage.park(leader, .acceptance, nil)
        stage.advance()
        #expect(stage.notes == [.claimRefused(leader, .tasksOpen([one]))], "There is work that is not merged.")
        #expect(stage.contract.state == .working)
        stage.carryOutOrders()
        stage.set(leader, .running)
        #expect(stage.call(.merge(task: "one")) == nil)
        stage.park(leader, .acceptance, nil)
        stage.advance()
        stage.answer()
        stage.carryOutOrders()
        stage.now = stage.now + .seconds(60)
        stage.park(leader, .acceptance, nil)
        stage.advance()
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.isVerification == true)
        stage.answer(.checksFailed(targetFails: true))
        let due = stage.carryOutOrders()
        #expect(due.map(\.task) == [leader])
        #expect(stage.contract.state == .working, "The branch fails: the supervisor has to do something.")
    }

    @Test func aSupervisorThatClaimsInVainNeedsAPerson() {
        var stage = ContractStage()
        stage.contract.limits.maxClaims = 3
        let one = stage.add(2, "one")
        stage.set(one, .done, .completed(.verified))
        for _ in 0..<3 {
            stage.now = stage.now + .seconds(3600)
            stage.set(leader, .running)
            stage.park(leader, .acceptance, nil)
            stage.advance()
            stage.carryOutOrders()
        }
        stage.park(leader, .acceptance, nil)
        stage.advance()
        #expect(stage.contract.state == .blocked(.claimsUsed(3)))
        #expect(stage.contract.due.isEmpty)
    }

    @Test func phasesComeOneAfterTheOther() {
        var stage = ContractStage()
        stage.contract.phases = [ContractPhase("alpha"), ContractPhase("beta")]
        stage.park(leader, .acceptance, nil)
        stage.advance()
        stage.answer(.unchanged)
        #expect(stage.contract.phase == 1)
        #expect(stage.contract.state == .working)
        guard case .wake(let text)? = stage.carryOutOrders().first?.kind else { return #expect(Bool(false)) }
        #expect(text.contains("beta"))
        stage.set(leader, .running)
        stage.park(leader, .acceptance, nil)
        stage.advance()
        stage.answer(.unchanged)
        #expect(stage.contract.state == .done(.verified))
        #expect(stage.carryOutOrders().map(\.kind) == [.complete(.verified)])
    }

    // MARK: - Ends

    @Test func aContractThatHasSpentAllStopsAllOfIt() throws {
        var stage = ContractStage()
        stage.contract.limits.maxCost = USD(microdollars: 1000)
        let one = stage.add(2, "one")
        stage.set(one, .running)
        stage.tasks[leader]?.usage = Usage(cost: USD(microdollars: 600))
        stage.advance()
        #expect(stage.contract.state == .working)
        stage.tasks[one]?.usage = Usage(cost: USD(microdollars: 400))
        stage.advance()
        let exhaustion = BudgetExhaustion.cost(spent: USD(microdollars: 1000), limit: USD(microdollars: 1000))
        #expect(stage.contract.state == .budgetReached(exhaustion))
        #expect(Set(stage.carryOutOrders().map(\.task)) == [leader, one])
        #expect(ContractRules.resume(stage.contract, stage.view) == nil, "Nothing is left to go on with.")
        stage.contract.limits.maxCost = USD(microdollars: 2000)
        let resumed = try #require(ContractRules.resume(stage.contract, stage.view)).0
        #expect(Set(resumed.due.map(\.task)) == [leader, one])
        #expect(resumed.due.allSatisfy { $0.kind == .resume })
    }

    @Test func whatTheBudgetOfItsContractHasEndedGoesOnWithIt() throws {
        var stage = ContractStage(isGraph: true)
        stage.contract.limits.maxCost = USD(microdollars: 1000)
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.set(one, .budgetReached)
        stage.set(two, .stalled)
        stage.tasks[one]?.usage = Usage(cost: USD(microdollars: 1000))
        stage.advance()
        #expect(stage.contract.state.status == .budgetReached)
        #expect(stage.carryOutOrders().isEmpty, "nothing runs that were to be stopped")
        stage.contract.limits.maxCost = USD(microdollars: 2000)
        let resumed = try #require(ContractRules.resume(stage.contract, stage.view)).0
        #expect(resumed.due.map(\.task) == [one] && resumed.due.map(\.kind) == [.resume])
    }

    @Test func whatWasStoppedGoesOnAndNothingElse() throws {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.set(one, .running)
        stage.set(two, .interrupted, .interrupted(.person))
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        #expect(stage.contract.state == .stopped)
        stage.carryOutOrders()
        #expect(stage.call(.list) == .contractOver(.stopped))
        let resumed = try #require(ContractRules.resume(stage.contract, stage.view)).0
        #expect(Set(resumed.due.map(\.task)) == [leader, one])
    }

    @Test(arguments: OrphanPolicy.allCases)
    func orphansFollowThePolicy(policy: OrphanPolicy) {
        var stage = ContractStage()
        stage.contract.orphans = policy
        let one = stage.add(2, "one")
        stage.set(one, .running)
        stage.set(leader, .interrupted, .interrupted(.ownerDied))
        stage.advance()
        #expect(stage.contract.due.map(\.task) == (policy == .stop ? [one] : []))
        #expect(stage.contract.state == .blocked(.supervisorStopped(leader, .interrupted)))
    }

    @Test(arguments: TaskStatus.allCases)
    func everyStateOfASupervisorHasAMeaning(status: TaskStatus) {
        var stage = ContractStage()
        stage.set(leader, status, status == .waiting ? .waiting(.usageLimit, until: nil) : nil)
        stage.advance()
        switch status {
        case .pending, .initializing, .starting, .running, .waiting, .done: #expect(stage.contract.state == .working)
        case .blocked, .paused, .stalled, .iterationLimitReached, .budgetReached, .interrupted, .failed:
            #expect(stage.contract.state == .blocked(.supervisorStopped(leader, status)))
        }
        #expect(!stage.contract.state.explanation(of: stage.contract).sentence.isEmpty)
    }
}
