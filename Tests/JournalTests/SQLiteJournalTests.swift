import Domain
import Journal
import TestSupport
import Testing

struct SQLiteJournalTests {
    private let directory = TemporaryDirectory("makima-journal")
    private let journal: SQLiteJournal
    private let task = Sample.task()

    init() throws {
        journal = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
    }

    @Test func givesBackWhatItWasGiven() async throws {
        try await journal.insert(task)
        #expect(try await journal.task(task.id) == task)
        #expect(try await journal.tasks() == JournalListing(tasks: [task], damaged: []))
        #expect(try await journal.events(of: task.id).map(\.status) == [.pending])
    }

    @Test func knowsNothingOfATaskItWasNotGiven() async throws {
        #expect(try await journal.task(task.id) == nil)
        #expect(try await journal.tasks() == JournalListing(tasks: [], damaged: []))
        #expect(try await journal.iterations(of: task.id).isEmpty)
        #expect(try await journal.checkpoints(of: task.id).isEmpty)
        #expect(try await journal.events(of: task.id).isEmpty)
        #expect(try await !journal.update(task, expecting: .pending))
        try await journal.delete(task.id)
    }

    @Test func refusesASecondTaskWithTheSameID() async throws {
        try await journal.insert(task)
        await #expect(throws: JournalError.taskExists(task.id)) { try await journal.insert(task) }
        #expect(try await journal.events(of: task.id).count == 1)
    }

    @Test func findsATaskWhateverTheCaseOfItsName() async throws {
        var task = task
        task.spec.name = "Mend the Parser"
        try await journal.insert(task)
        #expect(try await journal.find("mend THE parser") == .one(task.id))
        #expect(try await journal.find("MEND") == .one(task.id))
        #expect(try await journal.find(task.id.rawValue.prefix(5).uppercased()) == .one(task.id))
    }

    @Test func listsTheNewestFirst() async throws {
        let tasks = (1...3).map { Sample.task($0, at: Sample.then + .seconds(Int64($0))) }
        for task in [tasks[1], tasks[0], tasks[2]] { try await journal.insert(task) }
        #expect(try await journal.tasks().tasks == tasks.reversed())
    }

    @Test func isReadByTheNextProcess() async throws {
        try await journal.insert(task)
        let next = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
        #expect(try await next.task(task.id) == task)
    }

    // MARK: - Updates

    @Test func updatesOnlyWhatItExpects() async throws {
        try await journal.insert(task)
        #expect(try await !journal.update(task.with(.starting), expecting: .initializing))
        #expect(try await journal.task(task.id) == task)
        #expect(try await journal.update(task.with(.initializing), expecting: .pending))
        #expect(try await !journal.update(task.with(.initializing), expecting: .pending))
        #expect(try await journal.task(task.id) == task.with(.initializing))
        #expect(try await journal.events(of: task.id).map(\.status) == [.pending, .initializing])
    }

