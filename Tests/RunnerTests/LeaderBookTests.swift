import Domain
import TestSupport
import Testing
import Tools

@testable import Runner

/// Which calls of a supervisor's agent are to be answered.
struct LeaderBookTests {
    private let directory = TemporaryDirectory()
    private var calls: String { "\(directory.path)/calls" }
    private var replies: String { "\(directory.path)/replies" }

    private func book(limit: Int = 64 << 20) -> LeaderBook {
        LeaderBook(calls: calls, replies: replies, token: "t", limit: limit)
    }

    private func line(_ call: String) -> String {
        let request = LeaderRequest(call: call, tool: "list_tasks", arguments: .object([:]))
        return String(decoding: ToolReport.line(request.record, token: "t"), as: UTF8.self)
    }

    /// Answers all that is due; tells of which calls, those that are too much with a mark.
    private func drain(_ book: inout LeaderBook) -> [String] {
        var answered: [String] = []
        book.readOn()
        while let due = book.due.first {
            answered.append(due.request.call + (due.isTooMuch ? "!" : ""))
            book.noteAnswer()
            book.readOn()
        }
        return answered
    }

    @Test func everyCallIsDueOnceAsItsLineIsWhole() {
        directory.write(line("a") + line("a") + line("b").dropLast(3), to: "calls")
        var book = book()
        #expect(drain(&book) == ["a"])
        directory.write(line("a") + line("a") + line("b") + line("c"), to: "calls")
        #expect(drain(&book) == ["b", "c"])
        // The agent may write the file anew.
        directory.write(line("b"), to: "calls")
        #expect(drain(&book) == [])
        directory.write(line("b") + line("d"), to: "calls")
        #expect(drain(&book) == ["d"])
    }

    @Test func whatWasAnsweredBeforeIsKnownHoweverMuchThatWas() {
        // More than 64 MiB, behind which there is another answer.
        let text = String(repeating: "x", count: 4 << 20)
        let long = (0..<17).map { String(decoding: LeaderReply(call: "l\($0)", text: text).line, as: UTF8.self) }
        let last = String(decoding: LeaderReply(call: "z", text: "", changed: true, parks: true).line, as: UTF8.self)
        directory.write(long.joined() + last, to: "replies")
        directory.write(line("l3") + line("z") + line("new"), to: "calls")
        var book = book()
        #expect(drain(&book) == ["new"])
        var found: [LeaderReply] = []
        LeaderBook.forEach(in: replies) { found.append($0) }
        #expect(found.count == 18 && found.last?.parks == true)
    }

    @Test func anAgentThatCallsForTooMuchIsToldAndThenNotReadAnyMore() {
        let first = line("a")
        directory.write(first, to: "calls")
        var book = book(limit: first.utf8.count)
        #expect(drain(&book) == ["a"])
        directory.write(first + line("b"), to: "calls")
        #expect(drain(&book) == ["b!"])
        directory.write(first + line("b") + line("c"), to: "calls")
        #expect(drain(&book) == [])
    }
}
