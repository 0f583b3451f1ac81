import Domain
import Testing

@testable import Wire

struct FrameTests {
    private func error(_ text: String) -> WireError? { error(Array(text.utf8)) }

    private func error(_ bytes: [UInt8]) -> WireError? {
        do throws(WireError) {
            _ = try Frame.decode(bytes, as: ToDaemon.self)
            return nil
        } catch { return error }
    }

    @Test func aTypeOfALaterVersionIsAMessage() throws {
        let frame = Array(#"{"type":"danceTask","id":"c-1","number":3,"steps":[1.5]}"#.utf8)
        guard case .unknown(let reference) = try Frame.decode(frame, as: ToDaemon.self) else {
            Issue.record("it was read as something else")
            return
        }
        #expect(reference.type == "danceTask")
        let answer = NotUnderstood(reference)
        #expect(answer.of == "danceTask" && answer.id == "c-1" && answer.number == 3)
        let written = try Frame.encode(answer)
        #expect(
            String(decoding: written, as: UTF8.self) == #"{"id":"c-1","number":3,"of":"danceTask","type":"unknown"}"#
        )
        #expect(throws: WireError.self) { try Frame.encode(ToDaemon.unknown(reference)) }
    }

    @Test func aMessageOfTheOtherDirectionIsOfAnUnknownType() throws {
        let hello = try Golden.named("ToServer-hello-minimal")
        guard case .unknown(let reference) = try Frame.decode(hello.bytes, as: ToDaemon.self) else {
            Issue.record("a daemon has read a hello")
            return
        }
        #expect(reference.type == "hello")
    }

    @Test func aFrameThatIsNoMessageSaysWhy() {
        #expect(error("") == .notJSON(.unexpectedEnd))
        #expect(error("[]") == .notAnObject(found: "a list"))
        #expect(error("3") == .notAnObject(found: "an integer"))
        #expect(error("{}") == .field(path: "type", .missing))
        #expect(error(#"{"type":3}"#) == .field(path: "type", .wrongKind(expected: "identifier", found: "an integer")))
        #expect(error(#"{"type":""}"#)?.code == "malformed_identifier")
        #expect(error(#"{"type":"ack","upTo":1}x"#)?.code == "not_json")
        #expect(error(#"{"type":"ack","upTo":1,"upTo":2}"#) == .field(path: "upTo", .repeated))
        #expect(error(Array(#"{"type":"ack","upTo":1,"x":""#.utf8) + [0xFF] + Array(#""}"#.utf8)) == .notUTF8)
        let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        #expect(error(#"{"type":"ack","upTo":1,"x":\#(deep)}"#) == .notJSON(.tooDeep(limit: WireLimits.depth)))
    }

    @Test func onlyWholeNumbersInTheirRangeAreTaken() {
        let whole = FieldProblem.wrongKind(
            expected: "integer, 0 to 9007199254740991",
            found: "a number with a fraction, or too large"
        )
        for text in ["1.5", "1.0", "1e2", "1e400", "-1e400", "9223372036854775808"] {
            #expect(error(#"{"type":"ack","upTo":\#(text)}"#) == .field(path: "upTo", whole))
        }
        let beyond: [(String, Int64)] = [
            ("-1", -1), ("9007199254740992", 9_007_199_254_740_992), ("-9223372036854775808", .min),
        ]
        for (text, found) in beyond {
            #expect(
                error(#"{"type":"ack","upTo":\#(text)}"#)
                    == .field(path: "upTo", .outOfRange(found: found, lowest: 0, highest: 9_007_199_254_740_991))
            )
        }
        for text in ["NaN", "Infinity", "-Infinity", "0x10", "01", "+1"] {
            #expect(error(#"{"type":"ack","upTo":\#(text)}"#)?.code == "not_json")
        }
        #expect(error(#"{"type":"ack","upTo":9007199254740991}"#) == nil)
        #expect(error(#"{"type":"ack","upTo":null}"#)?.code == "wrong_kind")
        #expect(error(#"{"type":"ack","upTo":"1"}"#)?.code == "wrong_kind")
    }

