import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// The real Claude Code program, against a model that is scripted, in the real sandbox.
///
/// `scripts/fetch-claude` gets the program. Where it cannot be had these tests do not run and say so; under `CI` they fail.
@Suite(.serialized, .enabled(if: ClaudeProgram.isWanted, ClaudeProgram.absence))
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
        let installation = try await ClaudeProgram.installation(model)
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
}

/// The program that `scripts/fetch-claude` got; its path is in the environment of the tests.
enum ClaudeProgram {
    static let path = getenv("MAKIMA_TEST_CLAUDE").map { String(cString: $0) } ?? ""
    static let absence: Comment = "NOT RUN: Claude Code is not here; scripts/fetch-claude says why."

    /// In CI a missing program is a failure, not a reason to leave the tests out.
    static var isWanted: Bool { !path.isEmpty || getenv("CI") != nil }

    /// What proves the adder mended.
    static let adderCheck = "test \"$(sh adder.sh 2 3)\" = 5"

    /// An installation whose repository holds an adder that subtracts, and whose agent asks `model`.
    static func installation(_ model: ScriptedModel) async throws -> Installation {
        var installation = try await Installation(files: ["adder.sh": "echo $(($1 - $2))\n"])
        installation.variables["MAKIMA_AGENTS_CLAUDE_COMMAND"] = path
        installation.variables["MAKIMA_AGENTS_CLAUDE_PASS_ENV"] = "ANTHROPIC_BASE_URL,ANTHROPIC_API_KEY"
        installation.variables["ANTHROPIC_BASE_URL"] = model.url
        installation.variables["ANTHROPIC_API_KEY"] = "scripted"
        return installation
    }
}
