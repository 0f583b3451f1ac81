import Domain
import Fleet
import TestSupport
import Testing

/// What is merged together, and how the one that breaks it is found.
struct MergeQueueTests {
    /// A repository in which some works break the checks, alone or together, and some do not fit.
    private struct World {
        /// Each set of works whose presence together fails the checks.
        var breaking: [Set<TaskID>] = []
        /// Pairs that are in conflict, where the first is in the branch.
        var conflicts: [TaskID: Set<TaskID>] = [:]
        var merged: Set<TaskID> = []
        var tips: [Set<TaskID>] = [[]]

        func fails(_ tree: Set<TaskID>) -> Bool { breaking.contains { $0.isSubset(of: tree) } }

        mutating func carryOut(_ batch: MergeQueue.Batch) -> MergeReport {
            var tree = merged
            let entries = batch.entries.map { entry in
                if tree.contains(entry.task) { return MergeEntryReport(entry.task, .present) }
                if !(conflicts[entry.task] ?? []).isDisjoint(with: tree) {
                    return MergeEntryReport(entry.task, .conflict(paths: ["a"]))
                }
                tree.insert(entry.task)
                return MergeEntryReport(entry.task, .fits(Sample.commit))
            }
            let isRed = fails(tree)
            let receipts = [Sample.receipt(isRed ? .failed(exitCode: 1) : .passed)]
            guard !isRed else {
                let alone = fails(merged)
                return MergeReport(
                    .checksFailed(targetFails: alone),
                    before: Sample.commit,
                    after: Sample.commit,
                    entries: entries,
                    receipts: receipts
                )
            }
            let isNew = tree != merged
            merged = tree
            if isNew { tips.append(tree) }
            return MergeReport(
                isNew ? .merged : .unchanged,
                before: Sample.commit,
                after: Sample.commit,
                entries: entries,
                receipts: receipts
            )
        }
    }

    private func tasks(_ numbers: [Int]) -> [TaskID] { numbers.map(Sample.id) }

    private func queue(_ tasks: [TaskID]) -> MergeQueue {
        var queue = MergeQueue(target: "main")
        for task in tasks { queue.add(MergeEntry(task, name: task.short)) }
        return queue
    }

    /// Works the queue off, and returns what became of each.
    private func workOff(_ queue: inout MergeQueue, _ world: inout World, limit: Int = 8) -> [MergeSettlement] {
        var (settlements, rounds) = ([MergeSettlement](), 0)
        while let batch = queue.begin(limit: limit), rounds < 500 {
            rounds += 1
            settlements += queue.settle(world.carryOut(batch), of: batch.number)
            // Nobody mends anything here.
            queue.mending.map { queue.giveUp($0) }
        }
        return settlements
    }

    /// It was run on the combined tree, and on the branch alone.
    @Test func aCheckThatFailsTwiceIsNamedOnce() {
        var queue = queue(tasks([1]))
        _ = queue.begin(limit: 1)
        let failed = Sample.receipt(.failed(exitCode: 1))
        let report = MergeReport(
            .checksFailed(targetFails: true),
            before: Sample.commit,
            after: Sample.commit,
            entries: [MergeEntryReport(Sample.id(1), .fits(Sample.commit))],
            receipts: [failed, failed, Sample.receipt(.failed(exitCode: 1), name: "lint"), failed]
        )
        #expect(queue.settle(report, of: 1) == [.halted(.targetFails(["test", "lint"]))])
    }

    @Test func whatFitsIsMergedTogether() {
        var (queue, world) = (queue(tasks([1, 2, 3])), World())
        let settlements = workOff(&queue, &world)
        #expect(settlements == tasks([1, 2, 3]).map { .merged($0, Sample.commit) })
        #expect(world.tips.count == 2)
        #expect(queue.isIdle)
    }

