import Domain
import Fleet
import Testing

/// What finished work waits for on its way into the target, as a word and a sentence.
struct MergeWaitingTests {
    private func waiting(_ task: TaskID, _ stage: ContractStage) -> MergeWaiting? {
        ContractRules.mergeWaiting(of: task, in: stage.contract, stage.view)
    }

    /// With so many tasks that are done, in the order of the queue.
    private func stage(_ count: Int, batch: Int = 1) -> (ContractStage, [TaskID]) {
        var stage = ContractStage(isGraph: true)
        stage.contract.limits.maxBatch = batch
        let tasks = (2..<2 + count).map { stage.add($0, "t\($0)", merging: .whenDone) }
        for task in tasks { stage.set(task, .done, .completed(.verified)) }
        stage.advance()
        let queue = stage.contract.queues["main"]
        return (stage, ((queue?.batch?.entries ?? []) + (queue?.waiting ?? [])).map(\.task))
    }

    @Test func aQueueThatIsBusyIsNamedWithWhatIsInIt() {
        var (stage, tasks) = stage(3)
        #expect(waiting(tasks[0], stage) == .batch(1, []))
        #expect(waiting(tasks[1], stage) == .queue(before: 0, batch: [tasks[0]]))
        #expect(waiting(tasks[2], stage) == .queue(before: 1, batch: [tasks[0]]))
        stage.answer()
        #expect(waiting(tasks[0], stage) == nil, "It is merged.")
        #expect(waiting(tasks[1], stage)?.code == "being_merged")
    }

    @Test func whoWaitsForTheConflictOfAnotherSaysWhose() {
        var (stage, tasks) = stage(2, batch: 2)
        stage.advance(["main": .report(.conflicts(tasks), batch: 1)])
        #expect(waiting(tasks[0], stage) == nil, "It came back.")
        #expect(waiting(tasks[1], stage) == .conflict(of: tasks[0]))
    }

    @Test func whatStandsStillOrHasNoDaemonSaysWhy() {
        var (stage, tasks) = stage(1)
        let waits = ["main": ContractRules.MergeAnswer.waits(.noDaemons, batch: 1)]
        stage.advance(waits)
        #expect(waiting(tasks[0], stage) == .batch(1, []), "Nobody is told yet.")
        stage.now = stage.now + .seconds(30)
        stage.advance(waits)
        #expect(waiting(tasks[0], stage) == .daemon(.noDaemons))
        stage.answer(.checksFailed(targetFails: true))
        #expect(waiting(tasks[0], stage) == .halt(.targetFails(["test"])))
    }

    @Test func whatItsContractCannotPayForWaitsForThat() {
        var (stage, tasks) = stage(2)
        let three = stage.add(9, "late", merging: .whenDone)
        stage.set(three, .running)
        stage.contract.limits.maxTokens = 10
        stage.tasks[tasks[0]]?.usage = Usage(tokens: 10)
        stage.advance()
        #expect(stage.contract.state.status == .budgetReached)
        #expect(waiting(tasks[1], stage) == .contract(.budgetReached))
        let sentences = ContractRules.standing(of: tasks[1], in: stage.contract, stage.view)
        #expect(
            sentences.first
                == "Its work is done, and is merged into 'main' when its contract goes on, which is 'budget reached'."
        )
        stage.set(three, .done, .completed(.verified))
        #expect(waiting(three, stage) == .contract(.budgetReached), "It is in no queue yet.")
        stage.set(three, .done, .completed(.empty))
        #expect(waiting(three, stage) == nil, "It has no work.")
    }
}
