import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// makima is killed while an agent works, and another makima goes on with that agent.
@Suite(.serialized)
struct AdoptionTests {
    /// Works until it is let go on, and is ready then.
    private let agent = """
        mkfifo "$HOME/go"
        echo begun >> seen
        echo before
        : > running
        read go < "$HOME/go"
        echo ended >> seen
        \(Gate.ready)
        """

    private func installation() async throws -> Installation {
        var installation = try await Installation()
        installation.agent(agent)
        return installation
    }

    /// The way to let the agent go on, which is in its home.
    private func gate(_ installation: Installation) -> String {
        "\(installation.state)/tasks/\(installation.taskDirectory)/home/go"
    }

    private func orphan(_ installation: Installation, _ options: String...) async throws -> String {
        let line = ["run", "go on", "--agent", "double", "--max-iterations", "2"] + options
        let owner = try installation.start(line)
        let workspace = await installation.untilRunning()
        owner.kill()
        return workspace
    }

    @Test(arguments: ["auto", "off"])
    func theIterationIsNotLost(sandbox: String) async throws {
        let installation = try await installation()
        let workspace = try await orphan(installation, "--check", "grep -q ended seen", "--sandbox", sandbox)
        #expect(try await installation.status("go on") == "running")
        let successor = try installation.start(["resume", "go on"])
        await installation.untilOwned(by: successor)
        installation.release(gate(installation))
        #expect(successor.exitStatus() == 0)
        let task = try await installation.shown("go on")
        #expect(task["status"]?.string == "done")
        #expect(task["proof"]?.string == "verified")
        #expect(task["iterations"]?.int == 1)
        #expect(task["runs"]?.int == 1)
        #expect(TestFiles.read("\(workspace)/seen") == "begun\nended\n")
        let logs = try await installation.makima("logs", "go on")
        #expect(logs.output.contains("before"))
        #expect(installation.survivors == [])
    }

    /// Its proxy died with makima; the next one listens for the same agent.
    @Test func anAllowedHostIsReachedThroughTheNextMakima() async throws {
        let echo = try EchoServer()
        var installation = try await Installation(files: [
            "ask.py": """
            import sys, urllib.request
            urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", b"x", timeout=60).read()
            """
        ])
        let ask = "/usr/bin/python3 ask.py \(echo.port)"
        // Nobody listens until the next makima does, which is after it owns the task.
        installation.agent(
            agent.replacing("echo begun", with: "\(ask) && echo begun")
                .replacing("echo ended", with: "until \(ask); do sleep 0.1; done; echo ended")
        )
        let address = "127.0.0.1:\(echo.port)"
        let workspace = try await orphan(
            installation,
            "--check",
            "grep -q ended seen",
            "--network",
            "allowlist",
            "--allow-host",
            address
        )
        let successor = try installation.start(["resume", "go on"])
        await installation.untilOwned(by: successor)
        installation.release(gate(installation))
        #expect(successor.exitStatus() == 0)
        #expect(TestFiles.read("\(workspace)/seen") == "begun\nended\n")
        #expect(try await installation.shown("go on")["iterations"]?.int == 1)
    }

