import Domain
import Processes
import TestSupport
import Testing

/// The real Claude Code program, against a model that is scripted, in the real sandbox.
@Suite(.serialized, .enabled(if: AgentProgram.claude.isWanted, AgentProgram.claude.absence))
struct ClaudeCodeTests {
    @Test func editsFailsTheCheckMendsItAndIsDone() async throws {
        let model = try await ScriptedModel("mend-after-failed-check")
        let installation = try await ClaudeProgram.installation(model)
        let answer = try await installation.makima(
            "run",
            "Mend the adder",
            "--check",
            ClaudeProgram.adderCheck,
            "--json"
        )
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["status"]?.string == "done")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(answer.task?["iterations"]?.int == 2)
        #expect((answer.task?["costUSD"]?.double ?? 0) > 0)
        let branch = try #require(answer.task?["branch"]?.string)
        #expect(try await installation.git("show", "\(branch):adder.sh") == "echo $(($1 + $2))\n")
        #expect(try await installation.git("show", "HEAD:adder.sh") == "echo $(($1 - $2))\n")
        #expect(try await installation.git("log", "-1", "--format=%s", branch) == "Add instead of subtracting\n")
    }

    @Test func killedInTheMiddleItIsResumedInTheSameConversation() async throws {
        let model = try await ScriptedModel("killed-in-the-middle")
        var installation = try await ClaudeProgram.installation(model)
        installation.endAgentsWithTheirOwner()
        let owner = try installation.start("run", "Mend the adder", "--check", ClaudeProgram.adderCheck)
        await model.called(3)
        owner.kill()
        let task = try await installation.shown("Mend")
        #expect(task["status"]?.string == "interrupted")
        #expect(task["reason"]?["code"]?.string == "owner_died")
        #expect(task["iterations"]?.int == 1)

        let answer = try await installation.makima("resume", "Mend", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(answer.task?["iterations"]?.int == 2)
        let branch = try #require(answer.task?["branch"]?.string)
        #expect(try await installation.git("show", "\(branch):adder.sh") == "echo $(($1 + $2))\n")
    }

    @Test func worksWhereOnlyItsModelIsReached() async throws {
        let model = try await ScriptedModel("mend-after-failed-check")
        let installation = try await ClaudeProgram.installation(model)
        let host = String(model.url.dropFirst("http://".count))
        let answer = try await installation.makima(
            "run",
            "Mend the adder",
            "--check",
            ClaudeProgram.adderCheck,
            "--allow-host",
            host,
            "--json"
        )
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(answer.task?["iterations"]?.int == 2)
    }
}

/// Claude Code as the tests use it.
enum ClaudeProgram {
    /// What proves the adder mended.
    static let adderCheck = "test \"$(sh adder.sh 2 3)\" = 5"

    /// An installation whose repository holds an adder that subtracts, and whose agent asks `model`.
    static func installation(_ model: ScriptedModel) async throws -> Installation {
        var installation = try await Installation(files: ["adder.sh": "echo $(($1 - $2))\n"])
        installation.variables["MAKIMA_AGENTS_CLAUDE_COMMAND"] = AgentProgram.claude.path
        installation.variables["MAKIMA_AGENTS_CLAUDE_PASS_ENV"] = "ANTHROPIC_BASE_URL,ANTHROPIC_API_KEY"
        installation.variables["ANTHROPIC_BASE_URL"] = model.url
        installation.variables["ANTHROPIC_API_KEY"] = "scripted"
        return installation
    }
}
