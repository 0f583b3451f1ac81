import Domain
import Journal
import TestSupport
import Testing

/// What people say is kept until the agent has it.
struct MessageTests {
    private let directory = TemporaryDirectory("makima-journal")
    private let journal: SQLiteJournal
    private let task = Sample.task()
    private let noon = Timestamp(millisecondsSince1970: 1_000)

    init() async throws {
        journal = try SQLiteJournal(path: "\(directory.path)/journal.sqlite")
        try await journal.insert(task)
    }

    private func receipt(_ iteration: Int) -> TaskMessage.Receipt {
        TaskMessage.Receipt(.live, iteration: iteration, at: noon)
    }

    @Test func keepsThemInTheirOrder() async throws {
        let first = try await journal.say("one", to: task.id, at: noon)
        let second = try await journal.say("two", to: task.id, at: noon)
        #expect(first.number < second.number)
        #expect(try await journal.messages(of: task.id) == [first, second])
    }

    @Test func theFirstReceiptStays() async throws {
        let message = try await journal.say("one", to: task.id, at: noon)
        try await journal.deliver(message.number, of: task.id, receipt(2))
        try await journal.deliver(message.number, of: task.id, receipt(3))
        #expect(try await journal.messages(of: task.id).map(\.receipt) == [receipt(2)])
    }

    @Test func nobodyElseDeliversThem() async throws {
        let other = Sample.task(2)
        try await journal.insert(other)
        let message = try await journal.say("one", to: task.id, at: noon)
        try await journal.deliver(message.number, of: other.id, receipt(1))
        #expect(try await journal.messages(of: task.id) == [message])
        #expect(try await journal.messages(of: other.id).isEmpty)
    }

    @Test func aTaskThatIsNotThereHearsNothing() async throws {
        try await journal.delete(task.id)
        await #expect(throws: JournalError.unknownTask(task.id)) { try await journal.say("one", to: task.id, at: noon) }
    }

    @Test(arguments: [true, false]) func aPromptDeliversThemWhereTheIterationCounts(_ counted: Bool) async throws {
        let message = try await journal.say("one", to: task.id, at: noon)
        var record = IterationRecord(number: 1, attempt: 1, run: task.runs, startedAt: noon)
        try await journal.beginIteration(record, of: task.id)
        record.endedAt = noon
        var outcome = IterationOutcome(
            agent: AgentOutcome(end: counted ? .ok : .overloaded),
            gate: .missing,
            checkpoint: nil,
            counted: counted
        )
        outcome.messages = [message.number]
        record.outcome = outcome
        try await journal.endIteration(record, task: task)
        let kept = try await journal.messages(of: task.id).map(\.receipt)
        #expect(kept == [counted ? TaskMessage.Receipt(.prompt, iteration: 1, at: noon) : nil])
    }

    // MARK: - Questions

    private func ask(_ policy: QuestionPolicy?, asked: AskedQuestion? = nil) async throws {
        var task = task
        task.spec.questions = policy
        var record = IterationRecord(number: 1, attempt: 1, run: task.runs, startedAt: noon)
        try await journal.beginIteration(record, of: task.id)
        record.endedAt = noon
        var outcome = IterationOutcome(
            agent: AgentOutcome(end: .question(text: "Which?")),
            gate: .missing,
            checkpoint: nil,
            counted: true
        )
        outcome.question = asked
        record.outcome = outcome
        try await journal.endIteration(record, task: task)
        try await journal.endIteration(record, task: task)
    }

    @Test func aQuestionIsOpenOnceItsIterationHasEnded() async throws {
        try await ask(QuestionPolicy(), asked: AskedQuestion(text: "Which one?", options: ["a"], fallback: "b"))
        let questions = try await journal.questions(of: task.id)
        #expect(questions.map(\.asked) == [AskedQuestion(text: "Which one?", options: ["a"], fallback: "b")])
        #expect(questions.map(\.answer) == [nil])
    }

    @Test func whereNobodyAnswersNothingIsOpen() async throws {
        try await ask(nil)
        #expect(try await journal.questions(of: task.id).isEmpty)
    }

    @Test func theFirstAnswerHoldsAndIsQueuedForTheAgent() async throws {
        try await ask(QuestionPolicy())
        let question = try #require(try await journal.questions(of: task.id).first)
        let first = TaskQuestion.Answer("a", from: .person, at: noon)
        #expect(try await journal.answer(question.number, of: task.id, first))
        #expect(
            try await !journal.answer(question.number, of: task.id, TaskQuestion.Answer("b", from: .nobody, at: noon))
        )
        #expect(try await journal.questions(of: task.id).map(\.answer) == [first])
        let messages = try await journal.messages(of: task.id)
        #expect(messages.map(\.answers) == [question.number])
        #expect(messages.map(\.text) == ["You asked: Which?\n\nA person answers: a"])
    }
}
