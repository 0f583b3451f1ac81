import Domain
import Processes
import Testing

@testable import Agents

/// What agents of the Agent Client Protocol are answered when they ask for permissions; the requests are those that
/// kimi-cli 1.51.0 and mistral-vibe 3.0.3 make.
struct ACPPermissionTests {
    /// A reader whose agent works on its prompt, and the requests that it was given at the beginning.
    private func working(
        _ permissions: Permissions,
        modes: String = "{}"
    ) throws -> (reader: RecordReader<ACPTranscript>, told: [JSONValue]) {
        var request = try Samples.request(.acp)
        request.permissions = permissions
        let setup = ACPSetup(request, executable: "/usr/local/bin/makima")
        var reader = RecordReader(ACPTranscript(setup), zones: Samples.zones)
        for line in [
            #"{"id":1,"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true}}}"#,
            #"{"id":2,"result":{"sessionId":"s-1","modes":\#(modes)}}"#, #"{"id":5,"result":{}}"#,
        ] { _ = reader.consume(Array((line + "\n").utf8)) }
        let told = try told(&reader)
        return (reader, told)
    }

    private func told(_ reader: inout RecordReader<ACPTranscript>) throws -> [JSONValue] {
        try reader.takeInput().bytes.split(separator: UInt8(ascii: "\n")).map { try JSONParser.parse(Array($0)) }
    }

