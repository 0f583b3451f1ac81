import Domain
import Fleet
import Testing

/// Work that comes back to a task that cannot mend it is its supervisor's to decide about.
struct ContractHandingUpTests {
    private let leader = ContractStage.leader

    /// A supervisor that waits, and a task that is done, has used all of its two iterations, and is being merged.
    private func stage(most: Int? = 2) -> (ContractStage, TaskID) {
        var stage = ContractStage()
        let one = stage.add(2, "one")
        stage.set(one, .running)
        stage.set(one, .done, .completed(.verified))
        stage.tasks[one]?.iterations = 2
        stage.limits[one] = OwnLimits(maxIterations: most)
        #expect(stage.call(.merge(task: "one")) == nil)
        stage.park()
        stage.advance()
        return (stage, one)
    }

    private func conflict(in stage: inout ContractStage) {
        guard let batch = stage.contract.queues["main"]?.batch else { return }
        stage.advance(["main": .report(.conflicts(batch.entries.map(\.task)), batch: batch.number)])
    }

    private func text(of order: ContractOrder?) -> String {
        guard case .wake(let text)? = order?.kind else { return "" }
        return text
    }

    @Test func whoLeadsIsWokenAndToldWhatCameBackAndWhatHelps() {
        var (stage, one) = stage()
        conflict(in: &stage)
        #expect(stage.contract.due.map(\.task) == [leader], "The task would be turned down.")
        let text = text(of: stage.contract.due.first)
        #expect(
            text.hasPrefix(
                "The work of 'one' came back from the merge into 'main' (return 1 of 3 that are allowed): it is in conflict with "
                    + "the branch in a. It cannot mend that itself: it has used up its 2 iterations."
            )
        )
        for way in [
            "read_task", "\"continues\": \"one\"", "stop_task", "Only a person can raise that limit", "git merge",
        ] {
            #expect(text.contains(way), "\(way)")
        }
        #expect(stage.contract.members[leader]?.wait == nil)
        let hold = ReturnHold.usedUp(.iterations(2))
        #expect(stage.notes.suffix(2) == [.handedUp(one, to: leader, hold), .woken(leader)])
        stage.carryOutOrders()
        stage.set(leader, .running)
        stage.advance()
        #expect(stage.contract.due.isEmpty, "It is told once.")
        #expect(stage.contract.state == .working)
        stage.park()
        #expect(stage.call(.wait(tasks: [], any: false, seconds: nil)) == .nothingToWaitFor)
    }

    @Test func redChecksAreHandedUpAsWell() {
        var (stage, _) = stage()
        stage.answer(.checksFailed(targetFails: false))
        #expect(stage.contract.due.map(\.task) == [leader])
        #expect(text(of: stage.contract.due.first).contains("on top of 'main' these checks do not pass: test"))
    }

    @Test func whoCanMendItselfIsTold() {
        for most in [3, nil] {
            var (stage, one) = stage(most: most)
            conflict(in: &stage)
            #expect(stage.contract.due.map(\.task) == [one])
        }
    }

    @Test func theLimitsOfThoseThatComeBackAreAskedFor() {
        var (stage, one) = stage()
        #expect(ContractRules.askedForLimits(of: stage.contract, stage.view).isEmpty)
        var view = stage.view
        view.merges = ["main": .report(.conflicts([one]), batch: 1)]
        #expect(ContractRules.askedForLimits(of: stage.contract, view) == [one])
        conflict(in: &stage)
        #expect(ContractRules.askedForLimits(of: stage.contract, stage.view) == [one], "A person may raise them.")
    }

    @Test func whenAPersonRaisesTheLimitItGoesOn() {
        var (stage, one) = stage()
        conflict(in: &stage)
        stage.carryOutOrders()
        stage.limits[one] = OwnLimits(maxIterations: 4)
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [one])
        #expect(text(of: stage.contract.due.first).contains("does not fit onto the branch"))
    }

    @Test func withoutALivingSupervisorTheTaskIsTold() {
        var (stage, one) = stage()
        stage.set(leader, .stalled, .stalled(.noChange(iterations: 3)))
        conflict(in: &stage)
        #expect(stage.contract.due.map(\.task) == [one])
        // What a daemon says to that blocks the contract.
        var graph = ContractStage(isGraph: true)
        let two = graph.add(2, "two", merging: .whenDone)
        graph.set(two, .running)
        graph.set(two, .done, .completed(.verified))
        graph.tasks[two]?.iterations = 2
        graph.limits[two] = OwnLimits(maxIterations: 2)
        graph.advance()
        conflict(in: &graph)
        #expect(graph.contract.due.map(\.task) == [two])
    }

    @Test func whoLeadsAboveIsTold() {
        var (stage, one) = stage()
        let sub = stage.add(3, "sub")
        stage.contract.members[sub]?.role = .supervisor
        stage.contract.members[one]?.parent = sub
        stage.set(sub, .failed)
        conflict(in: &stage)
        let told = text(of: stage.contract.due.first { $0.task == leader })
        #expect(told.contains("stop_task") && !told.contains("spawn_task"), "Nobody continues what another one leads.")
    }

    @Test func othersDoNotWaitForIt() {
        var (stage, one) = stage()
        let two = stage.add(3, "two", merging: .whenDone)
        stage.set(two, .done, .completed(.verified))
        conflict(in: &stage)
        #expect(
            stage.contract.queues["main"]?.mending == nil && stage.contract.members[one]?.merge == .returned(attempt: 1)
        )
        #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [two])
    }

    /// What a daemon allows is not known here: it turns the task down.
    @Test func whoIsTurnedDownIsHandedUpOnceNothingElseGoesOn() {
        var (stage, one) = stage(most: nil)
        conflict(in: &stage)
        stage.carryOutOrders()
        var decline = Decline(Sample.daemon(), at: stage.now)
        (decline.cause, decline.reason) = (.refusal, "Its 2 iterations are used up.")
        stage.tasks[one]?.declines = [decline]
        stage.now = stage.now + .seconds(60)
        stage.advance()
        #expect(stage.contract.due.map(\.task) == [leader])
        #expect(text(of: stage.contract.due.first).contains("turned down by every daemon"))
        stage.carryOutOrders()
        stage.set(leader, .running)
        stage.park()
        stage.advance()
        #expect(stage.contract.due.isEmpty)
        #expect(stage.contract.state == .blocked(.notTaken(one, "Its 2 iterations are used up.")))
    }

    // MARK: - What its supervisor does

    @Test func neitherIsItSentOnNorMergedAsItIs() {
        var (stage, _) = stage()
        conflict(in: &stage)
        let refusal = CallRefusal.cameBack("one", .iterations(2))
        #expect(stage.call(.message(task: "one", text: "Mend it.")) == refusal)
        #expect(stage.call(.merge(task: "one")) == refusal)
        #expect(refusal.code == "at_limit" && refusal.sentence.contains("stop_task"))
    }

    @Test func workThatIsGivenUpIsNoPartOfTheGoal() {
        var (stage, one) = stage()
        conflict(in: &stage)
        stage.carryOutOrders()
        #expect(stage.call(.stop(task: "one")) == nil)
        #expect(stage.contract.members[one]?.merging == .never && stage.contract.members[one]?.merge == MergeStage.none)
        // No daemon has it: it stays done.
        stage.contract.due = []
        stage.park(leader, .acceptance, nil)
        stage.advance()
        #expect(stage.contract.queues["main"]?.batch?.isVerification == true)
        #expect(
            ContractRules.standing(of: one, in: stage.contract, stage.view) == [
                "Its work was given up, and is not merged."
            ]
        )
    }

    @Test func workThatIsDoneIsGivenUpAlsoWhereItWaitsInTheQueue() {
        var stage = ContractStage()
        let (one, two) = (stage.add(2, "one"), stage.add(3, "two"))
        for task in [one, two] { stage.set(task, .done, .completed(.verified)) }
        stage.contract.limits.maxBatch = 1
        #expect(stage.call(.merge(task: "one")) == nil)
        #expect(stage.call(.merge(task: "two")) == nil)
        stage.advance()
        #expect(stage.call(.stop(task: "one")) == .beingMerged("one"))
        #expect(stage.call(.stop(task: "two")) == nil)
        #expect(stage.contract.queues["main"]?.has(two) == false)
        #expect(stage.call(.merge(task: "two")) == nil, "It is wanted after all.")
        #expect(stage.contract.members[two]?.merging == .whenAsked && stage.contract.queues["main"]?.has(two) == true)
    }

    @Test func peopleAreToldThatItsSupervisorDecides() {
        var (stage, one) = stage()
        conflict(in: &stage)
        let sentences = ContractRules.standing(of: one, in: stage.contract, stage.view).joined(separator: " ")
        #expect(
            sentences.contains(
                "It cannot mend that itself: it has used up its 2 iterations. 'lead', which leads it, decides"
            )
        )
    }
}
