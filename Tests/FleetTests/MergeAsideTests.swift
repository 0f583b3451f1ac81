import Domain
import Fleet
import Testing

/// That work which no daemon can get at holds up no other.
struct MergeAsideTests {
    private let one = Sample.id(2)
    private let two = Sample.id(3)
    private let three = Sample.id(4)
    private let later = Sample.then + .seconds(30)

    private func queue(_ tasks: [TaskID], limit: Int) -> MergeQueue {
        var queue = MergeQueue(target: "main")
        for task in tasks { queue.add(MergeEntry(task, name: task.short)) }
        _ = queue.begin(limit: limit)
        return queue
    }

    private func away(_ task: TaskID) -> MergeWait { .workAway(task, Sample.daemon()) }

    private func next(_ queue: inout MergeQueue) -> [TaskID]? { queue.begin(limit: 1)?.entries.map(\.task) }

    private func merge(_ queue: inout MergeQueue) {
        guard let batch = queue.batch else { return }
        let entries = batch.entries.map { MergeEntryReport($0.task, .fits(Sample.commit)) }
        let report = MergeReport(.merged, before: Sample.commit, after: Sample.commit, entries: entries)
        _ = queue.settle(report, of: batch.number)
    }

    @Test func whatIsAwayStepsAsideWhenItIsTold() {
        var queue = queue([one, two], limit: 1)
        queue.note(away(one), at: Sample.then)
        #expect(queue.batch?.entries.map(\.task) == [one])
        queue.note(away(one), at: later)
        #expect(queue.batch == nil && queue.has(one))
        let second = next(&queue)
        #expect(second == [two] && queue.batch?.wait == nil && queue.goesOn)
        #expect(queue.aside?.first?.wait.cause == away(one))
        merge(&queue)
        let again = next(&queue)
        #expect(again == [one] && queue.batch?.wait?.isTold == true && !queue.goesOn, "It is known to wait.")
        queue.note(away(one), at: later)
        #expect(queue.batch?.entries.map(\.task) == [one], "Nothing else is to be merged.")
        queue.add(MergeEntry(three, name: "three"))
        queue.note(away(one), at: later)
        let third = next(&queue)
        #expect(third == [three])
        merge(&queue)
        _ = next(&queue)
        queue.note(nil, at: later)
        merge(&queue)
        #expect(queue.isIdle && queue.aside == nil)
    }

    @Test func whatWasToBeMergedWithItIsMergedWithoutIt() {
        var queue = queue([one, two, three], limit: 3)
        queue.note(away(two), at: Sample.then)
        queue.note(away(two), at: later)
        let rest = queue.begin(limit: 3)
        #expect(rest?.entries.map(\.task) == [one, three])
    }

    @Test(arguments: [MergeWait.noDaemons, .repositoryAway("/repository"), .draining(Sample.daemon())])
    func whatKeepsAllBackChangesNothing(cause: MergeWait) {
        var queue = queue([one, two], limit: 1)
        queue.note(cause, at: Sample.then)
        queue.note(cause, at: later)
        #expect(queue.batch?.entries.map(\.task) == [one])
        queue.note(.unsendable("too long"), at: later)
        #expect(queue.batch == nil, "That is of this work alone.")
    }

    @Test func ofSeveralThatAreAwayEachIsLookedAt() {
        var queue = queue([one, two], limit: 1)
        queue.note(away(one), at: Sample.then)
        queue.note(away(one), at: later)
        _ = next(&queue)
        queue.note(away(two), at: later)
        queue.note(away(two), at: later + .seconds(30))
        var looks: [TaskID] = []
        for second in 31...150 {
            if queue.batch == nil, let task = next(&queue)?.first { looks.append(task) }
            #expect(queue.batch?.wait?.isTold == true && !queue.goesOn)
            queue.note(away(queue.batch?.entries.first?.task ?? one), at: later + .seconds(Int64(second)))
        }
        #expect(looks.starts(with: [one, two, one]) && looks.count <= 6)
    }

    @Test func aMenderThatIsAwayHoldsUpNobody() {
        var queue = queue([one, two], limit: 2)
        _ = queue.settle(.conflicts([one, two]), of: 1)
        queue.add(MergeEntry(one, name: "one"))
        _ = next(&queue)
        queue.note(away(one), at: Sample.then)
        queue.note(away(one), at: later)
        let second = next(&queue)
        #expect(second == [two] && queue.mending == nil)
    }

    @Test func whatIsHeldForAnotherMenderIsNothingToGoOnWith() {
        var queue = queue([one, two], limit: 2)
        _ = queue.settle(.conflicts([one, two]), of: 1)
        queue.add(MergeEntry(three, name: "three"))
        _ = next(&queue)
        queue.note(away(three), at: Sample.then)
        queue.note(away(three), at: later)
        #expect(queue.batch?.entries.map(\.task) == [three] && queue.mending == one)
    }

    @Test func workThatWaitsForADaemonIsTakenBack() {
        var queue = queue([one, two], limit: 2)
        queue.note(away(one), at: Sample.then)
        let isOut = queue.remove(one)
        #expect(isOut && !queue.has(one))
        let rest = queue.begin(limit: 2)
        #expect(rest?.entries.map(\.task) == [two] && rest?.number == 2, "No answer to the first is one to this.")
        queue.note(away(two), at: later)
        queue.add(MergeEntry(three, name: "three"))
        queue.note(away(two), at: later + .seconds(30))
        let isOutToo = queue.remove(two)
        #expect(isOutToo && !queue.has(two) && queue.aside == nil)
    }

    @Test func itIsToldOnceThatItsBatchBegan() {
        var stage = ContractStage(isGraph: true)
        stage.contract.limits.maxBatch = 1
        for task in [stage.add(2, "one", merging: .whenDone), stage.add(3, "two", merging: .whenDone)] {
            stage.set(task, .done, .completed(.verified))
        }
        stage.advance()
        let first = stage.contract.queues["main"]?.batch?.entries.first?.task ?? one
        stage.advance(["main": .waits(away(first), batch: 1)])
        stage.now = later
        stage.advance(["main": .waits(away(first), batch: 1)])
        #expect(stage.contract.queues["main"]?.batch?.number == 2 && stage.contract.state == .working)
        let standing = ContractRules.standing(of: first, in: stage.contract, stage.view).joined()
        #expect(standing.contains("which is not connected"), "\(standing)")
        stage.answer()
        #expect(stage.contract.queues["main"]?.batch?.entries.map(\.task) == [first])
        stage.carryOutOrders()
        stage.advance(["main": .waits(away(first), batch: 3)])
        #expect(stage.contract.state == .blocked(.mergeWaits(target: "main", away(first))))
        #expect(stage.notes.count { if case .batchBegan = $0 { true } else { false } } == 2)
    }
}