    @Test func refusesAStatusThatCannotFollow() async throws {
        try await journal.insert(task)
        await #expect(throws: JournalError.forbiddenChange(task: task.id, from: .pending, to: .done)) {
            try await journal.update(task.with(.done, .completed(.verified)), expecting: .pending)
        }
        #expect(try await journal.task(task.id) == task)
        #expect(try await journal.events(of: task.id).count == 1)
    }

    @Test func writesHistoryOnlyWhereStatusOrReasonChanged() async throws {
        var current = try await running()
        let before = try await journal.events(of: task.id).count
        current.usage = Usage(cost: .zero, tokens: 1)
        current.updatedAt = current.updatedAt + .seconds(5)
        #expect(try await journal.update(current, expecting: .running))
        #expect(try await journal.events(of: task.id).count == before)

        let soon = Reason.waiting(.usageLimit, until: Sample.then)
        let later = Reason.waiting(.usageLimit, until: Sample.then + .seconds(60))
        for reason in [soon, soon, later, later] {
            let expected = try #require(try await journal.task(task.id)).status
            #expect(try await journal.update(current.with(.waiting, reason), expecting: expected))
        }
        #expect(try await journal.events(of: task.id).dropFirst(before).map(\.reason) == [soon, later])
    }

    @Test func ofManyWhoExpectTheSameOneWins() async throws {
        try await journal.insert(task)
        let second = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
        let wins = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<40 {
                let mine = number.isMultiple(of: 2) ? journal : second
                group.addTask { try await mine.update(task.with(.initializing), expecting: .pending) }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(wins == 1)
        #expect(try await journal.events(of: task.id).count == 2)
    }

    // MARK: - Iterations, checkpoints

    @Test func recordsAnIterationFromItsBeginToItsEnd() async throws {
        let current = try await running()
        try await journal.beginIteration(Sample.iteration(1), of: task.id)
        #expect(try await journal.iterations(of: task.id) == [Sample.iteration(1)])
        let after = current.with(.running, iterations: 1)
        try await journal.endIteration(Sample.ended(1), task: after)
        #expect(try await journal.iterations(of: task.id) == [Sample.ended(1)])
        #expect(try await journal.task(task.id) == after)
        #expect(try await journal.checkpoints(of: task.id) == [Sample.ended(1).outcome?.checkpoint].compactMap { $0 })
        #expect(Sample.ended(1).outcome?.checkpoint != nil)
    }

    @Test func ordersIterationsByNumberAndTry() async throws {
        try await journal.insert(task)
        for (number, attempt) in [(10, 1), (2, 2), (2, 1), (1, 1)] {
            try await journal.beginIteration(Sample.iteration(number, attempt: attempt), of: task.id)
        }
        let order = try await journal.iterations(of: task.id).map { [$0.number, $0.attempt] }
        #expect(order == [[1, 1], [2, 1], [2, 2], [10, 1]])
    }

    @Test func refusesToBeginTheSameTryTwice() async throws {
        try await journal.insert(task)
        try await journal.beginIteration(Sample.iteration(1), of: task.id)
        await #expect(throws: JournalError.iterationBegunBefore(task: task.id, number: 1, attempt: 1)) {
            try await journal.beginIteration(Sample.iteration(1), of: task.id)
        }
        try await journal.beginIteration(Sample.iteration(1, attempt: 2), of: task.id)
    }

    @Test func refusesPartsOfATaskItDoesNotKnow() async throws {
        await #expect(throws: JournalError.unknownTask(task.id)) {
            try await journal.beginIteration(Sample.iteration(1), of: task.id)
        }
        await #expect(throws: JournalError.unknownTask(task.id)) {
            try await journal.recordCheckpoint(Sample.checkpoint(0), of: task.id)
        }
    }

    /// The task's row and the iteration's are one transaction: neither is written without the other.
    @Test func anEndThatIsRefusedChangesNothing() async throws {
        let current = try await running()
        await #expect(throws: JournalError.unknownIteration(task: task.id, number: 1, attempt: 1)) {
            try await journal.endIteration(Sample.ended(1), task: current.with(.running, iterations: 1))
        }
        #expect(try await journal.task(task.id) == current)

        try await journal.beginIteration(Sample.iteration(1), of: task.id)
        await #expect(throws: JournalError.forbiddenChange(task: task.id, from: .running, to: .pending)) {
            try await journal.endIteration(Sample.ended(1), task: current.with(.pending, iterations: 1))
        }
        #expect(try await journal.iterations(of: task.id) == [Sample.iteration(1)])
        #expect(try await journal.task(task.id) == current)
    }

    @Test func keepsCheckpointsByNumberAndReplacesEqualOnes() async throws {
        try await journal.insert(task)
        var replaced = Sample.checkpoint(2)
        replaced.change.files = 9
        for checkpoint in [Sample.checkpoint(10), Sample.checkpoint(2), replaced] {
            try await journal.recordCheckpoint(checkpoint, of: task.id)
        }
        #expect(try await journal.checkpoints(of: task.id) == [replaced, Sample.checkpoint(10)])
    }

    @Test func forgetsATaskWithEverythingAboutItAndNothingElse() async throws {
        let other = Sample.task(2)
        for each in [task, other] {
            try await journal.insert(each)
            try await journal.beginIteration(Sample.iteration(1), of: each.id)
            try await journal.recordCheckpoint(Sample.checkpoint(0), of: each.id)
        }
        try await journal.delete(task.id)
        #expect(try await journal.task(task.id) == nil)
        #expect(try await journal.iterations(of: task.id).isEmpty)
        #expect(try await journal.checkpoints(of: task.id).isEmpty)
        #expect(try await journal.events(of: task.id).isEmpty)
        #expect(try await journal.tasks().tasks == [other])
        #expect(try await journal.iterations(of: other.id).count == 1)
    }

    // MARK: - Cancelling

    @Test func cancellingTheCallerUndoesNoWrite() async throws {
        try await journal.insert(task)
        let (journal, changed) = (journal, task.with(.initializing))
        let written = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await journal.update(changed, expecting: .pending)
        }
        #expect(try await written.value)
        let read = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await journal.task(changed.id)
        }
        #expect(try await read.value == changed)
    }

    private func running() async throws -> TaskRecord {
        try await journal.insert(task)
        for (from, to) in [(TaskStatus.pending, TaskStatus.initializing), (.initializing, .starting)] {
            #expect(try await journal.update(task.with(to), expecting: from))
        }
        let running = task.with(.running)
        #expect(try await journal.update(running, expecting: .starting))
        return running
    }
}
