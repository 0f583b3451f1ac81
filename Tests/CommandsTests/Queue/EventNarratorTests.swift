import Domain
import Testing
import Wire

@testable import Commands

struct EventNarratorTests {
    /// As a server sent them, shortened to what is read.
    private static let story = """
        {"at": 1795908070537, "attempt": 0, "body": {"status": "pending"}, "kind": "status", "position": 1}
        {"at": 1795908070549, "attempt": 1, "body": {"daemon": "build-1", "status": "pending"}, "kind": "status", "position": 2}
        {"at": 1795908070722, "attempt": 1, "body": {"at": 1795908070722, "attempt": 1, "iteration": 0, "number": 1, "sequence": 1, \
        "status": "initializing", "taskId": "envrywp1bg", "type": "statusChange"}, "kind": "note", "position": 3}
        {"at": 1795908070757, "attempt": 1, "body": {"daemon": "build-1", "status": "initializing"}, "kind": "status", "position": 4}
        {"at": 1795908070734, "attempt": 1, "body": {"at": 1795908070734, "attempt": 1, "code": "workspace", "event": "preparing", \
        "iteration": 0, "number": 3, "sequence": 3, "taskId": "envrywp1bg", "type": "taskEvent"}, "kind": "note", "position": 6}
        {"at": 1795908070934, "attempt": 1, "body": {"at": 1795908070934, "attempt": 1, "event": "iteration_began", "iteration": 1, \
        "limit": 10, "number": 7, "sequence": 7, "taskId": "envrywp1bg", "tryNumber": 1, "type": "taskEvent"}, "kind": "note", \
        "position": 12}
        {"at": 1795908070986, "attempt": 1, "body": {"at": 1795908070986, "attempt": 1, "event": "text", "iteration": 1, "number": 8, \
        "sequence": 8, "taskId": "envrywp1bg", "text": "working on it\\n<COMPLETION_GATE>\\nready: true\\n</COMPLETION_GATE>\\n", \
        "type": "taskEvent"}, "kind": "agent", "position": 13}
        {"at": 1795908071236, "attempt": 1, "body": {"at": 1795908071236, "attempt": 1, "check": "make test", "event": "check_began", \
        "iteration": 1, "number": 10, "sequence": 10, "taskId": "envrywp1bg", "type": "taskEvent"}, "kind": "check", "position": 15}
        {"at": 1795908071300, "attempt": 1, "body": {"order": "message", "by": "owner", "text": "use tabs"}, "kind": "person", \
        "position": 16}
        {"at": 1795908071356, "attempt": 1, "body": {"at": 1795908071356, "attempt": 1, "code": "publishing", "event": "preparing", \
        "iteration": 1, "number": 13, "sequence": 13, "taskId": "envrywp1bg", "text": "merge", "type": "taskEvent"}, "kind": "note", \
        "position": 18}
        {"at": 1795994471797, "attempt": 1, "body": {"status": "iteration_limit_reached"}, "kind": "status", "position": 22}
        {"at": 1795994471797, "attempt": 1, "body": {"anything": [1, 2]}, "kind": "of_a_later_version", "position": 23}
        """

    private static func events(_ text: String) throws -> [EventView] {
        try text.split(separator: "\n")
            .map { line in
                let record = "{\"taskId\": \"envrywp1bg\", " + line.dropFirst()
                return try APIText.decode(Array(record.utf8), as: EventView.self)
            }
    }

    private static func told(_ text: String) throws -> [String] {
        var narrator = EventNarrator(callName: "envryw", speaksInPieces: true)
        return try events(text).flatMap { narrator.tell($0) }.map(\.text)
    }

    @Test func theStoryIsThatOfARunHereWithTimes() throws {
        #expect(
            try Self.told(Self.story) == [
                "── 2026-11-28, times in UTC",
                "23:21:10  Queued.",
                "23:21:10  Handed to the daemon 'build-1', attempt 1.",
                "23:21:10  · making the workspace",
                "23:21:10  Iteration 1 of 10",
                "23:21:10    ◦ working on it",
                "23:21:11    check began: make test",
                "23:21:11  owner: use tabs",
                "23:21:11  · merging into the target branch",
                "── 2026-11-29, times in UTC",
                "23:21:11  ■ iteration limit reached",
            ]
        )
    }

    /// The end of the iteration says that nothing more comes of what was said.
    @Test func aBurstSaysWhatIsLeftOutAndEndsWithItsLastLines() throws {
        func line(_ position: Int, _ body: String, kind: String = "agent") -> String {
            "{\"at\": 1, \"attempt\": 1, \"body\": \(body), \"kind\": \"\(kind)\", \"position\": \(position)}"
        }
        func text(_ lines: ClosedRange<Int>) -> String {
            let text = lines.map { "line \($0)\\n" }.joined()
            let stamp = "\"number\": 1, \"sequence\": 1, \"taskId\": \"envrywp1bg\", \"attempt\": 1"
            return
                "{\"at\": 1, \(stamp), \"event\": \"text\", \"iteration\": 1, \"text\": \"\(text)\", \"type\": \"taskEvent\"}"
        }
        let story = [line(1, text(1...94)), line(2, text(95...200)), line(3, "{}", kind: "iteration")]
        let told = try Self.told(story.joined(separator: "\n"))
        let words = told.dropFirst().map { $0.dropFirst(10) }
        func mark(_ number: Int) -> String { "  ◦ … (at least \(number) more lines: 'makima logs envryw' has all)" }
        func said(_ lines: ClosedRange<Int>) -> [String] { lines.map { "  ◦ line \($0)" } }
        #expect(words.map(String.init) == [mark(89)] + said(90...94) + [mark(101)] + said(196...200))
    }

    @Test func aStatusIsToldOnce() throws {
        let line =
            "{\"at\": 1, \"attempt\": 1, \"body\": {\"status\": \"waiting\"}, \"kind\": \"status\", \"position\": 1}"
        #expect(try Self.told(line + "\n" + line).count == 2)
    }

    @Test(arguments: ["agent", "check", "note", "question", "iteration", "checkpoint", "person", "status", "output"])
    func whatCannotBeReadIsPassedOver(kind: String) throws {
        for body in ["null", "{}", "[1]", "{\"event\": 7}", "{\"order\": \"dance\"}"] {
            let line = "{\"at\": 1, \"attempt\": 1, \"body\": \(body), \"kind\": \"\(kind)\", \"position\": 1}"
            #expect(try Self.told(line).isEmpty)
        }
    }
}
