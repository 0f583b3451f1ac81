import Domain
import TestSupport
import Testing

@testable import Agents

/// Records of which only what is needed is read, beside the same records read whole.
struct RecordSelectionTests {
    private static let runs = [
        "basic_bypass", "subagent", "u2028", "err_usage_limit_oauth", "partial_messages", "perm_default_denied",
        "mcp_tool", "bg_bash", "err_529_once", "sj_two_turns", "hook_stop_block", "max_budget", "err_compact",
    ]

    @Test(arguments: runs)
    func whatIsNotReadIsNotMissed(in run: String) throws {
        try expectNothingMissed(try Transcript(run).output)
    }

    /// Whole lines are exchanged, repeated and left out, so that records come in orders that were never recorded.
    @Test(arguments: 0..<20)
    func whatIsNotReadIsNotMissedInAnyOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let lines = try Self.runs.flatMap { try Transcript($0).output.split(separator: 0x0A) }
        let chosen = (0..<100).compactMap { _ in lines.randomElement(using: &random) }
        try expectNothingMissed(Array(chosen.joined(separator: [0x0A])))
    }

    private func expectNothingMissed(_ output: [UInt8]) throws {
        var whole = ClaudeTranscript(session: nil)
        var selected = ClaudeTranscript(session: nil)
        for line in output.split(separator: 0x0A) {
            var (expected, found): ([AgentEvent], [AgentEvent]) = ([], [])
            whole.take(try #require(ClaudeRecord(try JSONParser.parse(Array(line)))), into: &expected)
            selected.take(try #require(line.withUnsafeBytes { ClaudeRecord($0) }), into: &found)
            #expect(found == expected)
        }
        #expect(selected.result == whole.result)
        #expect(selected.spent == whole.spent)
        #expect(selected.lastText == whole.lastText)
        #expect(selected.question == whole.question)
        #expect(selected.sessionID == whole.sessionID)
        #expect(selected.rejection == whole.rejection)
    }
}