    @Test func theOneThatBreaksIsFoundAndTheOthersAreMerged() {
        for bad in 1...7 {
            var (queue, world) = (queue(tasks(Array(1...7))), World(breaking: [[Sample.id(bad)]]))
            let settlements = workOff(&queue, &world)
            #expect(world.merged == Set(tasks(Array(1...7)).filter { $0 != Sample.id(bad) }))
            #expect(
                settlements.contains(
                    .returned(
                        Sample.id(bad),
                        .checksFailed([Sample.receipt(.failed(exitCode: 1))], onto: Sample.commit)
                    )
                )
            )
            // Halving: never more batches than twice the height of the tree, and one for the rest.
            #expect(queue.count <= 7)
        }
    }

    @Test func ofTwoThatBreakEachOtherOneIsMerged() {
        var (queue, world) = (queue(tasks([1, 2, 3, 4])), World(breaking: [Set(tasks([2, 3]))]))
        _ = workOff(&queue, &world)
        #expect(world.merged == Set(tasks([1, 2, 4])))
    }

    @Test func aConflictWithWhatIsNotMergedIsTriedAgain() {
        // 2 is in conflict with 1, which breaks the checks and never gets in.
        var world = World(breaking: [[Sample.id(1)]], conflicts: [Sample.id(2): [Sample.id(1)]])
        var queue = queue(tasks([1, 2, 3]))
        let settlements = workOff(&queue, &world)
        #expect(world.merged == Set(tasks([2, 3])))
        #expect(settlements.count == 3)
    }

    @Test func aConflictWithTheBranchGoesBack() {
        var world = World(conflicts: [Sample.id(2): [Sample.id(1)]])
        var queue = queue(tasks([1, 2]))
        let settlements = workOff(&queue, &world)
        #expect(
            settlements == [
                .merged(Sample.id(1), Sample.commit),
                .returned(Sample.id(2), .conflict(paths: ["a"], onto: Sample.commit)),
            ]
        )
    }

    @Test func ofSeveralConflictsOneIsMendedAtATime() {
        let (one, two, three) = (Sample.id(1), Sample.id(2), Sample.id(3))
        var world = World(conflicts: [two: [one], three: [one]])
        var queue = queue([one, two, three])
        guard let first = queue.begin(limit: 8) else { return #expect(Bool(false)) }
        let settled = queue.settle(world.carryOut(first), of: first.number)
        #expect(settled == [.merged(one, Sample.commit), .returned(two, .conflict(paths: ["a"], onto: Sample.commit))])
        #expect(queue.held.map(\.task) == [three])
        let nothing = queue.begin(limit: 8)
        #expect(nothing == nil)
        #expect(!queue.isIdle)
        // It comes back and fits now; then the next one is asked.
        world.conflicts[two] = nil
        queue.add(MergeEntry(two, name: "two"))
        guard let second = queue.begin(limit: 8) else { return #expect(Bool(false)) }
        #expect(second.entries.map(\.task) == [two])
        let merged = queue.settle(world.carryOut(second), of: second.number)
        #expect(merged == [.merged(two, Sample.commit)])
        guard let third = queue.begin(limit: 8) else { return #expect(Bool(false)) }
        let last = queue.settle(world.carryOut(third), of: third.number)
        #expect(last == [.returned(three, .conflict(paths: ["a"], onto: Sample.commit))])
        #expect(queue.mending == three)
    }

    @Test func aBranchThatFailsAloneHoldsTheQueue() {
        var (queue, world) = (queue(tasks([1, 2])), World(breaking: [[]]))
        let settled = workOff(&queue, &world)
        #expect(settled == [.halted(.targetFails(["test"]))])
        let next = queue.begin(limit: 8)
        #expect(next == nil)
        #expect(tasks([1, 2]).allSatisfy(queue.has))
        world.breaking = []
        queue.goOn()
        let rest = workOff(&queue, &world)
        #expect(rest.count == 2)
    }

    @Test(arguments: [
        (MergeVerdict.notEvaluated, MergeHalt.notEvaluated(["test"])),
        (.obstructed(.branchMissing), .obstructed(.branchMissing)),
    ])
    func nothingIsSaidAboutTheWork(verdict: MergeVerdict, halt: MergeHalt) {
        var queue = queue(tasks([1, 2]))
        let batch = queue.begin(limit: 8)
        let report = MergeReport(
            verdict,
            before: nil,
            after: nil,
            receipts: [Sample.receipt(.notEvaluated(.commandNotFound))]
        )
        let settled = queue.settle(report, of: batch?.number ?? 0)
        #expect(settled == [.halted(halt)])
        #expect(tasks([1, 2]).allSatisfy(queue.has))
        queue.goOn()
        let next = queue.begin(limit: 8)
        #expect(next?.entries.map(\.task) == tasks([1, 2]))
    }

    @Test func aReportOfAnotherBatchChangesNothing() {
        var queue = queue(tasks([1]))
        let batch = queue.begin(limit: 8)
        let before = queue
        let settled = queue.settle(MergeReport(.merged, before: nil, after: nil), of: (batch?.number ?? 0) + 1)
        #expect(settled.isEmpty)
        #expect(queue == before)
    }

    @Test func workIsTakenBackUnlessItIsBeingMerged() {
        var queue = queue(tasks([1, 2]))
        _ = queue.begin(limit: 1)
        let isOut = (queue.remove(Sample.id(1)), queue.remove(Sample.id(2)))
        #expect(isOut == (false, true))
        #expect(!queue.has(Sample.id(2)))
    }

    @Test func theBranchIsCheckedWhenNothingWaits() {
        var (queue, world) = (queue(tasks([1])), World())
        queue.verify()
        guard let first = queue.begin(limit: 8) else { return #expect(Bool(false)) }
        #expect(!first.isVerification)
        #expect(!queue.isIdle)
        _ = queue.settle(
            world.carryOut(first),
            of: 1
        )
        let batch = queue.begin(limit: 8)
        #expect(batch?.isVerification == true)
        let receipts = [Sample.receipt(.failed(exitCode: 1))]
        let report = MergeReport(.checksFailed(targetFails: true), before: nil, after: nil, receipts: receipts)
        let settled = queue.settle(report, of: 2)
        #expect(settled == [.verified(passed: false, receipts)])
        #expect(queue.isIdle)
    }

    /// However works break the checks or each other: no tip is red, nothing is lost, and it ends.
    @Test(arguments: 0..<300)
    func noTipIsRedAndNothingIsLost(seed: Int) {
        var chance = SeededGenerator(seed: UInt64(seed))
        let all = tasks(Array(1...Int.random(in: 1...20, using: &chance)))
        var world = World()
        for _ in 0..<Int.random(in: 0...4, using: &chance) {
            world.breaking.append(
                Set((0..<Int.random(in: 1...2, using: &chance)).compactMap { _ in all.randomElement(using: &chance) })
            )
        }
        for _ in 0..<Int.random(in: 0...6, using: &chance) {
            guard let one = all.randomElement(using: &chance), let other = all.randomElement(using: &chance),
                one != other
            else { continue }
            world.conflicts[one, default: []].insert(other)
        }
        var queue = queue(all)
        let settlements = workOff(&queue, &world, limit: Int.random(in: 1...8, using: &chance))
        #expect(world.tips.allSatisfy { !world.fails($0) })
        #expect(queue.isIdle)
        let settled = settlements.map { settlement in
            switch settlement {
            case .merged(let task, _), .returned(let task, _): task
            case .verified, .halted: Sample.id(0)
            }
        }
        #expect(settled.count == all.count)
        #expect(Set(settled) == Set(all))
    }
}
