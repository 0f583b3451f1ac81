import Domain
import Processes
import Testing

@testable import Agents

/// What Claude Code is answered when it asks for permissions; the requests are those that 2.1.330 makes.
struct ClaudePermissionTests {
    private func reader(_ permissions: Permissions, isConfined: Bool = true) throws -> ClaudeReader {
        var request = try Samples.request(session: nil)
        request.permissions = permissions
        request.site.isConfined = isConfined
        var reader = ClaudeReader(talkingFor: request, zones: Samples.zones)
        _ = reader.takeInput()
        return reader
    }

    private func asking(_ tool: String, _ input: String, id: String = "r-1") -> String {
        #"{"type":"control_request","request_id":"\#(id)","request":{"subtype":"can_use_tool","tool_name":"\#(tool)","#
            + #""display_name":"\#(tool)","input":\#(input),"permission_suggestions":[],"tool_use_id":"toolu_1"}}"#
            + "\n"
    }

    private let install = #"{"command":"npm install","description":"get them"}"#

    private func asked(_ events: [AgentEvent]) -> PermissionRequest? {
        guard case .permissionAsked("r-1", let request) = events.first else { return nil }
        return request
    }

    private func answers(_ reader: inout ClaudeReader) throws -> [JSONValue] {
        try reader.takeInput().bytes.split(separator: UInt8(ascii: "\n"))
            .map { try JSONParser.parse(Array($0))["response"] ?? .null }
    }

    @Test func isAllowedAChangeOfTheWorkspaceAndGivenItsInputBack() throws {
        var reader = try reader(Permissions(.edit, asksPeople: true))
        let input = #"{"file_path":"/workspace/a.txt","content":"x\ny","deep":{"kept":[1,2]}}"#
        let events = reader.consume(Array(asking("Write", input).utf8))
        let answer = try answers(&reader)
        #expect(events.isEmpty)
        #expect(answer.count == 1)
        #expect(answer[0]["request_id"]?.string == "r-1")
        #expect(answer[0]["response"]?["behavior"]?.string == "allow")
        #expect(answer[0]["response"]?["updatedInput"] == (try JSONParser.parse(Array(input.utf8))))
    }

