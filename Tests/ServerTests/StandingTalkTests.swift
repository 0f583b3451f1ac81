import Domain
import Fleet
import Store
import Testing
import Wire

@testable import Server

/// What of people's answers is told to whom: values only.
struct StandingTalkTests {
    private static let then = Timestamp(millisecondsSince1970: 1_772_000_000_000)

    private let anna: DaemonID
    private let berta: DaemonID
    private let task: TaskID

    init() throws {
        anna = try #require(DaemonID(rawValue: "anna"))
        berta = try #require(DaemonID(rawValue: "berta"))
        task = try #require(TaskID(rawValue: "0000000001"))
    }

    private func question(_ number: Int, attempt: Int = 1, _ more: String = "", answer: String? = "b") -> QuestionEntry
    {
        let document = #"{"text":"Which?"\#(more)}"#
        let key = QuestionKey(AttemptKey(task, attempt), number)
        var entry = QuestionEntry(key, askedAt: Self.then, document: document)
        entry.answer = answer.map { QuestionEntry.Answer($0, by: "alice", at: Self.then) }
        return entry
    }

    private func standing(_ questions: [QuestionEntry], _ events: [(EventKind, String)] = []) -> [StandingAnswer] {
        let attempts = [(1, anna), (2, anna), (3, berta)]
            .map { AttemptRecord(attempt: $0, daemon: $1, session: 1, since: Self.then) }
        let events = events.enumerated()
            .map { index, event in
                FleetEvent(position: index + 1, attempt: 2, event: NewEvent(event.0, at: Self.then, body: event.1))
            }
        return StandingAnswer.all(questions, attempts, events)
    }

    @Test func anAnswerStandsUntilItIsTold() throws {
        let asked = [question(3), question(4, answer: nil)]
        let open = standing(asked)
        #expect(open.map(\.question.number) == [3])
        let id = Delivery.id(of: open[0].question, about: AttemptKey(task, 2))
        let note = try #require(Delivery.event(of: id, at: Self.then))
        #expect(standing(asked, [(.note, note.body)]).isEmpty)
        let otherID = Delivery.id(of: question(9).key, about: AttemptKey(task, 2))
        let other = try #require(Delivery.event(of: otherID, at: Self.then))
        #expect(standing(asked, [(.note, other.body)]).count == 1)
    }

    @Test func whatItsDaemonHasSettledIsNotTold() {
        let settled = (EventKind.question, #"{"question":3,"answeredBy":"nobody"}"#)
        #expect(standing([question(3)], [settled]).isEmpty, "by the same daemon in a later attempt")
        #expect(standing([question(3, attempt: 3)], [settled]).count == 1, "another daemon counts for itself")
        #expect(standing([question(3)], [(.question, #"{"question":3}"#)]).count == 1, "it was asked, and no more")
    }

    @Test func whoHasAskedIsToldByTheNumberAndOthersInWords() throws {
        let answer = try #require(standing([question(3)]).first)
        let key = AttemptKey(task, 4)
        let own = try #require(try answer.newCommand(about: key, to: anna, isResumed: true))
        guard case .answerQuestion(let told) = try Frame.decode(Array(own.document.utf8), as: ToDaemon.self) else {
            Issue.record("\(own.document)")
            return
        }
        #expect(told.question == 3 && told.text == "b" && told.head.attempt == 4 && own.id == "answer-0000000001-4-1-3")
        for (daemon, isResumed) in [(anna, false), (berta, true)] {
            let other = try #require(try answer.newCommand(about: key, to: daemon, isResumed: isResumed))
            guard case .sendMessage(let said) = try Frame.decode(Array(other.document.utf8), as: ToDaemon.self) else {
                Issue.record("\(other.document)")
                return
            }
            #expect(said.text == "You have asked: Which?\n\nThe answer is: b")
        }
        let permission = try #require(standing([question(3, #","permission":{}"#)]).first)
        #expect(try permission.newCommand(about: key, to: berta, isResumed: false) == nil)
        #expect(try permission.newCommand(about: key, to: anna, isResumed: true) != nil)
    }

    @Test func aReplyIsReadAsItWasKept() {
        var told = OrderReply(.changed, message: "order-1")
        told.tell("message-1")
        let all = [OrderReply(.nothing), told, OrderReply(.changed, question: question(3).key)]
        for reply in all { #expect(OrderReply(text: reply.text) == reply) }
        #expect(OrderReply(text: "{}") == OrderReply(.nothing))
    }
}
