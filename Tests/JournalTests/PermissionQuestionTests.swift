import Domain
import Journal
import TestSupport
import Testing

/// Requests for permissions as the journal keeps them.
struct PermissionQuestionTests {
    private let directory = TemporaryDirectory()
    private let task = Sample.task()
    private let noon = Timestamp(millisecondsSince1970: 43_200_000)
    private let request = PermissionRequest(tool: "Bash", kind: .other, subject: "npm install")

    private func journal() async throws -> SQLiteJournal {
        let journal = try SQLiteJournal(path: directory.path + "/journal.sqlite")
        try await journal.insert(task)
        return journal
    }

    @Test func anIterationMayHaveMany() async throws {
        let journal = try await journal()
        let first = try await journal.ask(request, in: 1, at: noon, of: task.id)
        let second = try await journal.ask(request, in: 1, at: noon, of: task.id)
        #expect(first != second)
        let questions = try await journal.questions(of: task.id)
        #expect(questions.map(\.number) == [first, second])
        #expect(questions.map(\.permission) == [request, request])
        #expect(questions.first?.asked.options == ["yes", "always", "no"])
    }

    @Test func whatIsWithdrawnIsClosedAndNoMessage() async throws {
        let journal = try await journal()
        let number = try await journal.ask(request, in: 1, at: noon, of: task.id)
        let withdrawal = TaskQuestion.Answer("", from: .withdrawn, at: noon)
        #expect(try await journal.answer(number, of: task.id, withdrawal))
        let late = try await journal.answer(number, of: task.id, TaskQuestion.Answer("yes", from: .person, at: noon))
        #expect(!late)
        let questions = try await journal.questions(of: task.id)
        #expect(questions.map(\.isWithdrawn) == [true])
        #expect(questions.grants(unheard: []).isEmpty)
        #expect(try await journal.messages(of: task.id).isEmpty)
    }

    @Test func anAnswerIsAMessageToo() async throws {
        let journal = try await journal()
        let number = try await journal.ask(request, in: 1, at: noon, of: task.id)
        let answer = TaskQuestion.Answer("always", from: .person, at: noon)
        let isTaken = try await journal.answer(number, of: task.id, answer)
        let isTakenAgain = try await journal.answer(number, of: task.id, answer)
        #expect([isTaken, isTakenAgain] == [true, false])
        let messages = try await journal.messages(of: task.id)
        #expect(messages.map(\.answers) == [number])
        #expect(messages.first?.text.contains("A person allows it for this task") == true)
        let grants = try await journal.questions(of: task.id).grants(unheard: [])
        #expect(grants == [PermissionGrant(request, isLasting: true)])
    }
}
