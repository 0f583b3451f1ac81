import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// People talk to the real Claude Code program while it works.
@Suite(.serialized, .enabled(if: AgentProgram.claude.isWanted, AgentProgram.claude.absence))
struct ClaudeSteeringTests {
    @Test func hearsAMessageInTheMiddleOfItsWork() async throws {
        let model = try await ScriptedModel("heard-while-working")
        let installation = try await ClaudeProgram.installation(model)
        let owner = try installation.start("run", "Mend the adder", "--check", ClaudeProgram.adderCheck)
        await model.called(1)
        let said = try await installation.makima("steer", "Mend", "Add instead of subtracting", "--json")
        #expect(said.status == .code(0), "\(said.errorOutput)")
        // Its program has the message as soon as it says so; the command that it runs ends only then.
        while try await !installation.makima("logs", "Mend", "--raw").output.contains(#""state":"queued""#) {
            await Task.yield()
        }
        let tree = "\(installation.state)/tasks/\(installation.taskDirectory)/tree"
        close(open("\(tree)/go", O_CREAT | O_WRONLY, 0o600))
        #expect(owner.exitStatus() == 0)

        let task = try await installation.shown("Mend")
        #expect(task["status"]?.string == "done")
        #expect(task["iterations"]?.int == 1)
        let message = try #require(task["messages"]?[0])
        #expect(message["text"]?.string == "Add instead of subtracting")
        #expect(message["delivered"]?.string == "live")
        #expect(message["iteration"]?.int == 1)
    }

    @Test func stoppedInTheMiddleOfACommandItEndsAndTellsItsCost() async throws {
        let model = try await ScriptedModel("heard-while-working")
        let installation = try await ClaudeProgram.installation(model)
        let owner = try installation.start("run", "Mend the adder", "--check", ClaudeProgram.adderCheck)
        await model.called(1)
        while try await !installation.makima("logs", "Mend", "--raw").output.contains("tool_use") { await Task.yield() }
        _ = try await installation.makima("stop", "Mend")
        #expect(owner.exitStatus() == 130)
        let task = try await installation.shown("Mend")
        #expect(task["status"]?.string == "interrupted")
        #expect((task["costUSD"]?.double ?? 0) > 0)
    }
}