    @Test func whatEndedMeanwhileCounts() async throws {
        let installation = try await installation()
        let workspace = try await orphan(installation, "--check", "grep -q ended seen")
        installation.release(gate(installation))
        let task = try await installation.shown("go on")
        #expect(task["reason"]?["code"]?.string == "owner_died")
        let answer = try await installation.makima("resume", "go on", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(answer.task?["iterations"]?.int == 1)
        #expect(TestFiles.read("\(workspace)/seen") == "begun\nended\n")
    }

    @Test func aSecondDeathIsSurvivedToo() async throws {
        let installation = try await installation()
        _ = try await orphan(installation)
        let second = try installation.start(["resume", "go on"])
        await installation.untilOwned(by: second)
        second.kill()
        let third = try installation.start(["resume", "go on"])
        await installation.untilOwned(by: third)
        #expect(try await installation.makima("resume", "go on").errorOutput.contains("another makima process"))
        installation.release(gate(installation))
        #expect(third.exitStatus() == 0)
        let task = try await installation.shown("go on")
        #expect(task["iterations"]?.int == 1, "\(task)")
        #expect(task["status"]?.string == "done", "\(task)")
    }

    @Test func stopEndsAnAgentWithoutOwner() async throws {
        let installation = try await installation()
        _ = try await orphan(installation)
        #expect(try await installation.makima("stop", "go on").status == .code(0))
        #expect(installation.survivors == [])
        let task = try await installation.shown("go on")
        #expect(task["reason"]?["code"]?.string == "person")
        #expect(task["iterations"]?.int == 1)
    }

    @Test func anAgentIsNotEndedUnasked() async throws {
        let installation = try await installation()
        _ = try await orphan(installation)
        for command in [["discard", "go on"], ["merge", "go on"], ["restore", "go on", "0"]] {
            let refused = try await installation.call(command)
            #expect(refused.status == .code(1))
            #expect(refused.errorOutput.contains("works on") && refused.errorOutput.contains("'makima stop "))
        }
        #expect(try await installation.makima("diff", "go on").errorOutput.contains("No checkpoint differs yet"))
        #expect(try await installation.status("go on") == "running")
        let discarded = try await installation.makima("discard", "go on", "--force")
        #expect(discarded.status == .code(0))
        #expect(installation.survivors == [])
        let ref = try #require(
            discarded.errorOutput.split(separator: "'").first { $0.hasPrefix("git branch NAME ") }?
                .dropFirst("git branch NAME ".count)
        )
        #expect(try await installation.git("show", "\(ref):seen") == "begun\n")
    }

    /// A later iteration would begin without them.
    @Test func whoLacksAVariableDoesNotGoOn() async throws {
        var installation = try await installation()
        let command = try #require(installation.variables["MAKIMA_AGENTS_DOUBLE_COMMAND"])
        installation.variables["MAKIMA_AGENTS_DOUBLE_COMMAND"] = nil
        installation.variables["MAKIMA_AGENTS_DOUBLE_KIND"] = nil
        let agent = "[agents.double]\nkind = \"command\"\ncommand = \"\(command)\"\n"
        installation.configure(agent + "env = { NEEDED = \"value\" }\n")
        _ = try await orphan(installation)
        installation.configure(agent)
        let answer = try await installation.makima("resume", "go on", "--json")
        #expect(answer.status == .code(5), "\(answer.errorOutput)")
        #expect(answer.task?["reason"]?["message"]?.string?.contains("'NEEDED'") == true)
        #expect(answer.task?["iterations"]?.int == 1)
        #expect(installation.survivors == [])
    }

    @Test func theTimeThatIsLeftHolds() async throws {
        let installation = try await installation()
        _ = try await orphan(installation)
        let answer = try await installation.makima("resume", "go on", "--max-duration", "1s", "--json")
        #expect(answer.status == .code(3), "\(answer.errorOutput)")
        #expect(answer.task?["reason"]?["code"]?.string == "time")
        #expect(answer.task?["iterations"]?.int == 1)
        #expect(installation.survivors == [])
    }

    @Test func anotherAgentDoesNotGoOnWithIt() async throws {
        var installation = try await installation()
        _ = try await orphan(installation)
        let other = installation.directory.write("#!/bin/sh\n\(Gate.ready)\n", to: "other/agent.sh", mode: 0o755)
        installation.variables["MAKIMA_AGENTS_OTHER_COMMAND"] = other
        let answer = try await installation.makima("resume", "go on", "--agent", "other", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["iterations"]?.int == 2)
        #expect(installation.survivors == [])
    }

    @Test func aRequestThatIsRefusedLeavesTheAgentAtWork() async throws {
        let installation = try await installation()
        _ = try await orphan(installation)
        #expect(try await installation.makima("resume", "go on", "--max-cost", "-1").status == .code(2))
        #expect(try await installation.makima("resume", "go on", "--max-iterations", "9999").status == .code(2))
        let successor = try installation.start(["resume", "go on"])
        await installation.untilOwned(by: successor)
        installation.release(gate(installation))
        #expect(successor.exitStatus() == 0)
        #expect(try await installation.shown("go on")["iterations"]?.int == 1)
    }

    @Test func stopOfTheSuccessorIsOneOfTheTask() async throws {
        let installation = try await installation()
        _ = try await orphan(installation)
        let successor = try installation.start(["resume", "go on"])
        await installation.untilOwned(by: successor)
        successor.signal(SIGINT)
        #expect(successor.exitStatus() == 130)
        let task = try await installation.shown("go on")
        #expect(task["reason"]?["code"]?.string == "person")
        #expect(installation.survivors == [])
    }
}

