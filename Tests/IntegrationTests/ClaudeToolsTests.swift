import Domain
import Processes
import Testing

/// The real Claude Code program calls makima's tools.
@Suite(.serialized, .enabled(if: AgentProgram.claude.isWanted, AgentProgram.claude.absence))
struct ClaudeToolsTests {
    @Test func asksAPersonAndReportsItsGateByTools() async throws {
        let model = try await ScriptedModel("asks-and-reports")
        let installation = try await ClaudeProgram.installation(model)
        let asked = try await installation.makima(
            "run",
            "Mend the adder",
            "--ask",
            "--check",
            ClaudeProgram.adderCheck,
            "--json"
        )
        #expect(asked.status == .code(5), "\(asked.errorOutput)")
        #expect(asked.task?["reason"]?["code"]?.string == "question")
        let waiting = try await installation.shown("Mend")
        #expect(waiting["questions"]?[0]?["question"]?.string == "Add or subtract?")
        #expect(waiting["questions"]?[0]?["default"]?.string == "subtract")
        #expect(waiting["questions"]?[0]?["answer"]?.string == nil)

        let answered = try await installation.makima("answer", "Mend", "add", "--json")
        #expect(answered.status == .code(0), "\(answered.errorOutput)")
        let again = try await installation.makima("answer", "Mend", "subtract")
        #expect(again.errorOutput.contains("asks nothing"))
        let done = try await installation.makima("resume", "Mend", "--json")
        #expect(done.status == .code(0), "\(done.errorOutput)")
        #expect(done.task?["proof"]?.string == "verified")
        #expect(done.task?["iterations"]?.int == 2)
        #expect(model.log.contains("A person answers: add"))
        let task = try await installation.shown("Mend")
        #expect(task["messages"]?[0]?["delivered"]?.string == "prompt")
        #expect(task["iterationRecords"]?[0]?["notes"]?[0]?.string == "looked at the adder")
    }

    @Test func whereNobodyAnswersInTimeItsDefaultHolds() async throws {
        let model = try await ScriptedModel("asks-and-reports")
        let installation = try await ClaudeProgram.installation(model)
        let answer = try await installation.makima(
            "run",
            "Mend the adder",
            "--answer-within",
            "1s",
            "--check",
            ClaudeProgram.adderCheck,
            "--json"
        )
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.output.contains(#""cause":"answer""#))
        let task = try await installation.shown("Mend")
        #expect(task["questions"]?[0]?["answeredBy"]?.string == "nobody")
        #expect(task["questions"]?[0]?["answer"]?.string == "subtract")
        #expect(model.log.contains("Nobody answered in time. So this holds: subtract"))
    }
}
