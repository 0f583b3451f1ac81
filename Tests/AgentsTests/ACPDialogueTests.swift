import Domain
import Processes
import Testing

@testable import Agents

/// What an agent of the Agent Client Protocol is told, and what becomes of odd answers.
struct ACPDialogueTests {
    private var reader: RecordReader<ACPTranscript>

    init() throws {
        self.init(try Self.setup())
    }

    private init(_ setup: ACPSetup) {
        reader = RecordReader(ACPTranscript(setup), zones: Samples.zones)
    }

    private static func setup(
        session: AgentSession? = nil,
        _ change: (inout AgentRequest) -> Void = { _ in }
    ) throws -> ACPSetup {
        var request = try Samples.request(.acp, prompt: "Mend \"it\"\nnow", session: session)
        change(&request)
        return ACPSetup(request, executable: "/usr/local/bin/makima")
    }

    @discardableResult
    private mutating func read(_ lines: String...) -> [AgentEvent] {
        reader.consume(Array(lines.map { $0 + "\n" }.joined().utf8))
    }

    private mutating func told() throws -> [JSONValue] {
        try reader.takeInput().bytes.split(separator: UInt8(ascii: "\n")).map { try JSONParser.parse(Array($0)) }
    }

    private mutating func outcome(_ code: Int32 = 0, errors: String = "") -> AgentOutcome {
        _ = reader.finish()
        return reader.outcome(of: Samples.exit(code, errors: errors))
    }

    private static let start =
        #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true}}}"#
    private static let opened = #"{"jsonrpc":"2.0","id":2,"result":{"sessionId":"s-1"}}"#
    private static let ended = answer("end_turn")

