import Domain
import Processes
import TestSupport
import Testing

/// The real Claude Code program asks before it acts.
@Suite(.serialized, .enabled(if: AgentProgram.claude.isWanted, AgentProgram.claude.absence))
struct PermissionTests {
    private let check = ClaudeProgram.adderCheck

    private func installation() async throws -> (Installation, ScriptedModel) {
        let model = try await ScriptedModel("wants-to-run-a-command")
        return (try await ClaudeProgram.installation(model), model)
    }

    @Test func goesOnInTheSameProcessWhenAPersonAllowsIt() async throws {
        let (installation, model) = try await installation()
        let owner = try installation.start("run", "Mend the adder", "--permissions", "ask", "--check", check)
        #expect(try await installation.asked("Mend")?.tool == "Bash")
        #expect(!installation.hasFile("made"))
        let unnamed = try await installation.makima("answer", "Mend", "yes")
        #expect(unnamed.status == .code(2) && unnamed.errorOutput.contains("--question 1"))
        #expect(try await installation.makima("list").output.contains("asks you"))
        #expect(try await installation.makima("why", "Mend").output.contains("makima answer"))
        try await installation.makima("answer", "Mend", "yes", "--question", "1")
        #expect(try await installation.asked("Mend")?.tool == "Edit")
        try await installation.makima("answer", "Mend", "yes", "--question", "2")
        #expect(owner.exitStatus() == 0)
        let task = try await installation.shown("Mend")
        #expect(task["proof"]?.string == "verified")
        #expect(task["iterations"]?.int == 1)
        #expect(task["permissions"]?.string == "ask")
        #expect(task["messages"]?.array?.map { $0["delivered"]?.string } == ["live", "live"])
        #expect(installation.hasFile("made"))
        #expect(!model.log.contains("A person allows"), "what it got at once was said once more")
    }

    @Test func isToldWhyAPersonRefuses() async throws {
        let (installation, model) = try await installation()
        let owner = try installation.start("run", "Mend the adder", "--permissions", "edit", "--ask", "--check", check)
        #expect(try await installation.asked("Mend")?.tool == "Bash")
        let unclear = try await installation.makima("answer", "Mend", "perhaps")
        #expect(unclear.status == .code(2) && unclear.errorOutput.contains("neither a yes nor a no"))
        try await installation.makima("answer", "Mend", "no, use the file that is there", "--question", "1")
        #expect(owner.exitStatus() == 0)
        #expect(!installation.hasFile("made"))
        #expect(try await installation.makima("logs", "Mend", "--raw").output.contains("use the file that is there"))
        #expect(try await installation.shown("Mend")["proof"]?.string == "verified")
        #expect(!model.log.isEmpty)
    }

    @Test func whereNobodyAnswersInTimeTheTaskWaitsAndWhatIsAllowedThenHolds() async throws {
        var (installation, model) = try await installation()
        installation.variables["MAKIMA_QUESTIONS_PATIENCE"] = "0s"
        let run = ["run", "Mend the adder", "--permissions", "edit", "--ask", "--check", check, "--json"]
        let parked = try await installation.call(run)
        #expect(parked.status == .code(5), "\(parked.errorOutput)")
        #expect(parked.task?["reason"]?["code"]?.string == "permission_asked")
        #expect(installation.survivors == [])
        try await installation.makima("answer", "Mend", "yes", "--question", "1")
        let done = try await installation.makima("resume", "Mend", "--json")
        #expect(done.status == .code(0), "\(done.errorOutput)")
        #expect(done.task?["iterations"]?.int == 2)
        #expect(installation.hasFile("made"))
        let questions = try #require(try await installation.shown("Mend")["questions"]?.array)
        #expect(questions.map { $0["answer"]?.string } == ["yes"])
        #expect(questions[0]["permission"]?["tool"]?.string == "Bash")
        #expect(!model.log.isEmpty)
    }

    @Test func unattendedItDoesWithoutWhatItMayNot() async throws {
        let (installation, model) = try await installation()
        let answer = try await installation.makima(
            "run",
            "Mend the adder",
            "--permissions",
            "edit",
            "--check",
            check,
            "--json"
        )
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(!installation.hasFile("made"))
        #expect(try await installation.makima("logs", "Mend", "--raw").output.contains("nobody can be asked"))
        #expect(!model.log.isEmpty)
    }

    @Test func aPlanChangesNothing() async throws {
        let (installation, model) = try await installation()
        let answer = try await installation.makima("run", "Mend the adder", "--permissions", "plan", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "empty")
        #expect(!installation.hasFile("made"))
        #expect(!model.log.isEmpty)
    }
}

/// What needs no vendor's program.
struct PermissionRefusalTests {
    @Test func aPlanFindsItsWorkspaceReadOnlyWhateverTheAgentIs() async throws {
        var installation = try await Installation()
        installation.agent("echo spoilt >README.md; echo spoilt >new; rm -rf .git; git add -A; \(Gate.ready)")
        let answer = try await installation.makima(
            "run",
            "plan",
            "--agent",
            "double",
            "--permissions",
            "plan",
            "--json"
        )
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "empty")
        #expect(!installation.hasFile("new"))
    }

    @Test func whatAnAgentCannotBeHeldToIsRefused() async throws {
        var installation = try await Installation()
        installation.agent(Gate.ready)
        let unsupported = try await installation.makima("run", "x", "--agent", "double", "--permissions", "edit")
        #expect(unsupported.status == .code(2))
        #expect(unsupported.errorOutput.contains("cannot be held to the permissions 'edit'"))
        #expect(unsupported.errorOutput.contains("plan, full"))
        let unconfined = try await installation.makima(
            "run",
            "x",
            "--agent",
            "double",
            "--permissions",
            "plan",
            "--sandbox",
            "off"
        )
        #expect(unconfined.status == .code(2) && unconfined.errorOutput.contains("'plan'"))
        #expect(try await installation.makima("list", "--json").output == "[]\n")
    }
}

extension Installation {
    /// Waits until an agent asks for something, and returns the tool; `nil` where the task ends first.
    func asked(_ name: String) async throws -> (tool: String, question: Int)? {
        while true {
            let answer = try await makima("show", name, "--json")
            guard answer.status == .code(0) else { continue }
            let task = try JSONParser.parse(Array(answer.output.utf8))
            let open = task["questions"]?.array?.first { $0["answer"]?.string == nil }
            if let open { return (open["permission"]?["tool"]?.string ?? "", open["number"]?.int ?? 0) }
            // It came to its end without asking.
            if !["pending", "initializing", "starting", "running"].contains(task["status"]?.string) { return nil }
        }
    }

    /// Whether the workspace of the only task has `name`.
    fileprivate func hasFile(_ name: String) -> Bool {
        TestFiles.exists("\(state)/tasks/\(taskDirectory)/tree/\(name)")
    }
}
