import Domain
import Processes
import TestSupport
import Testing

@testable import Agents

/// How full a conversation is, and whether it is kept.
struct ClaudeContextTests {
    @Test(arguments: [
        ("basic_bypass", ContextFill(tokens: 13_064, window: 1_000_000)),
        // What a sub-agent's conversation holds does not count.
        ("subagent", ContextFill(tokens: 13_010, window: 1_000_000)),
        ("sj_two_turns", ContextFill(tokens: 12_971, window: 1_000_000)),
        ("sig_sigkill", ContextFill(tokens: 12_792, window: nil)),
    ])
    func theLastRequestSaysHowFullItIs(run: String, fill: ContextFill) throws {
        #expect(try Transcript(run).outcome(.exited(.code(0))).context == fill)
    }

    @Test func cachedTokensAreInTheConversationToo() throws {
        let message = Self.message(#""input_tokens":5,"cache_read_input_tokens":700,"cache_creation_input_tokens":90"#)
        #expect(try fill(message) == ContextFill(tokens: 795))
    }

    @Test func aSummaryMakesRoom() throws {
        let boundary =
            #"{"type":"system","subtype":"compact_boundary","compact_metadata":{"pre_tokens":900,"post_tokens":40}}"#
        #expect(try fill(Self.message(#""input_tokens":900"#), boundary) == ContextFill(tokens: 40))
        #expect(try fill(boundary, Self.message(#""input_tokens":900"#)) == ContextFill(tokens: 900))
    }

    @Test func theWindowIsThatOfTheModelThatSpoke() throws {
        let message = Self.message(#""input_tokens":50"#)
        let small = #""small":{"contextWindow":100}"#
        #expect(try fill(message, Self.result(#"\#(small),"big":{"contextWindow":1000}"#))?.window == 1000)
        #expect(try fill(message, Self.result(#"\#(small),"big[1m]":{"contextWindow":1000}"#))?.window == 1000)
        #expect(try fill(message, Self.result(#"\#(small),"other":{"contextWindow":1000}"#))?.window == nil)
        #expect(try fill(message, Self.result(small))?.window == 100)
        #expect(try fill(message, Self.result(#""big":{"contextWindow":"wide"}"#))?.window == nil)
    }

    @Test func whoSaysNothingIsNotFull() throws {
        #expect(try fill(Line.start, Line.result("x")) == nil)
    }

    /// Hooks speak before the conversation is begun, and name one all the same.
    @Test func aConversationIsOneOnlyOnceItWasBegunOrHasAResult() throws {
        let hook = #"{"type":"system","subtype":"hook_started","session_id":"s1"}"#
        let text = #"{"type":"assistant","message":{"content":"x"},"session_id":"s1"}"#
        #expect(try session(hook, text) == nil)
        #expect(try session(hook, Line.start, text) == "s1")
        #expect(try session(Line.result("x")) == "s1")
    }

    @Test func onlyWhatTheProgramKeepsCanBeContinued() throws {
        let home = TemporaryDirectory("makima-agents")
        home.write("{}\n", to: ".claude/projects/-workspace/s1.jsonl")
        home.write("", to: ".claude/projects/-workspace/empty.jsonl")
        home.write("{}\n", to: ".claude/projects/-workspace/folder.jsonl/x")
        home.write("{}\n", to: ".claude/secret.jsonl")
        let agent = ClaudeAgent(host: Samples.host())
        let keeps = { (id: String, request: AgentRequest) in
            agent.keeps(AgentSession(id: id), for: request, home: home.path)
        }
        var request = try Samples.request()
        #expect(keeps("s1", request))
        for id in ["s2", "empty", "folder", "../../secret", "", "-s1"] { #expect(!keeps(id, request), "\(id)") }
        request.configuration.environment["CLAUDE_CONFIG_DIR"] = "/home/agent/elsewhere"
        #expect(!keeps("s1", request))
        home.write("{}\n", to: "elsewhere/projects/x/s1.jsonl")
        #expect(keeps("s1", request))
        request.configuration.environment["CLAUDE_CONFIG_DIR"] = home.path + "/.claude"
        #expect(keeps("s1", request))
    }

    @Test func whoCannotResumeKeepsNothing() throws {
        let session = AgentSession(id: "s1")
        let host = Samples.host()
        #expect(!CommandAgent(host: host).keeps(session, for: try Samples.request(.command), home: "/"))
        #expect(!ScriptAgent(host: host).keeps(session, for: try Samples.request(.script), home: "/"))
    }

    private static func message(_ usage: String) -> String {
        #"{"type":"assistant","message":{"id":"m","model":"big","content":"x","usage":{\#(usage)}},"session_id":"s1"}"#
    }

    private static func result(_ models: String) -> String {
        #"{"type":"result","subtype":"success","result":"x","session_id":"s1","modelUsage":{\#(models)}}"#
    }

    private func fill(_ lines: String...) throws -> ContextFill? { try outcome(lines).context }

    private func session(_ lines: String...) throws -> String? { try outcome(lines).sessionID }

    private func outcome(_ lines: [String]) throws -> AgentOutcome {
        var reader = ClaudeReader(request: try Samples.request(), zones: Samples.zones)
        return reader.read(lines.joined(separator: "\n"), Samples.exit(0))
    }
}