    private static func answer(_ reason: String) -> String { #"{"id":3,"result":{"stopReason":"\#(reason)"}}"# }

    private static func update(_ update: String, of session: String = "s-1") -> String {
        #"{"method":"session/update","params":{"sessionId":"\#(session)","update":\#(update)}}"#
    }

    private static func chunk(_ text: String, of session: String = "s-1") -> String {
        update(#"{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"\#(text)"}}"#, of: session)
    }

    private static func call(_ id: String, _ status: String = "completed") -> String {
        update(#"{"sessionUpdate":"tool_call","toolCallId":"\#(id)","title":"Shell: ls","status":"\#(status)"}"#)
    }

    private static func permission(_ kinds: String..., id: String = "7") -> String {
        let options = kinds.map { #"{"optionId":"o-\#($0)","kind":"\#($0)"}"# }.joined(separator: ",")
        return #"{"id":\#(id),"method":"session/request_permission","params":{"sessionId":"s-1","#
            + #""toolCall":{"toolCallId":"c","title":"Shell: ls"},"options":[\#(options)]}}"#
    }

    // MARK: - What it is told

    @Test mutating func saysOneThingAfterTheOther() throws {
        var methods = try told().map { $0["method"]?.string }
        read(Self.start)
        methods += try told().map { $0["method"]?.string }
        read(Self.opened)
        let prompt = try told()
        methods += prompt.map { $0["method"]?.string }
        #expect(methods == ["initialize", "session/new", "session/prompt"])
        #expect(prompt.first?["params"]?["prompt"]?[0]?["text"]?.string == "Mend \"it\"\nnow")
        #expect(prompt.first?["params"]?["sessionId"]?.string == "s-1")
        read(Self.chunk("hm"), Self.ended)
        let rest = reader.takeInput()
        #expect(rest.bytes.isEmpty && rest.isLast)
    }

    @Test mutating func aMessageIsNotHeardAtAnyTime() {
        let message = TaskMessage(number: 1, text: "Stop", sentAt: Samples.recorded)
        var heard = [reader.hear(.message(message))]
        for line in [Self.start, Self.opened, Self.ended] {
            read(line)
            heard.append(reader.hear(.message(message)))
        }
        #expect(heard == [false, false, false, false])
    }

    @Test mutating func anInterruptIsSaidOnceAndOnlyWhileItWorks() throws {
        read(Self.start, Self.opened, Self.chunk("I begin"))
        _ = try told()
        let heard = [reader.hear(.interrupt), reader.hear(.interrupt)]
        #expect(heard == [true, false])
        let line = try told().first
        #expect(line?["method"]?.string == "session/cancel" && line?["id"] == nil)
        read(Self.answer("cancelled"))
        #expect(outcome().end == .incomplete)
    }

    @Test mutating func interruptedBeforeItsPromptItIsGivenNone() {
        _ = reader.takeInput()
        let isHeard = reader.hear(.interrupt)
        let last = reader.takeInput()
        read(Self.start, Self.opened)
        let rest = reader.takeInput()
        #expect(!isHeard && last.isLast)
        #expect(rest == AgentInput())
    }

    @Test mutating func getsMakimasToolsAsAServer() throws {
        self = Self(try Self.setup { $0.tools = ToolAccess(file: "/run/t", token: "secret", asksPeople: true) })
        read(Self.start)
        let server = try told().last?["params"]?["mcpServers"]?[0]
        #expect(server?["name"]?.string == "makima")
        #expect(server?["command"]?.string == "/usr/local/bin/makima")
        #expect(server?["args"]?.array == ["mcp", "--file", "/run/t", "--ask"].map(JSONValue.string))
        #expect(server?["env"]?[0]?["name"]?.string == "MAKIMA_TOOLS_TOKEN")
        #expect(server?["env"]?[0]?["value"]?.string == "secret")
    }

    // MARK: - Models

    @Test mutating func choosesTheModelBeforeThePrompt() throws {
        self = Self(try Self.setup { $0.configuration.model = "big" })
        read(Self.start)
        _ = try told()
        read(#"{"id":2,"result":{"sessionId":"s-1","models":{"availableModels":[{"modelId":"big"}]}}}"#)
        let choice = try told()
        read(#"{"id":4,"result":{}}"#)
        let prompt = try told()
        #expect(choice.map { $0["method"]?.string } == ["session/set_model"])
        #expect(choice.first?["params"]?["modelId"]?.string == "big")
        #expect(prompt.map { $0["method"]?.string } == ["session/prompt"])
    }

    @Test mutating func choosesAModelThatIsASetting() throws {
        self = Self(try Self.setup { $0.configuration.model = "big" })
        read(Self.start)
        _ = try told()
        read(
            #"{"id":2,"result":{"sessionId":"s-1","configOptions":[{"id":"m","category":"model","options":"#
                + #"[{"value":"small"},{"value":"big"}]}]}}"#
        )
        let choice = try told()
        #expect(choice.map { $0["method"]?.string } == ["session/set_config_option"])
        #expect(choice.first?["params"]?["configId"]?.string == "m")
        #expect(choice.first?["params"]?["value"]?.string == "big")
    }

    @Test mutating func aModelThatIsNotOfferedIsAFailure() throws {
        self = Self(try Self.setup { $0.configuration.model = "big" })
        read(Self.start, Self.opened)
        #expect(outcome().end == .launchFailure(message: "It does not offer the model 'big'."))
    }

    // MARK: - Conversations

    @Test mutating func goesOnWithAConversationAndDoesNotTakeItsHistoryForItsTurn() throws {
        self = Self(try Self.setup(session: AgentSession(id: "s-1")))
        read(Self.start)
        #expect(try told().last?["method"]?.string == "session/load")
        read(Self.chunk("old words"), Self.call("old"), #"{"id":2,"result":{}}"#)
        read(Self.ended)
        #expect(outcome().end == .agentError(message: ACPTranscript.silence))
    }

    @Test(arguments: [
        #"{"id":1,"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":false}}}"#,
        start + "\n" + #"{"id":2,"error":{"code":-32602,"message":"Session not found"}}"#,
        start + "\n" + #"{"id":2,"error":{"code":-32603,"message":"Internal error"}}"#,
    ])
    mutating func aConversationThatCannotBeLoadedIsUnusable(_ lines: String) throws {
        self = Self(try Self.setup(session: AgentSession(id: "s-1")))
        read(lines)
        let outcome = outcome()
        #expect(outcome.end == .unusableSession)
        #expect(outcome.sessionID == nil)
    }

    @Test mutating func aConversationIsNotToBlameForALogin() throws {
        self = Self(try Self.setup(session: AgentSession(id: "s-1")))
        read(Self.start, #"{"id":2,"error":{"code":-32000,"message":"Authentication required"}}"#)
        #expect(outcome().end == .authentication(message: "Authentication required"))
    }

    @Test(arguments: ["../../etc", "-x", "a b", ""])
    mutating func aNameThatIsNoneIsNotKept(_ name: String) throws {
        read(Self.start, #"{"id":2,"result":{"sessionId":"\#(name)"}}"#, Self.chunk("hm", of: name), Self.ended)
        #expect(outcome().sessionID == nil)
    }

    @Test mutating func whoCannotLoadLeavesNoConversation() {
        read(#"{"id":1,"result":{"protocolVersion":1}}"#, Self.opened, Self.chunk("Done."), Self.ended)
        let outcome = outcome()
        #expect(outcome.end == .ok)
        #expect(outcome.sessionID == nil)
    }

    // MARK: - Requests of the agent

    @Test(arguments: [
        (["reject_once", "allow_always", "allow_once"], "o-allow_once"),
        (["reject_once", "allow_always"], "o-allow_always"),
        (["reject_once"], "o-reject_once"),
    ])
    mutating func allowsOnceWhereThatIsOffered(_ kinds: [String], _ chosen: String) throws {
        read(Self.start, Self.opened)
        _ = try told()
        let options = kinds.map { #"{"optionId":"o-\#($0)","kind":"\#($0)"}"# }.joined(separator: ",")
        read(
            #"{"id":"a","method":"session/request_permission","params":{"toolCall":{},"options":[\#(options)]}}"#
        )
        let answer = try told().first
        #expect(answer?["id"]?.string == "a")
        #expect(answer?["result"]?["outcome"]?["optionId"]?.string == chosen)
    }

    @Test mutating func whatCannotBeAllowedIsToldAsRefused() throws {
        read(Self.start, Self.opened)
        let events = read(Self.permission("reject_once"))
        #expect(events.contains { if case .permissionDenied("Shell", _) = $0 { true } else { false } })
        read(Self.ended)
        #expect(outcome().end == .permissionDenied(what: "Shell: ls"))
    }

    @Test mutating func allowsNothingAfterAnInterrupt() throws {
        read(Self.start, Self.opened)
        _ = reader.hear(.interrupt)
        _ = try told()
        read(Self.permission("allow_once"))
        #expect(try told().first?["result"]?["outcome"]?["outcome"]?.string == "cancelled")
    }

    @Test(arguments: ["fs/read_text_file", "fs/write_text_file", "terminal/create", "session/elsewhere"])
    mutating func doesNothingElseForTheAgent(_ method: String) throws {
        read(Self.start, Self.opened)
        _ = try told()
        read(#"{"id":0,"method":"\#(method)","params":{"path":"/etc/passwd"}}"#)
        let answer = try told().first
        #expect(answer?["id"]?.int == 0)
        #expect(answer?["error"]?["code"]?.int == -32601)
        read(#"{"method":"\#(method)","params":{}}"#)
        #expect(try told().isEmpty)
    }

    // MARK: - Ends

    @Test(arguments: [
        ("end_turn", IterationEnd.ok), ("cancelled", .incomplete), ("max_tokens", .incomplete),
        ("max_turn_requests", .incomplete), ("refusal", .agentError(message: "The model refused to go on.")),
        ("new_reason", .agentError(message: "It ended its turn for a reason that makima does not know: new_reason.")),
    ])
    mutating func everyReasonHasItsEnd(_ reason: String, _ end: IterationEnd) {
        read(Self.start, Self.opened, Self.chunk("hm"), Self.answer(reason))
        #expect(outcome().end == end)
    }

    @Test(arguments: [
        (#"{"code":-31002,"message":"Invalid API key (from env var K)."}"#, "authentication"),
        (
            #"{"code":-32603,"message":"Internal error","data":{"error":"Error code: 429 - {'x': 'slow down'}"}}"#,
            "rate"
        ),
        (#"{"code":-31001,"message":"Slow down"}"#, "rate"), (#"{"code":429,"message":"Slow down"}"#, "rate"),
        (#"{"code":-31004,"message":"Too much"}"#, "context"), (#"{"code":1,"message":"odd"}"#, "agent"),
        (#""odd""#, "agent"), (#"{}"#, "agent"),
    ])
    mutating func errorsHaveTheirClass(_ error: String, _ name: String) {
        read(Self.start, Self.opened, Self.chunk("I begin"), #"{"id":3,"error":\#(error)}"#)
        let isExpected =
            switch outcome().end {
            case .authentication: name == "authentication"
            case .rateLimited: name == "rate"
            case .contextOverflow: name == "context"
            case .agentError: name == "agent"
            default: false
            }
        #expect(isExpected)
    }

    @Test mutating func standardErrorTellsWhyNothingWasSaid() {
        read(Self.start, Self.opened, Self.ended)
        #expect(
            outcome(errors: "Error code: 401 - {'error': 'x'}\n").end != .agentError(message: ACPTranscript.silence)
        )
    }

    @Test mutating func whatDoesNotSpeakTheProtocolDoesNotStart() {
        read("kimi-cli is no longer maintained. Please use the new Kimi Code CLI.")
        #expect(
            outcome().end
                == .launchFailure(message: "kimi-cli is no longer maintained. Please use the new Kimi Code CLI.")
        )
    }

    @Test mutating func anotherVersionOfTheProtocolDoesNotStart() {
        read(#"{"id":1,"result":{"protocolVersion":2}}"#)
        #expect(
            outcome().end
                == .launchFailure(message: "It speaks version 2 of the Agent Client Protocol, makima version 1.")
        )
    }

    @Test mutating func theAnswerCountsWhateverTheProcessDidAfterIt() {
        read(Self.start, Self.opened, Self.chunk("Done."), Self.ended)
        let outcome = outcome(1, errors: "Traceback")
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == "Done.")
    }

    @Test mutating func withoutAnAnswerNothingThatWasSaidCounts() {
        read(Self.start, Self.opened, Self.chunk("Done."))
        let outcome = outcome(0)
        #expect(outcome.end == .incomplete)
        #expect(outcome.finalMessage == nil)
        #expect(outcome.sessionID == "s-1")
    }

    // MARK: - Final message

    @Test mutating func theFinalMessageIsWhatComesAfterTheLastCall() {
        read(Self.start, Self.opened, Self.chunk("first"), Self.call("c"), Self.chunk("sec"))
        read(
            Self.update(#"{"sessionUpdate":"agent_thought_chunk","content":{"type":"text","text":"hm"}}"#),
            Self.chunk("ond")
        )
        let events = read(Self.ended)
        #expect(events.first == .text("second"))
        #expect(outcome().finalMessage == "second")
    }

    @Test mutating func afterALastCallThereIsNoFinalMessage() {
        read(Self.start, Self.opened, Self.chunk("first"), Self.call("c"), Self.ended)
        let outcome = outcome()
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == nil)
    }

    @Test mutating func theNewsOfAKnownCallIsNoLaterCall() {
        read(Self.start, Self.opened, Self.call("c", "in_progress"), Self.chunk("second"))
        read(Self.update(#"{"sessionUpdate":"tool_call_update","toolCallId":"c","status":"failed"}"#), Self.ended)
        #expect(outcome().finalMessage == "second")
    }

    // MARK: - Hostile output

    @Test mutating func onlyTheAnswerThatIsWaitedForCounts() {
        read(Self.ended, Self.opened, Self.start, Self.answer("refusal"), Self.opened, Self.chunk("Done."))
        read(#"{"id":"3","result":{"stopReason":"refusal"}}"#, #"{"id":33,"result":{"stopReason":"refusal"}}"#)
        read(#"{"id":3.5,"result":{}}"#, #"{"id":null,"result":{}}"#, #"{"result":{}}"#, "{}", "[]", "3", "")
        read(Self.ended, Self.answer("refusal"), #"{"id":3,"error":{"code":1,"message":"late"}}"#)
        let outcome = outcome()
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage == "Done.")
    }

    @Test mutating func whatIsOfAnotherConversationIsNotItsOwn() {
        read(Self.start, Self.opened, Self.chunk("stolen", of: "s-2"), Self.ended)
        #expect(outcome().end == .agentError(message: ACPTranscript.silence))
    }

    @Test mutating func aLineMayBeLongAndHaveSeparatorsOfUnicode() {
        let long = String(repeating: "é\u{2028}", count: 1_700_000) + "GATE"
        read(Self.start, Self.opened, Self.chunk(long))
        let end = reader.consume(Array(Self.ended.utf8)) + reader.finish()
        #expect(!end.isEmpty)
        let outcome = reader.outcome(of: Samples.exit(0))
        #expect(outcome.end == .ok)
        #expect(outcome.finalMessage?.hasSuffix("\u{2028}GATE") == true)
        #expect((outcome.finalMessage?.utf8.count ?? 0) <= 1 << 20)
    }

    @Test mutating func aLineThatIsTooLongIsPassedOver() throws {
        reader = RecordReader(ACPTranscript(try Self.setup()), zones: Samples.zones, lineLimit: 2000)
        read(Self.start, Self.opened, Self.chunk("before"), Self.call("c", "in_progress"))
        _ = try told()
        let long = String(repeating: "x", count: 3000)
        let events = read(Self.chunk(long), Self.permission("allow_once", long))
        #expect(events.contains(.toolCallEnded(id: "c", isError: false)))
        // It must not be left without an answer.
        #expect(try told().first?["id"]?.int == 7)
        read(Self.ended)
        #expect(outcome().finalMessage == nil)
    }

    @Test mutating func whatNobodyTakesIsNotKeptForEver() {
        read(Self.start, Self.opened)
        for _ in 0..<200 {
            let lines = (0..<100).map { Self.permission("allow_once", id: String($0)) + "\n" }.joined()
            _ = reader.consume(Array(lines.utf8))
        }
        let kept = reader.takeInput().bytes.count
        #expect(kept < 2 << 20)
    }
}
