import Domain
import Processes
import TestSupport
import Testing

@testable import Agents

/// What Claude Code is told while it works, and what it acknowledges.
struct ClaudeDialogueTests {
    private var reader: ClaudeReader

    init() throws {
        var request = try Samples.request(session: nil)
        request.prompt = "Mend \"it\"\nnow"
        reader = ClaudeReader(talkingFor: request, zones: Samples.zones)
    }

    private let message = TaskMessage(number: 300, text: "Use SQLite", sentAt: Timestamp(millisecondsSince1970: 0))
    private let id = "00000000-0000-4000-8000-00000000012c"

    private mutating func read(_ lines: String...) -> [AgentEvent] {
        reader.consume(Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    private mutating func told() throws -> [JSONValue] {
        try reader.takeInput().bytes.split(separator: UInt8(ascii: "\n")).map { try JSONParser.parse(Array($0)) }
    }

    private func lifecycle(_ state: String) -> String {
        #"{"type":"command_lifecycle","command_uuid":"\#(id)","state":"\#(state)"}"#
    }

    @Test mutating func isGivenItsPromptOnce() throws {
        let lines = try told()
        #expect(lines.count == 1)
        #expect(lines[0]["message"]?["content"]?.string == "Mend \"it\"\nnow")
        let rest = reader.takeInput()
        #expect(rest == AgentInput())
    }

    @Test mutating func hasAMessageWhenATurnTakesItUpAndNotWhenItIsQueued() throws {
        _ = reader.takeInput()
        let isHeard = reader.hear(.message(message))
        let lines = try told()
        #expect(isHeard)
        #expect(lines.first?["uuid"]?.string == id)
        #expect(lines.first?["message"]?["content"]?.string == "Use SQLite")
        let events = [read(lifecycle("queued")), read(lifecycle("started")), read(lifecycle("started"))]
        #expect(events == [[], [.messageTaken(number: 300)], []])
    }

    @Test mutating func acknowledgesNothingThatItWasNotTold() {
        let events = read(lifecycle("started"))
        #expect(events.isEmpty)
    }

    @Test mutating func isToldNothingMoreAfterItsFinalRecord() {
        _ = reader.takeInput()
        _ = read(Line.start, Line.result("done"))
        let input = reader.takeInput()
        let heard = [reader.hear(.message(message)), reader.hear(.interrupt)]
        let rest = reader.takeInput()
        #expect(input.isLast)
        #expect(heard == [false, false])
        #expect(rest == AgentInput())
    }

    @Test mutating func anInterruptIsARequestWhoseAnswerEndsTheInput() throws {
        _ = reader.takeInput()
        let isHeard = reader.hear(.interrupt)
        let request = try told().first?["request"]
        #expect(isHeard)
        #expect(request?["subtype"]?.string == "interrupt")
        _ = read(#"{"type":"control_response","response":{"subtype":"success","request_id":"other"}}"#)
        let early = reader.takeInput()
        _ = read(#"{"type":"control_response","response":{"subtype":"success","request_id":"interrupt"}}"#)
        let late = reader.takeInput()
        #expect([early.isLast, late.isLast] == [false, true])
    }

    @Test func aProgramThatIsGivenItsPromptOnceIsNotTalkedTo() throws {
        var reader = ClaudeReader(request: try Samples.request(session: nil), zones: Samples.zones)
        let isHeard = reader.hear(.message(message))
        let input = reader.takeInput()
        #expect(!reader.isTalking)
        #expect(!isHeard)
        #expect(input == AgentInput())
    }

    @Test mutating func aMessageOfAFormerMakimaIsAcknowledgedToThisOne() throws {
        var former = reader
        _ = former.hear(.message(message))
        let numbers = reader.recall(former.takeInput().bytes)
        let events = read(lifecycle("started"))
        #expect(numbers == [300])
        #expect(events == [.messageTaken(number: 300)])
    }
}