    @Test(arguments: ["/etc/passwd", "/workspace/../etc/passwd", "/workspaces/x"])
    func aChangeElsewhereIsAskedAbout(path: String) throws {
        var reader = try reader(Permissions(.edit, asksPeople: true))
        let events = reader.consume(Array(asking("Edit", #"{"file_path":"\#(path)"}"#).utf8))
        #expect(asked(events)?.kind == .other)
        #expect(asked(events)?.subject == path)
        #expect(try answers(&reader).isEmpty)
    }

    @Test func readsWhatIsThereInTheSandboxAndAsksOutsideOfOne() throws {
        for isConfined in [true, false] {
            var reader = try reader(Permissions(.ask, asksPeople: true), isConfined: isConfined)
            let events = reader.consume(Array(asking("Read", #"{"file_path":"/etc/passwd"}"#).utf8))
            #expect(events.isEmpty == isConfined)
        }
    }

    @Test func whatItCancelsIsForgottenAndNotAnswered() throws {
        var reader = try reader(Permissions(.edit, asksPeople: true))
        _ = reader.consume(Array(asking("Bash", install).utf8))
        let cancel = #"{"type":"control_cancel_request","request_id":"r-1"}"# + "\n"
        let unknown = reader.consume(Array(cancel.replacing("r-1", with: "r-2").utf8))
        let known = reader.consume(Array(cancel.utf8))
        let again = reader.consume(Array(cancel.utf8))
        #expect([unknown, known, again] == [[], [.permissionWithdrawn(id: "r-1")], []])
        let isHeard = reader.hear(.permission(id: "r-1", .allow(isLasting: false)))
        #expect(!isHeard)
        #expect(try answers(&reader).isEmpty)
        #expect(asked(reader.consume(Array(asking("Bash", install).utf8))) != nil)
    }

    @Test(arguments: [
        (PermissionVerdict.allow(isLasting: false), "allow", nil as String?), (.refuse("use yarn"), "deny", "use yarn"),
        (.refuse(""), "deny", "A person does not allow it."),
    ])
    func isToldWhatAPersonDecides(verdict: PermissionVerdict, behavior: String, message: String?) throws {
        var reader = try reader(Permissions(.edit, asksPeople: true))
        let events = reader.consume(Array(asking("Bash", install).utf8))
        #expect(asked(events)?.words == "Bash: npm install")
        let unknown = reader.hear(.permission(id: "r-2", verdict))
        let known = reader.hear(.permission(id: "r-1", verdict))
        let again = reader.hear(.permission(id: "r-1", verdict))
        #expect([unknown, known, again] == [false, true, false])
        let answer = try answers(&reader)
        #expect(answer.count == 1)
        #expect(answer[0]["response"]?["behavior"]?.string == behavior)
        #expect(answer[0]["response"]?["message"]?.string == message)
        #expect(answer[0]["response"]?["interrupt"] == nil)
    }

    @Test func whatAFormerMakimaAnsweredIsNotAskedAgain() throws {
        var first = try reader(Permissions(.edit, asksPeople: true))
        _ = first.consume(Array(asking("Bash", install).utf8))
        _ = first.hear(.permission(id: "r-1", .allow(isLasting: false)))
        var second = try reader(Permissions(.edit, asksPeople: true))
        let told = second.recall(first.takeInput().bytes)
        let events = second.consume(Array((asking("Bash", install) + asking("Bash", install, id: "r-2")).utf8))
        #expect(told.isEmpty)
        #expect(events.count == 1)
        guard case .permissionAsked("r-2", _) = events.first else {
            Issue.record("the second was not asked")
            return
        }
        #expect(try answers(&second).isEmpty)
    }

    @Test func endsItsTurnWhereNobodyDecides() throws {
        var reader = try reader(Permissions(.edit, asksPeople: true))
        _ = reader.consume(Array(asking("Bash", install).utf8))
        let isTold = reader.hear(.permission(id: "r-1", .park))
        #expect(isTold)
        #expect(try answers(&reader).first?["response"]?["interrupt"]?.bool == true)
    }

    @Test func whatIsNotPermittedIsRefusedAtOnce() throws {
        var reader = try reader(Permissions(.plan, asksPeople: true))
        let events = reader.consume(Array(asking("Bash", install).utf8))
        let answer = try answers(&reader).first?["response"]
        #expect(answer?["behavior"]?.string == "deny")
        #expect(events == [.permissionDenied(tool: "Bash", message: answer?["message"]?.string ?? "")])
    }

    @Test func makimasOwnToolsAreNeverAskedAbout() throws {
        for mode in PermissionMode.allCases {
            var reader = try reader(Permissions(mode))
            _ = reader.consume(Array(asking("mcp__makima__report_completion_gate", "{}").utf8))
            #expect(try answers(&reader).first?["response"]?["behavior"]?.string == "allow")
            _ = reader.consume(Array(asking("mcp__makimas__steal", "{}").utf8))
            #expect(try answers(&reader).first?["response"]?["behavior"]?.string == (mode == .full ? "allow" : "deny"))
        }
    }

    @Test func aQuestionIsNoPermission() throws {
        var reader = try reader(Permissions(.full))
        let events = reader.consume(Array(asking("AskUserQuestion", #"{"questions":[]}"#).utf8))
        let answer = try answers(&reader).first?["response"]
        #expect(events.isEmpty)
        #expect(answer?["behavior"]?.string == "deny")
        #expect(answer?["message"]?.string?.contains("decide yourself") == true)
    }

    @Test func otherRequestsAreAnsweredWithAnError() throws {
        var reader = try reader(Permissions())
        _ = reader.consume(
            Array((#"{"type":"control_request","request_id":"r","request":{"subtype":"hook_callback"}}"# + "\n").utf8)
        )
        #expect(try answers(&reader).first?["subtype"]?.string == "error")
    }

    @Test func whatIsAllowedForGoodIsNotAskedAboutAgain() throws {
        var reader = try reader(Permissions(.ask, asksPeople: true))
        _ = reader.consume(Array(asking("Write", #"{"file_path":"/workspace/a","content":"1"}"#).utf8))
        _ = reader.hear(.permission(id: "r-1", .allow(isLasting: true)))
        let other = reader.consume(Array(asking("Edit", #"{"file_path":"/workspace/b"}"#, id: "r-2").utf8))
        #expect(other.isEmpty)
        #expect(try answers(&reader).map { $0["response"]?["behavior"]?.string } == ["allow", "allow"])
    }

    @Test func aSecondRequestOfTheSameNameIsNotTheOneThatIsAllowed() throws {
        var reader = try reader(Permissions(.ask, asksPeople: true))
        _ = reader.consume(Array(asking("Bash", #"{"command":"ls"}"#).utf8))
        let second = reader.consume(Array(asking("Bash", #"{"command":"rm -rf ."}"#).utf8))
        #expect(second == [.permissionDenied(tool: "Bash", message: "It asked twice by one name.")])
        _ = reader.hear(.permission(id: "r-1", .allow(isLasting: false)))
        let answer = try answers(&reader)
        #expect(answer.count == 1)
        #expect(answer[0]["response"]?["updatedInput"]?["command"]?.string == "ls")
    }

    /// What is read is what is stored, where secrets are hidden: the tool must not be given the mark.
    @Test func aHiddenSecretIsNotHandedBack() throws {
        var reader = try reader(Permissions(.edit))
        let input = #"{"file_path":"/workspace/a","content":"key = [redacted:API_KEY]"}"#
        _ = reader.consume(Array(asking("Write", input).utf8))
        let answer = try answers(&reader).first?["response"]
        #expect(answer?["behavior"]?.string == "allow")
        #expect(answer?["updatedInput"] == nil)
    }

    @Test func requestsAreAlikeInAllTheirInputOrNotAtAll() throws {
        let long = String(repeating: "a", count: 200)
        var reader = try reader(Permissions(.ask, asksPeople: true))
        _ = reader.consume(Array(asking("WebFetch", #"{"url":"http://x/\#(long)/first"}"#).utf8))
        _ = reader.hear(.permission(id: "r-1", .allow(isLasting: true)))
        let other = reader.consume(Array(asking("WebFetch", #"{"url":"http://x/\#(long)/other"}"#, id: "r-2").utf8))
        #expect(other.count == 1)
    }

    @Test func leavingAPlanIsAQuestionOfItsOwn() throws {
        for (mode, isAsked) in [(PermissionMode.edit, true), (.plan, false)] {
            var reader = try reader(Permissions(mode, asksPeople: true))
            let events = reader.consume(Array(asking("ExitPlanMode", #"{"plan":"do it"}"#).utf8))
            #expect((asked(events) != nil) == isAsked)
        }
    }

    @Test func theOldestOfVeryManyStayOpen() throws {
        var reader = try reader(Permissions(.ask, asksPeople: true))
        var asked = 0
        for number in 0..<70 {
            asked += reader.consume(Array(asking("Bash", install, id: "r-\(number)").utf8)).count
        }
        let answers = try answers(&reader)
        #expect(asked == 64)
        #expect(answers.count == 6)
    }
}

/// How Claude Code is started for each mode.
struct ClaudePermissionFlagTests {
    @Test(arguments: [
        (PermissionMode.full, ["--dangerously-skip-permissions"]),
        (.edit, ["--permission-prompt-tool", "stdio", "--permission-mode", "acceptEdits"]),
        (.ask, ["--permission-prompt-tool", "stdio", "--permission-mode", "default"]),
        (.plan, ["--permission-prompt-tool", "stdio", "--permission-mode", "plan"]),
    ])
    func eachModeHasItsFlags(mode: PermissionMode, flags: [String]) throws {
        var request = try Samples.request(command: ["/bin/true"])
        request.permissions = Permissions(mode)
        let arguments = try ClaudeAgent(host: Samples.host()).invocation(request).arguments
        #expect(arguments.firstRange(of: flags) != nil)
        #expect(arguments.contains("--dangerously-skip-permissions") == (mode == .full))
    }

    @Test(arguments: PermissionMode.allCases) func rootMayNotHaveItDoEverythingUnconfined(mode: PermissionMode) {
        for isRoot in [true, false] {
            var host = Samples.host()
            host.isRoot = isRoot
            let capabilities = ClaudeAgent(host: host).capabilities
            #expect(capabilities.supports(mode, isConfined: true))
            #expect(capabilities.supports(mode, isConfined: false) == !(isRoot && mode == .full))
        }
    }
}
