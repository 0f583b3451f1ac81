import Agents
import Domain
import Testing

/// Words that a service may have said, or a tool: what else the process said and did decides.
struct DoubtfulWordsTests {
    private func outcome(_ output: String = "", errors: String = "", code: Int32 = 1) throws -> AgentOutcome {
        var reader = CommandReader(request: try Samples.request(.command), zones: Samples.zones)
        return reader.read(output, Samples.exit(code, errors: errors))
    }

    private func claude(_ lines: [String], errors: String = "", code: Int32 = 1) throws -> AgentOutcome {
        var reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        return reader.read(lines.joined(separator: "\n"), Samples.exit(code, errors: errors))
    }

    // MARK: - What tools say

    @Test(arguments: [
        "Connection error: ECONNREFUSED 127.0.0.1:5432 (test database)", "Error: request timed out",
        "Too many requests, please try again later.", "Overloaded: no matching candidate for call to 'foo'",
        "Error: Not logged in",
    ])
    func whatAToolSaidIsNotTheServiceWhereTheAgentHasWorked(_ line: String) throws {
        let beforeOthers = try outcome(errors: "\(line)\nTests failed\n")
        #expect(beforeOthers.end.name != "agentError")
        #expect(beforeOthers.endAfterWork == .agentError(message: "\(line)\nTests failed"))
        let besideWords = try outcome("I began.\nTests failed\n", errors: "\(line)\n")
        #expect(besideWords.endAfterWork?.name == "agentError")
        #expect(try outcome(errors: "\(line)\n").endAfterWork == nil)
    }

    @Test func anErrorInTheMiddleOfAnAnswerIsNoneWhereTheAgentHasWorked() throws {
        let quoted = try outcome("The log says:\nAPI Error: 500\nI looked into it; the test fails still.\n")
        #expect(quoted.end == .overloaded)
        #expect(quoted.endAfterWork?.name == "agentError")
        let last = try outcome("I began.\nAPI Error: 500\n")
        #expect(last.end == .overloaded)
        #expect(last.endAfterWork == nil)
    }

    @Test func anErrorThatOnlyOneProgramTellsIsBelievedAsTheLastLine() throws {
        let error = "ERROR: exceeded retry limit, last status: 429 Too Many Requests"
        let codex = try outcome("I began.\n", errors: error + "\n")
        #expect(codex.end == .rateLimited(retryAfter: nil))
        #expect(codex.endAfterWork == nil)
    }

    // MARK: - Silence

    @Test func whoWorkedInSilenceWasStarted() throws {
        let silent = try outcome()
        #expect(silent.end.name == "silentLaunchFailure")
        #expect(silent.endAfterWork == .agentError(message: "It ended with exit status 1 and printed nothing."))
        #expect(try claude([]).end.name == "silentLaunchFailure")
        #expect(try claude([]).endAfterWork == .incomplete)
        #expect(try outcome(errors: "sh: 1: lint: not found\n", code: 127).endAfterWork?.name == "agentError")
    }

    @Test func aProcessHasWorkedThatChangedFilesOrTookItsTime() throws {
        let silent = try outcome()
        var idle = silent
        idle.settle(changedFiles: false, duration: .seconds(299))
        #expect(idle.end == silent.end)
        #expect(idle.endAfterWork == nil)
        for (changed, seconds) in [(true, 1), (false, 300)] {
            var worked = silent
            worked.settle(changedFiles: changed, duration: .seconds(seconds))
            #expect(worked.end == silent.endAfterWork)
            #expect(worked.endAfterWork == nil)
        }
        var sure = AgentOutcome(end: .overloaded)
        sure.settle(changedFiles: true, duration: .seconds(900))
        #expect(sure.end == .overloaded)
    }

    // MARK: - The only words

    @Test(arguments: [
        ("connect ECONNREFUSED 127.0.0.1:443", "network"), ("Error: connect ECONNREFUSED ::1:443", "network"),
        ("Error: fetch failed", "network"), ("TypeError: fetch failed", "network"),
        ("Could not resolve host: api.openai.com", "network"),
        ("curl: (6) Could not resolve host: api.openai.com", "network"),
        ("getaddrinfo ENOTFOUND api.anthropic.com", "network"), ("getaddrinfo EAI_AGAIN", "network"),
        ("HTTP 503 Service Unavailable", "overloaded"), ("HTTP 429 Too Many Requests", "rateLimited"),
        ("usage limit reached", "usageLimit"),
        ("You have hit your usage limit. Try again at 3:00 PM.", "usageLimit"),
    ])
    func whatIsAllThatWasSaidAndDoneIsBelieved(line: String, name: String) throws {
        for told in [try outcome(errors: line + "\n"), try outcome(line + "\n")] {
            #expect(told.end.name == name)
            #expect(told.endAfterWork == .agentError(message: line))
        }
        #expect(try outcome("I tried it.\n", errors: line + "\n").end.name == "agentError")
        #expect(try outcome("I tried it.\n\(line)\n").end.name == "agentError")
        #expect(try outcome(line + "\n", code: 0).end == .ok)
    }