/// makima is killed while one of the real agent programs works, and another makima goes on with it.
@Suite(.serialized)
struct AgentAdoptionTests {
    @Test(.enabled(if: AgentProgram.claude.isWanted, AgentProgram.claude.absence))
    func claudeGoesOn() async throws {
        let model = try await ScriptedModel("waits-in-a-command")
        try await goesOn(try await ClaudeProgram.installation(model), with: model)
    }

    @Test(.enabled(if: AgentProgram.codex.isWanted, AgentProgram.codex.absence))
    func codexGoesOn() async throws {
        let model = try await ScriptedModel("waits-in-a-command")
        try await goesOn(try await CodexProgram.installation(model), with: model)
    }

    @Test(.enabled(if: AgentProgram.kimi.isWanted, AgentProgram.kimi.absence))
    func kimiGoesOn() async throws {
        let model = try await ScriptedModel("waits-in-a-command")
        try await goesOn(try await ACPPrograms.installation(.kimi, model), with: model)
    }

    @Test(.enabled(if: AgentProgram.vibe.isWanted, AgentProgram.vibe.absence))
    func vibeGoesOn() async throws {
        let model = try await ScriptedModel("waits-in-a-command")
        try await goesOn(try await ACPPrograms.installation(.vibe, model), with: model)
    }

    @Test(.enabled(if: AgentProgram.claude.isWanted, AgentProgram.claude.absence))
    func claudeIsAnsweredByTheSuccessorWhatItAskedBefore() async throws {
        let model = try await ScriptedModel("wants-to-run-a-command")
        let installation = try await ClaudeProgram.installation(model)
        let check = ClaudeProgram.adderCheck
        let owner = try installation.start("run", "Mend the adder", "--permissions", "ask", "--check", check)
        let first = try #require(try await installation.asked("Mend"))
        owner.kill()
        let successor = try installation.start(["resume", "Mend"])
        await installation.untilOwned(by: successor)
        try await installation.makima("answer", "Mend", "yes", "--question", "\(first.question)")
        let second = try #require(try await installation.asked("Mend"))
        #expect(second.tool == "Edit")
        try await installation.makima("answer", "Mend", "yes", "--question", "\(second.question)")
        #expect(successor.exitStatus() == 0)
        let task = try await installation.shown("Mend")
        #expect(task["iterations"]?.int == 1)
        #expect(task["questions"]?.array?.count == 2)
        #expect(!model.log.isEmpty)
    }

    private func goesOn(_ installation: Installation, with model: ScriptedModel) async throws {
        let owner = try installation.start("run", "Mend the adder", "--check", Adder.check)
        let workspace = await installation.untilRunning()
        owner.kill()
        let successor = try installation.start(["resume", "Mend"])
        await installation.untilOwned(by: successor)
        installation.directory.write("", to: "state/tasks/\(installation.taskDirectory)/tree/go")
        #expect(successor.exitStatus() == 0)
        let task = try await installation.shown("Mend")
        #expect(task["proof"]?.string == "verified")
        #expect(task["iterations"]?.int == 1)
        #expect(TestFiles.read("\(workspace)/adder.sh") == Adder.mended)
        #expect(try Set(model.sessions).count == 1)
        #expect(installation.survivors == [])
    }
}

extension Installation {
    func start(_ arguments: [String]) throws -> BackgroundProcess {
        let line = "cd \"$0\" && exec \"$@\""
        return try BackgroundProcess(
            "/bin/sh",
            ["-c", line, repository, Self.makima] + arguments,
            environment: environment
        )
    }

    /// Waits until `process` owns the only task.
    func untilOwned(by process: BackgroundProcess) async {
        let path = "\(state)/tasks/\(taskDirectory)/owner.lock"
        while TestFiles.read(path) != "\(process.number)\n" { await Task.yield() }
    }

    func status(_ name: String) async throws -> String? {
        try JSONParser.parse(Array(try await makima("show", name, "--json").output.utf8))["status"]?.string
    }

    /// Opens the other end of a FIFO, and so lets an agent that waits for it go on.
    func release(_ fifo: String) {
        let descriptor = open(fifo, O_WRONLY | O_CLOEXEC)
        _ = write(descriptor, "\n", 1)
        close(descriptor)
    }
}