    @Test func anErrorNamesTheFieldFarInside() throws {
        let spawn = try Golden.named("ToDaemon-spawnTask-full")
        let checks = JSONValue.array([
            .object(["name": .string("a"), "command": .string("a")]),
            .object(["name": .string("b"), "command": .integer(3)]),
        ])
        let error = try #require(try spawn.error(with: "checks", checks))
        #expect(error.path == "checks[1].command")
        #expect(
            error.description
                == "The field 'checks[1].command' cannot be taken: it is an integer and not text, 1 to 32768 bytes."
        )
        let agent = JSONValue.object([
            "name": .string("x"), "prices": .object(["m": .object(["inputMicrodollars": .bool(true)])]),
        ])
        #expect(try spawn.error(with: "agent", agent)?.path == "agent.prices.m.inputMicrodollars")
        let refusal = Refused(error, of: Frame.reference(in: spawn.bytes))
        #expect(refusal.field == "checks[1].command" && refusal.of == "spawnTask" && refusal.id == "cmd-01J9")
        #expect(throws: Never.self) { try Frame.encode(refusal) }
    }

    @Test func aFrameHasALimit() throws {
        var message = SendMessage()
        message.head = CommandHead("c-1", task: try #require(TaskID(rawValue: "k7m2q9xw4t")), attempt: 1)
        message.text = String(repeating: "x", count: WireLimits.message)
        #expect(throws: Never.self) { try Frame.encode(message) }
        message.text += "x"
        #expect(throws: WireError.field(path: "text", .tooLong(bytes: 65_537, limit: 65_536))) {
            try Frame.encode(message)
        }
        let large = Array(#"{"type":"ack","upTo":1,"x":""#.utf8) + Array(repeating: 0x78, count: WireLimits.frame)
        #expect(error(large) == .frameTooLarge(bytes: large.count, limit: WireLimits.frame))
        #expect(Frame.reference(in: large) == nil)
    }

    @Test func theReferenceOfAFrameThatCannotBeReadIsFound() {
        let frame = Array(#"{"type":"taskOutput","number":7,"id":"\u0000","taskId":3}"#.utf8)
        let reference = Frame.reference(in: frame)
        #expect(reference?.type == "taskOutput" && reference?.number == 7 && reference?.id == nil)
        #expect(Frame.reference(in: Array("{".utf8)) == nil)
        #expect(Frame.reference(in: Array(#"{"number":-1}"#.utf8))?.number == nil)
    }

    @Test func whatCannotBeTakenCannotBeSent() {
        #expect(throws: WireError.field(path: "id", .malformed(found: "", .identifier))) {
            try Frame.encode(CommandAck(id: ""))
        }
        #expect(
            throws: WireError.field(path: "upTo", .outOfRange(found: -1, lowest: 0, highest: 9_007_199_254_740_991))
        ) {
            try Frame.encode(OutboxAck(upTo: -1))
        }
        var complete = TaskComplete()
        complete.status = .running
        #expect(throws: WireError.field(path: "status", .inconsistent(.attemptNotEnded))) { try Frame.encode(complete) }
    }

    @Test func aStatusIsReportedInOneWayOnly() throws {
        let change = try Golden.named("ToServer-statusChange-minimal")
        let complete = try Golden.named("ToServer-taskComplete-minimal")
        for status in TaskStatus.allCases {
            let word = JSONValue.string(status.wireWord)
            #expect(
                (try change.error(with: "status", word) == nil) != (try complete.error(with: "status", word) == nil)
            )
        }
        #expect(try change.error(with: "status", .string("resting"))?.code == "unknown_word")
    }

    @Test func versionsAreAgreedOn() {
        var hello = Hello()
        hello.version = 3
        hello.lowestVersion = 2
        #expect(ProtocolVersion.agreed(hello) == nil)
        #expect(ProtocolVersion.agreed(hello, lowest: 1, highest: 2) == 2)
        #expect(ProtocolVersion.agreed(hello, lowest: 3, highest: 9) == 3)
        #expect(ProtocolVersion.agreed(hello, lowest: 4, highest: 9) == nil)
    }
}