    @Test func whatAProgramSaysBeforeAnyRecordIsLookedAtAsAWhole() throws {
        let stack = "TypeError: fetch failed\n    at node:internal/deps/undici\n  [cause]: Error: x\n}\n"
        #expect(try claude([], errors: stack).end.name == "network")
        #expect(try claude([], errors: "Error: getaddrinfo EAI_AGAIN api.anthropic.com\n").end.name == "network")
        #expect(try claude([], errors: "Something new happened.\n").end.name == "silentLaunchFailure")
    }

    // MARK: - Claude Code

    private static let noon = Timestamp(millisecondsSince1970: 1_795_348_800_000)

    @Test(arguments: [
        "5-hour limit reached ∙ resets 12pm (UTC)", "Weekly limit reached · resets 12pm (UTC)",
        "5-hour limit reached - resets 12pm", "Opus weekly limit reached ∙ resets 12pm (UTC)",
        "You've reached your 5-hour limit. Resets at 12pm", "You've hit your limit · resets 12pm (UTC)",
    ])
    func limitsOfClaudeAreKnownWithTheirReset(_ line: String) throws {
        let limit = IterationEnd.usageLimit(resetsAt: Self.noon)
        #expect(try outcome(line + "\n").end == limit)
        #expect(try outcome(line + "\n").endAfterWork == nil)
        for status in ["null", "429"] {
            let result =
                #"{"type":"result","subtype":"success","is_error":true,"api_error_status":\#(status),"result":"\#(line)"}"#
            #expect(try claude([Line.start, result]).end == limit)
        }
    }

    @Test(arguments: [
        ("API Error: Repeated 529 Overloaded errors", "overloaded"),
        ("API Error: Server is temporarily limiting requests (not your usage limit) · Rate limited", "rateLimited"),
        ("API Error: The socket connection was closed unexpectedly", "network"),
        ("API Error: fetch failed", "network"),
    ])
    func errorsOfTheServiceAreKnown(line: String, name: String) throws {
        #expect(try outcome(line + "\n").end.name == name)
        let result = #"{"type":"result","subtype":"success","is_error":true,"result":"\#(line)"}"#
        #expect(try claude([Line.start, result]).end.name == name)
    }

    @Test func aResetMayStandOnTheNextLine() throws {
        let limit = IterationEnd.usageLimit(resetsAt: Self.noon)
        #expect(try outcome(errors: "You've hit your limit\nresets 12pm (UTC)\n").end == limit)
        let result =
            #"{"type":"result","subtype":"success","is_error":true,"result":"You've hit your limit\nresets 12pm (UTC)"}"#
        #expect(try claude([Line.start, result]).end == limit)
    }

    private static let rejected =
        #"{"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1795348800},"session_id":"s1"}"#
    private static let refusal =
        #"{"type":"assistant","error":"rate_limit","message":{"model":"<synthetic>","content":"x"},"session_id":"s1"}"#

    @Test func noFlagMakesARefusalASuccess() throws {
        let limit = Line.result("Claude AI usage limit reached|1795348800")
        let expected = IterationEnd.usageLimit(resetsAt: Self.noon)
        #expect(try claude([Line.start, Self.rejected, Self.refusal, limit], code: 0).end == expected)
        #expect(try claude([Line.start, Self.refusal, limit], code: 0).end == expected)
        #expect(try claude([Line.start, Self.rejected, limit], code: 0).end == expected)
        #expect(try claude([Line.start, Self.rejected, Line.result("All done.")], code: 0).end == .ok)
        #expect(try claude([Line.start, Self.refusal, Line.result("x")], code: 0).end == .rateLimited(retryAfter: nil))
    }

    @Test func aRefusalStandsWhateverTheExitStatusSays() throws {
        let expected = IterationEnd.usageLimit(resetsAt: Self.noon)
        #expect(try claude([Line.start, Self.rejected], code: 0).end == expected)
        #expect(try claude([Line.start, Self.rejected, Line.said("I go on.")], code: 0).end == .incomplete)
        #expect(try claude([Line.start], code: 0).end == .incomplete)
    }
}

extension IterationEnd {
    /// That of the case, without what it carries.
    fileprivate var name: String { String("\(self)".prefix { $0 != "(" }) }
}
