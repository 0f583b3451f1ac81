import Domain
import Fleet
import Testing

/// That nothing is said to go on that cannot, and that what needs a person is told once, and not in each gap between two tasks.
struct ContractGapTests {
    private let patience = Duration.seconds(30)

    private func goesOn(_ stage: ContractStage) -> Bool { ContractRules.goesOn(stage.contract, stage.view) }

    private func isTold(_ stage: ContractStage) -> Int {
        stage.notes.count { if case .ended = $0 { true } else { false } }
    }

    /// Three tasks, each after the one before.
    private func chain() -> (ContractStage, [TaskID]) {
        var stage = ContractStage(isGraph: true)
        let tasks = ["one", "two", "three"].enumerated()
            .map { stage.add($0.offset + 2, $0.element, merging: .whenDone) }
        for (task, after) in zip(tasks.dropFirst(), tasks) {
            stage.tasks[task]?.demands.dependencies = [Dependency(after, .merged)]
        }
        return (stage, tasks)
    }

    private func turnDown(_ task: TaskID, in stage: inout ContractStage) {
        var decline = Decline(Sample.daemon(), at: stage.now)
        (decline.cause, decline.reason) = (.refusal, "There is no such agent.")
        stage.tasks[task]?.declines = [decline]
    }

    // MARK: - What cannot go on

    @Test func whatIsBehindATaskThatNobodyTakesDoesNotGoOn() {
        var (stage, tasks) = chain()
        #expect(goesOn(stage))
        turnDown(tasks[0], in: &stage)
        stage.advance()
        #expect(stage.contract.state == .blocked(.notTaken(tasks[0], "There is no such agent.")))
        #expect(!goesOn(stage))
        // A daemon is asked, and has not answered: what it was told before counts no more.
        stage.set(tasks[0], .running)
        #expect(goesOn(stage))
    }

    @Test func whatIsBehindATaskThatIsAwayDoesNotGoOn() {
        var (stage, tasks) = chain()
        stage.away[tasks[0]] = .init(Sample.daemon(), isStored: false)
        stage.advance()
        #expect(stage.contract.state == .blocked(.taskAway(tasks[0], Sample.daemon())))
        #expect(!goesOn(stage))
        stage.away = [:]
        #expect(goesOn(stage))
    }

    @Test func whatIsBehindABatchThatNobodyMergesDoesNotGoOn() {
        var (stage, tasks) = chain()
        stage.set(tasks[0], .done, .completed(.verified))
        stage.advance()
        let waits = ["main": ContractRules.MergeAnswer.waits(.noDaemons, batch: 1)]
        stage.advance(waits)
        #expect(goesOn(stage))
        stage.now = stage.now + patience
        stage.advance(waits)
        #expect(stage.contract.state == .blocked(.mergeWaits(target: "main", .noDaemons)))
        #expect(!goesOn(stage))
        stage.advance(["main": .atWork(batch: 1)])
        #expect(goesOn(stage))
    }

    @Test func whatIsBehindASupervisorThatWaitsForSuchATaskDoesNotGoOn() {
        var stage = ContractStage(isGraph: true)
        let (sub, two) = (stage.add(2, "sub"), stage.add(3, "two"))
        let leaf = stage.add(4, "leaf")
        stage.contract.members[sub]?.role = .supervisor
        stage.contract.members[leaf]?.parent = sub
        stage.tasks[two]?.demands.dependencies = [Dependency(sub, .done)]
        stage.park(sub)
        #expect(goesOn(stage))
        turnDown(leaf, in: &stage)
        #expect(!goesOn(stage))
        stage.park(sub, .dependency, WaitWish([leaf], until: stage.now + .seconds(60)))
        #expect(goesOn(stage))
    }

    // MARK: - Gaps

    @Test func inTheGapBetweenTwoTasksNothingIsTold() {
        var stage = ContractStage(isGraph: true)
        let (one, two, three) = (stage.add(2, "one", merging: .whenDone), stage.add(3, "two"), stage.add(4, "three"))
        stage.tasks[three]?.demands.dependencies = [Dependency(one, .merged)]
        turnDown(two, in: &stage)
        stage.set(one, .running)
        stage.advance()
        stage.set(one, .done, .completed(.verified))
        stage.advance()
        #expect(stage.contract.state == .working, "'one' is being merged.")
        stage.answer()
        stage.carryOutOrders()
        stage.advance()
        #expect(stage.contract.state == .working, "'three' may begin.")
        stage.set(three, .running)
        stage.advance()
        #expect(isTold(stage) == 0)
        stage.set(three, .done, .completed(.empty))
        stage.contract.members[three]?.merging = .never
        stage.advance()
        #expect(stage.contract.state.status == .blocked && isTold(stage) == 1)
    }

    @Test func whatWaitsLongForADaemonHidesNothing() {
        var stage = ContractStage(isGraph: true)
        let (one, _) = (stage.add(2, "one"), stage.add(3, "two"))
        stage.away[one] = .init(Sample.daemon(), isStored: false)
        stage.advance()
        #expect(stage.contract.state == .working, "'two' may begin soon.")
        stage.now = stage.now + patience
        stage.tasks[one]?.updatedAt = stage.now
        stage.advance()
        #expect(stage.contract.state == .blocked(.taskAway(one, Sample.daemon())))
        #expect(goesOn(stage))
        stage.now = stage.now + patience
        stage.advance()
        #expect(isTold(stage) == 1)
    }
}
