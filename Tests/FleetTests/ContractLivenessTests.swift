import Domain
import Fleet
import Testing

/// That a contract always goes on, or says what keeps it.
struct ContractLivenessTests {
    private let leader = ContractStage.leader

    @Test func aTaskThatCannotBeginIsNotWaitedFor() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.tasks[two]?.demands.dependencies = [Dependency(one, .merged)]
        stage.set(one, .running)
        stage.park()
        stage.advance()
        #expect(stage.contract.due.isEmpty)
        // It is done, and nobody but the supervisor merges it: the other one waits for that.
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [leader])
    }

    @Test func aTaskWhoseDependencyIsMergedByItselfIsWaitedFor() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one", merging: .whenDone), stage.add(3, "two"))
        stage.tasks[two]?.demands.dependencies = [Dependency(one, .merged)]
        stage.set(one, .done, .completed(.verified))
        stage.park()
        stage.advance()
        stage.answer()
        stage.advance()
        #expect(!stage.contract.due.contains { $0.task == leader }, "It may begin now.")
    }

    @Test func aTaskBehindOneThatStoppedIsNotWaitedFor() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.tasks[two]?.demands.dependencies = [Dependency(one, .merged)]
        stage.set(one, .stalled, .stalled(.noChange(iterations: 3)))
        stage.park()
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [leader])
    }

    @Test func afterTooManyReturnsAPersonsResumeTellsTheOwnerAgain() throws {
        var stage = ContractStage(isGraph: true)
        stage.contract.limits.maxReturns = 0
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        stage.answer(.checksFailed(targetFails: false))
        #expect(stage.contract.state == .blocked(.returnsUsed(one, 1)))
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [one])
    }

    @Test func workThatComesBackWhileTheContractIsStoppedIsNotForgotten() throws {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        stage.carryOutOrders()
        stage.answer(.checksFailed(targetFails: false))
        #expect(stage.contract.due.isEmpty)
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [one])
        guard case .wake(let text)? = stage.contract.due.first?.kind else { return #expect(Bool(false)) }
        #expect(text.contains("not on top of the branch"))
    }

    @Test func aWakeThatWasDroppedWithTheContractIsGivenAgain() throws {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        stage.answer(.checksFailed(targetFails: false))
        #expect(stage.contract.due.count == 1)
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [one])
    }

    @Test func workThatComesBackToATaskAtWorkGoesInAgain() {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        // A person has reopened it meanwhile.
        stage.set(one, .running)
        stage.answer(.checksFailed(targetFails: false))
        stage.carryOutOrders()
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [one])
    }

    @Test func whatWasFoundOfAnotherTipProvesNothing() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .done, .completed(.verified))
        stage.contract.members[one]?.merge = .merged(nil)
        stage.park(leader, .acceptance, nil)
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.isVerification == true)
        // A person lets it go on while the branch is being looked at.
        stage.set(leader, .running)
        stage.advance()
        #expect(stage.contract.verification == nil)
        stage.answer(.unchanged)
        #expect(stage.contract.state == .working)
        stage.park(leader, .acceptance, nil)
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.number == 2, "It is looked at anew.")
    }

    @Test func aSupervisorBelowThatClaimsInVainWakesWhoLeadsIt() {
        var stage = ContractStage()
        stage.contract.limits.maxClaims = 1
        let sub = stage.add(2, "sub")
        stage.contract.members[sub]?.role = .supervisor
        let leaf = stage.add(3, "leaf")
        stage.contract.members[leaf]?.parent = sub
        stage.set(leaf, .done, .completed(.verified))
        stage.set(sub, .running)
        stage.park(sub, .acceptance, nil)
        stage.park()
        stage.advance()
        #expect(stage.notes.contains(.claimRefused(sub, .tasksOpen([leaf]))))
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [leader])
    }

    @Test func nothingWorksInAContractThatIsOver() {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        stage.carryOutOrders()
        // It was begun while the contract ended.
        stage.contract.halted.remove(one)
        stage.set(one, .running)
        stage.advance()
        #expect(stage.contract.due.map(\.kind) == [.stop])
        stage.carryOutOrders()
        stage.set(one, .running)
        stage.advance()
        #expect(stage.contract.due.isEmpty, "Whom a person lets go on by itself is left alone.")
    }

    /// A person who stops it again before its tasks have gone on stops them for that time only.
    @Test func whatHasNotGoneOnYetGoesOnTheNextTime() throws {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .running)
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        stage.carryOutOrders()
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        #expect(stage.contract.due.isEmpty)
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        #expect(stage.contract.due.map(\.kind) == [.resume, .resume])
        #expect(Set(stage.contract.due.map(\.task)) == [leader, one])
    }

    /// What is due of an earlier stop tells nobody that its work came back.
    @Test func whoseWorkCameBackIsToldAlsoWhereAStopIsStillDue() throws {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        stage.contract.order(one, .stop)
        stage.advance(["main": .report(.conflicts([one]), batch: 1)])
        #expect(stage.contract.due.map(\.wakes) == [false, true])
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        #expect(stage.contract.due.map(\.wakes) == [false, true])
        stage.advance()
        #expect(stage.contract.due.map(\.wakes) == [false, true])
    }

    /// Whoever was to be told something is told it when the contract goes on, and its work is not merged before.
    @Test func whatASupervisorSaysOutlivesAStop() throws {
        var stage = ContractStage()
        let one = stage.add(2, "one", merging: .whenDone)
        stage.set(one, .done, .completed(.verified))
        stage.call(.message(task: "one", text: "And no ORM."))
        stage.advance()
        #expect(stage.contract.queues["main"]?.isIdle ?? true)
        stage.contract = ContractRules.stop(stage.contract, stage.view).0
        #expect(!stage.contract.due.contains { $0.wakes })
        stage.carryOutOrders()
        stage.contract = try #require(ContractRules.resume(stage.contract, stage.view)).0
        #expect(stage.contract.due.contains { $0.task == one && $0.wakes })
        stage.advance()
        #expect(stage.contract.queues["main"]?.isIdle ?? true)
        #expect(stage.contract.state == .working, "Its supervisor is let go on.")
        stage.carryOutOrders()
        #expect(stage.tasks[one]?.status == .pending)
    }

    @Test func aBlockedMenderHoldsUpNobodyAndIsTold() {
        var stage = ContractStage(isGraph: true)
        let (one, two) = (stage.add(2, "one", merging: .whenDone), stage.add(3, "two", merging: .whenDone))
        for task in [one, two] { stage.set(task, .done, .completed(.verified)) }
        stage.advance()
        let entries = stage.contract.queues["main"]?.batch?.entries ?? []
        stage.advance(["main": .report(.conflicts(entries.map(\.task)), batch: 1)])
        stage.carryOutOrders()
        let first = entries.first?.task ?? one
        stage.set(first, .blocked, .blocked(.question(text: "which?")))
        stage.advance()
        #expect(stage.contract.queues["main"]?.mending == nil)
        stage.answer()
        stage.carryOutOrders()
        stage.advance()
        #expect(stage.contract.state == .blocked(.tasksStopped([first])))
    }

    @Test func aContractIsNotDoneWhileSomebodyBelowWorks() {
        var stage = ContractStage()
        let sub = stage.add(2, "sub")
        stage.contract.members[sub]?.role = .supervisor
        let leaf = stage.add(3, "leaf")
        stage.contract.members[leaf]?.parent = sub
        stage.set(sub, .failed)
        stage.set(leaf, .running)
        stage.park(leader, .acceptance, nil)
        stage.advance()
        #expect(stage.notes.contains(.claimRefused(leader, .tasksOpen([leaf]))))
        #expect(stage.contract.verification == nil)
    }

    @Test func nothingIsMergedByItselfThatMergeWouldRefuse() {
        var stage = ContractStage(checks: [])
        var wish = SpawnWish(name: "one", plan: "do it")
        wish.mergesWhenDone = true
        #expect(stage.call(.spawn(wish)) == .unproven("one"))
        wish.checks = ["true"]
        stage.contract.limits.actions.remove(.merge)
        #expect(stage.call(.spawn(wish)) == .notAllowed(.merge))
        stage.contract.limits.actions.insert(.merge)
        #expect(stage.call(.spawn(wish)) == nil)
    }

    @Test func aTaskThatNoDaemonCanTakeIsTold() {
        var stage = ContractStage(isGraph: true)
        let one = stage.add(2, "one", merging: .whenDone)
        stage.advance()
        #expect(stage.contract.state == .working)
        var decline = Decline(Sample.daemon(), at: stage.now)
        (decline.cause, decline.reason) = (.trouble, "There is no commit.")
        stage.tasks[one]?.declines = [decline]
        stage.advance()
        #expect(stage.contract.state == .blocked(.notTaken(one, "There is no commit.")))
        stage.tasks[one]?.declines = []
        stage.set(one, .running)
        stage.advance()
        #expect(stage.contract.state == .working)
    }
}