    private func asking(_ call: String, id: Int = 7) -> [UInt8] {
        let options = [("o-yes", "allow_once"), ("o-always", "allow_always"), ("o-no", "reject_once")]
            .map { #"{"optionId":"\#($0)","kind":"\#($1)"}"# }
            .joined(separator: ",")
        return Array(
            (#"{"id":\#(id),"method":"session/request_permission","params":{"sessionId":"s-1","toolCall":\#(call),"#
                + #""options":[\#(options)]}}"# + "\n")
                .utf8
        )
    }

    private static let kimiCommand =
        #"{"toolCallId":"c","title":"Shell: rm -rf zzz","content":[{"type":"content","content":{"type":"text","text":"May I?"}}]}"#
    private static let kimiChange =
        #"{"toolCallId":"c","title":"StrReplaceFile: a.txt","content":[{"type":"diff","path":"/workspace/a.txt","newText":"x"}]}"#
    private static let vibeCall =
        #"{"method":"session/update","params":{"sessionId":"s-1","update":{"sessionUpdate":"tool_call","toolCallId":"v","#
        + #""title":"bash: rm -rf zzz","kind":"execute","status":"in_progress","rawInput":{"command":"rm -rf zzz"}}}}"#

    /// What is asked for, apart from everything that its tool is given.
    private func asked(_ events: [AgentEvent]) -> PermissionRequest? {
        for case .permissionAsked("7", var request) in events {
            request.input = nil
            return request
        }
        return nil
    }

    private func chosen(_ answer: JSONValue?) -> String? {
        let outcome = answer?["result"]?["outcome"]
        return outcome?["optionId"]?.string ?? outcome?["outcome"]?.string
    }

    @Test func aChangeOfTheWorkspaceIsAllowedWhereFilesMayBeChanged() throws {
        var reader = try working(Permissions(.edit, asksPeople: true)).reader
        let events = reader.consume(asking(Self.kimiChange))
        #expect(!events.contains { if case .permissionAsked = $0 { true } else { false } })
        #expect(chosen(try told(&reader).first) == "o-yes")
    }

    @Test(arguments: [
        (Self.kimiCommand, PermissionRequest(tool: "Shell", kind: .other, subject: "rm -rf zzz")),
        (
            #"{"toolCallId":"c","title":"Edit","kind":"edit","locations":[{"path":"/etc/passwd"}]}"#,
            PermissionRequest(tool: "Edit", kind: .other, subject: "/etc/passwd")
        ),
        (
            #"{"toolCallId":"c","title":"Edit","kind":"edit"}"#,
            PermissionRequest(tool: "Edit", kind: .other, subject: "")
        ),
        (
            #"{"toolCallId":"c","title":"Move","kind":"move","locations":[{"path":"a"},{"path":"/etc/passwd"}]}"#,
            PermissionRequest(tool: "Move", kind: .other, subject: "a")
        ),
    ])
    func theRestIsAskedAbout(call: String, request: PermissionRequest) throws {
        var reader = try working(Permissions(.edit, asksPeople: true)).reader
        let events = reader.consume(asking(call))
        #expect(asked(events) == request)
        #expect(try told(&reader).isEmpty)
    }

    @Test func whatWasToldOfACallBeforeIsRemembered() throws {
        var reader = try working(Permissions(.ask, asksPeople: true)).reader
        _ = reader.consume(Array((Self.vibeCall + "\n").utf8))
        let events = reader.consume(asking(#"{"toolCallId":"v"}"#))
        let request = PermissionRequest(tool: "bash", kind: .other, subject: "rm -rf zzz")
        #expect(asked(events) == request)
    }

    @Test(arguments: [
        (PermissionVerdict.allow(isLasting: false), "o-yes"), (.allow(isLasting: true), "o-yes"),
        (.refuse("use yarn"), "o-no"), (.park, "cancelled"),
    ])
    func isToldWhatAPersonDecides(verdict: PermissionVerdict, option: String) throws {
        var reader = try working(Permissions(.ask, asksPeople: true)).reader
        _ = reader.consume(asking(Self.kimiCommand))
        let unknown = reader.hear(.permission(id: "8", verdict))
        let known = reader.hear(.permission(id: "7", verdict))
        let again = reader.hear(.permission(id: "7", verdict))
        #expect([unknown, known, again] == [false, true, false])
        let told = try told(&reader)
        #expect(told.first?["id"]?.int == 7)
        #expect(chosen(told.first) == option)
        // Nobody decided: its turn is to end.
        #expect(told.dropFirst().map { $0["method"]?.string } == (verdict == .park ? ["session/cancel"] : []))
    }

    @Test func aPermissionForOneUseIsNeverMadeOneForGood() throws {
        var reader = try working(Permissions(.ask, asksPeople: true)).reader
        let line =
            #"{"id":7,"method":"session/request_permission","params":{"sessionId":"s-1","toolCall":{"toolCallId":"c","#
            + #""title":"Shell: ls"},"options":[{"optionId":"o-always","kind":"allow_always"}]}}"# + "\n"
        _ = reader.consume(Array(line.utf8))
        _ = reader.hear(.permission(id: "7", .allow(isLasting: false)))
        #expect(chosen(try told(&reader).first) == "cancelled")
    }

    @Test func aSecondRequestOfTheSameNameIsNotTheOneThatIsAllowed() throws {
        var reader = try working(Permissions(.ask, asksPeople: true)).reader
        _ = reader.consume(asking(Self.kimiCommand))
        let second = reader.consume(asking(#"{"toolCallId":"d","title":"Shell: rm -rf ."}"#))
        #expect(asked(second) == nil)
        _ = reader.hear(.permission(id: "7", .allow(isLasting: false)))
        #expect(try told(&reader).count == 1)
    }

    @Test func withoutAWordOfWhatItIsAboutNothingIsAllowedForGood() throws {
        var reader = try working(Permissions(.ask, asksPeople: true)).reader
        _ = reader.consume(asking(#"{"toolCallId":"c","title":"Shell"}"#))
        _ = reader.hear(.permission(id: "7", .allow(isLasting: true)))
        let again = reader.consume(asking(#"{"toolCallId":"d","title":"Shell"}"#, id: 7))
        #expect(asked(again) != nil)
    }

    @Test func whereNobodyCanBeAskedItIsRefusedAndRemembered() throws {
        var reader = try working(Permissions(.edit)).reader
        let events = reader.consume(asking(Self.kimiCommand))
        #expect(chosen(try told(&reader).first) == "o-no")
        #expect(events.contains { if case .permissionDenied("Shell", _) = $0 { true } else { false } })
        let outcome = reader.read(#"{"id":3,"result":{"stopReason":"end_turn"}}"# + "\n", Samples.exit(0))
        #expect(outcome.end == .permissionDenied(what: "Shell: rm -rf zzz"))
    }

    private static func modes(_ current: String, _ offered: String...) -> String {
        let list = offered.map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
        return #"{"currentModeId":"\#(current)","availableModes":[\#(list)]}"#
    }

    @Test(arguments: [
        (PermissionMode.ask, modes("accept-edits", "ask", "accept-edits", "auto-approve"), "ask" as String?),
        (.edit, modes("auto-approve", "ask", "accept-edits", "auto-approve"), "accept-edits"),
        (.edit, modes("accept-edits", "ask", "accept-edits"), nil), (.ask, modes("default", "default"), nil),
        (.full, modes("ask", "ask", "auto-approve"), nil), (.ask, "{}", nil),
    ])
    func theProgramIsToldToAsk(mode: PermissionMode, modes: String, chosen: String?) throws {
        let told = try working(Permissions(mode, asksPeople: true), modes: modes).told
        let methods = told.compactMap { $0["method"]?.string }
        let choice = told.first { $0["method"]?.string == "session/set_mode" }
        #expect(choice?["params"]?["modeId"]?.string == chosen)
        #expect(methods.last == "session/prompt")
    }

    @Test func whatAFormerMakimaAnsweredIsNotAskedAgain() throws {
        var (first, _) = try working(Permissions(.ask, asksPeople: true))
        _ = first.consume(asking(Self.kimiCommand))
        _ = first.hear(.permission(id: "7", .allow(isLasting: false)))
        var (second, _) = try working(Permissions(.ask, asksPeople: true))
        _ = second.recall(first.takeInput().bytes)
        #expect(asked(second.consume(asking(Self.kimiCommand))) == nil)
        let events = second.consume(asking(Self.kimiCommand, id: 8))
        #expect(events.contains { if case .permissionAsked("8", _) = $0 { true } else { false } })
        #expect(try told(&second).isEmpty)
    }
}
