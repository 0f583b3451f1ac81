import Domain
import Processes
import TestSupport
import Testing

/// The real Kimi and Vibe programs as agents of the Agent Client Protocol, against a model that is scripted, in the real
/// sandbox, with the user's own settings and a made-up login.
///
/// One after the other: each takes seconds of processor time to start.
@Suite(.serialized)
struct ACPTests {
    @Test(.enabled(if: AgentProgram.kimi.isWanted, AgentProgram.kimi.absence))
    func kimiMendsInTheSameConversationWhatTheCheckRefused() async throws {
        try await mends(.kimi)
    }

    @Test(.enabled(if: AgentProgram.vibe.isWanted, AgentProgram.vibe.absence))
    func vibeMendsInTheSameConversationWhatTheCheckRefused() async throws {
        let task = try await mends(.vibe)
        // Three answers of 1020 in each iteration; Vibe adds up over the whole conversation, and does not count the
        // title that it asks for.
        #expect(task["tokens"]?.int == 6 * 1020)
        #expect((task["costUSD"]?.double ?? 0) > 0)
    }

    @Test(.enabled(if: AgentProgram.kimi.isWanted, AgentProgram.kimi.absence))
    func kimiStoppedInACommandEndsAndGoesOnLater() async throws {
        try await stopsAndGoesOn(.kimi)
    }

    @Test(.enabled(if: AgentProgram.vibe.isWanted, AgentProgram.vibe.absence))
    func vibeStoppedInACommandEndsAndGoesOnLater() async throws {
        try await stopsAndGoesOn(.vibe)
    }

    @Test(.enabled(if: AgentProgram.kimi.isWanted, AgentProgram.kimi.absence))
    func kimiKilledWithItsOwnerGoesOnLater() async throws {
        try await isKilledAndGoesOn(.kimi)
    }

    @Test(.enabled(if: AgentProgram.vibe.isWanted, AgentProgram.vibe.absence))
    func vibeKilledWithItsOwnerGoesOnLater() async throws {
        try await isKilledAndGoesOn(.vibe)
    }

    @Test(.enabled(if: AgentProgram.kimi.isWanted, AgentProgram.kimi.absence))
    func kimiAsksBeforeItActs() async throws {
        let tools = try await asks(.kimi)
        #expect(tools == ["StrReplaceFile", "Shell"])
    }

    @Test(.enabled(if: AgentProgram.vibe.isWanted, AgentProgram.vibe.absence))
    func vibeAsksBeforeItActs() async throws {
        let tools = try await asks(.vibe)
        #expect(tools == ["Editing adder.sh", "bash"])
    }

    /// Returns the tools that the program asked for in the first iteration, each of which was allowed.
    private func asks(_ program: AgentProgram) async throws -> [String] {
        let model = try await ScriptedModel("mend-with-any-tools")
        let installation = try await ACPPrograms.installation(program, model)
        let owner = try installation.start(
            "run",
            "Mend the adder",
            "--permissions",
            "ask",
            "--check",
            Adder.check,
            "--max-iterations",
            "1"
        )
        var tools: [String] = []
        while tools.count < 2 {
            let asked = try #require(try await installation.asked("Mend"))
            tools.append(asked.tool)
            try await installation.makima("answer", "Mend", "yes", "--question", String(asked.question))
        }
        #expect(owner.exitStatus() == 3)
        #expect(try await installation.shown("Mend")["questions"]?.array?.count == 2)
        #expect(installation.survivors == [])
        return tools
    }

    @Test(.enabled(if: AgentProgram.kimi.isWanted, AgentProgram.kimi.absence))
    func kimiWithoutALoginSaysSo() async throws {
        let model = try await ScriptedModel("mend-with-any-tools")
        let installation = try await ACPPrograms.installation(.kimi, model, hasLogin: false)
        let answer = try await installation.makima("run", "Mend the adder", "--check", Adder.check, "--json")
        #expect(answer.task?["reason"]?["code"]?.string == "authentication", "\(answer.output)\(answer.errorOutput)")
        #expect(model.log.isEmpty)
        #expect(installation.survivors == [])
    }

    @discardableResult
    private func mends(_ program: AgentProgram) async throws -> JSONValue {
        let model = try await ScriptedModel("mend-with-any-tools")
        let installation = try await ACPPrograms.installation(program, model)
        let answer = try await installation.makima("run", "Mend the adder", "--check", Adder.check, "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)\(answer.output)")
        let task = try #require(answer.task)
        #expect(task["proof"]?.string == "verified")
        #expect(task["iterations"]?.int == 2)
        let branch = try #require(task["branch"]?.string)
        #expect(try await installation.git("show", "\(branch):adder.sh") == Adder.mended)
        #expect(try await installation.git("ls-tree", "--name-only", branch) == "adder.sh\n")
        #expect(try conversations(in: installation).count == 1)
        #expect(installation.survivors == [])
        return task
    }

    private func stopsAndGoesOn(_ program: AgentProgram) async throws {
        let model = try await ScriptedModel("stopped-in-a-command")
        let installation = try await ACPPrograms.installation(program, model)
        let owner = try installation.start("run", "Mend the adder", "--check", Adder.check)
        let workspace = await installation.untilRunning()
        let begin = ContinuousClock.now
        #expect(try await installation.makima("stop", "Mend").status == .code(0))
        #expect(owner.exitStatus() == 130)
        #expect(ContinuousClock.now - begin < .seconds(20))
        #expect(TestFiles.read("\(workspace)/adder.sh") == Adder.mended)
        try await goesOn(installation)
    }

    private func isKilledAndGoesOn(_ program: AgentProgram) async throws {
        let model = try await ScriptedModel("stopped-in-a-command")
        var installation = try await ACPPrograms.installation(program, model)
        installation.endAgentsWithTheirOwner()
        let owner = try installation.start("run", "Mend the adder", "--check", Adder.check)
        let workspace = await installation.untilRunning()
        owner.kill()
        let task = try await installation.shown("Mend")
        #expect(task["status"]?.string == "interrupted")
        #expect(task["reason"]?["code"]?.string == "owner_died")
        #expect(task["iterations"]?.int == 1)
        #expect(TestFiles.read("\(workspace)/adder.sh") == Adder.mended)
        try await goesOn(installation)
    }

    private func goesOn(_ installation: Installation) async throws {
        #expect(installation.survivors == [])
        let answer = try await installation.makima("resume", "Mend", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)\(answer.output)")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(answer.task?["iterations"]?.int == 2)
        #expect(try conversations(in: installation).count == 1)
        #expect(installation.survivors == [])
    }

    /// The conversations that the program spoke of, in all that it printed.
    private func conversations(in installation: Installation) throws -> Set<String> {
        let runs = "\(installation.state)/tasks/\(installation.taskDirectory)/runs"
        let iterations = installation.directoryNames(runs)
            .flatMap { run in installation.directoryNames("\(runs)/\(run)").map { "\(runs)/\(run)/\($0)" } }
        let lines = iterations.flatMap { (TestFiles.read("\($0)/stdout") ?? "").split(separator: "\n") }
        let records = try lines.map { try JSONParser.parse(Array($0.utf8)) }
        return Set(records.compactMap { ($0["params"] ?? $0["result"])?["sessionId"]?.string })
    }
}
