import Domain
import Processes
import Testing

/// Real programs call makima's tools in the form in which each of them presents the tools of servers to its model: Codex
/// where its model searched for them, in a namespace; Kimi by their bare names; Vibe in scripts.
///
/// Claude Code is in ``ClaudeToolsTests``.
@Suite(.serialized)
struct AgentToolsTests {
    @Test(.enabled(if: AgentProgram.codex.isWanted, AgentProgram.codex.absence))
    func codexReportsItsGateByATool() async throws {
        let model = try await ScriptedModel("reports-by-tools")
        try await reports(CodexProgram.installation(model), model)
    }

    @Test(.enabled(if: AgentProgram.kimi.isWanted, AgentProgram.kimi.absence))
    func kimiReportsItsGateByATool() async throws {
        let model = try await ScriptedModel("reports-by-tools")
        try await reports(ACPPrograms.installation(.kimi, model), model)
    }

    @Test(.enabled(if: AgentProgram.vibe.isWanted, AgentProgram.vibe.absence))
    func vibeReportsItsGateByATool() async throws {
        let model = try await ScriptedModel("reports-by-tools")
        try await reports(ACPPrograms.installation(.vibe, model), model)
    }

    /// The final message holds no gate: without the tool the iteration would have none, and the next would follow.
    private func reports(_ installation: Installation, _ model: ScriptedModel) async throws {
        let answer = try await installation.makima(
            "run",
            "Mend the adder",
            "--check",
            Adder.check,
            "--max-iterations",
            "2",
            "--json"
        )
        #expect(answer.status == .code(0), "\(answer.errorOutput)\(answer.output)")
        #expect(answer.task?["status"]?.string == "done")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(answer.task?["iterations"]?.int == 1)
        let iteration = try #require(try await installation.shown("Mend")["iterationRecords"]?[0])
        #expect(iteration["notes"]?.array?.compactMap(\.string) == ["looked at the adder"])
        #expect(iteration["gate"]?["reason"]?.string == "2 and 3 give 5")
        #expect(installation.survivors == [])
    }
}
