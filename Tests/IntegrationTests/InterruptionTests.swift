import Domain
import Glibc
import Processes
import TestSupport
import Testing

/// What happens when a person, or something worse, ends makima in the middle of an iteration.
@Suite(.serialized)
struct InterruptionTests {
    /// Says in a file that it runs, then works for ever in the second iteration of a task, and leaves a child behind.
    private let agent = """
        echo $MAKIMA_ITERATION >> seen
        (setsid sleep 1000 &)
        [ $MAKIMA_ITERATION -ne 2 ] || { echo half > half; : > running; sleep 1000; }
        """

    @Test func ctrlCStopsGentlyAndKeepsEverything() async throws {
        let installation = try await installation()
        let owner = try installation.start("run", "stop me", "--agent", "double", "--max-iterations", "4")
        let workspace = await installation.untilRunning()
        owner.signal(SIGINT)
        #expect(owner.exitStatus() == 130)
        let task = try await installation.shown("stop")
        #expect(task["status"]?.string == "interrupted")
        #expect(task["reason"]?["code"]?.string == "person")
        #expect(task["iterations"]?.int == 2)
        #expect(TestFiles.read("\(workspace)/half") == "half\n")
        let why = try await installation.makima("why", "stop", "--iteration", "2")
        #expect(why.output.contains("the agent 'double': ended because you stopped it"))
        #expect(why.output.contains("its gate: not believed, because it was stopped"))
    }

    @Test func stopFromElsewhereIsTheSame() async throws {
        let installation = try await installation()
        let owner = try installation.start("run", "stop me", "--agent", "double", "--max-iterations", "4")
        _ = await installation.untilRunning()
        #expect(try await installation.makima("stop", "stop").status == .code(0))
        #expect(owner.exitStatus() == 130)
    }

    @Test func aForcedStopFromElsewhereAsksTheAgentNothing() async throws {
        var installation = try await Installation()
        installation.agent(
            """
            trap ': > asked' INT TERM
            : > running
            while :; do sleep 0.1; done
            """
        )
        installation.endAgentsWithTheirOwner()
        let owner = try installation.start("run", "kill it", "--agent", "double")
        let workspace = await installation.untilRunning()
        let answer = try await installation.makima("stop", "kill", "--force")
        #expect(answer.output.contains("is being killed"))
        #expect(owner.exitStatus() == 130)
        #expect(!TestFiles.exists("\(workspace)/asked"))
        let task = try await installation.shown("kill")
        #expect(task["reason"]?["code"]?.string == "person" && task["iterations"]?.int == 1)
    }

    /// The second one is not meant to be more insistent: only '--force' is.
    @Test func aSecondStopKillsNothing() async throws {
        let agent = """
            trap '' TERM
            trap 'echo heard > heard; until [ -e go ]; do sleep 0.05; done; echo ended > ended; exit 0' INT
            : > running; while :; do sleep 0.05; done
            """
        var installation = try await Installation()
        installation.agent(agent)
        installation.endAgentsWithTheirOwner()
        let owner = try installation.start("run", "stop me", "--agent", "double", "--max-iterations", "2")
        let workspace = await installation.untilRunning()
        #expect(try await installation.makima("stop", "stop").output.contains("is being stopped."))
        while !TestFiles.exists("\(workspace)/heard") { await Task.yield() }
        let second = try await installation.makima("stop", "stop")
        #expect(
            second.status == .code(0) && second.output.contains("is being stopped already, since 2"),
            "\(second.output)"
        )
        installation.directory.write("", to: "state/tasks/\(installation.taskDirectory)/tree/go")
        #expect(owner.exitStatus() == 130)
        #expect(TestFiles.read("\(workspace)/ended") == "ended\n")
        let third = try await installation.makima("stop", "stop")
        #expect(third.status == .code(0) && third.output.contains("was stopped already, at 2"), "\(third.output)")
    }

    @Test func aPauseIsOneAndGoesOn() async throws {
        let installation = try await installation()
        let owner = try installation.start("run", "pause me", "--agent", "double", "--max-iterations", "4")
        _ = await installation.untilRunning()
        #expect(try await installation.makima("pause", "pause").status == .code(0))
        #expect(owner.exitStatus() == 130)
        #expect(try await installation.shown("pause")["status"]?.string == "paused")
        let answer = try await installation.makima("resume", "pause", "--json")
        #expect(answer.task?["status"]?.string == "iteration_limit_reached")
    }

    @Test func aKilledOwnerLosesNothingAndCountsTheIterationOnce() async throws {
        let installation = try await installation()
        let owner = try installation.start("run", "kill me", "--agent", "double", "--max-iterations", "4")
        let workspace = await installation.untilRunning()
        owner.kill()
        let task = try await installation.shown("kill")
        #expect(task["status"]?.string == "interrupted")
        #expect(task["reason"]?["code"]?.string == "owner_died")
        #expect(task["iterations"]?.int == 2)
        let kept = try await installation.makima("diff", "kill", "--iteration", "2")
        #expect(kept.output.contains("+half"))

        let answer = try await installation.makima("resume", "kill", "--json")
        #expect(answer.status == .code(3))
        #expect(answer.task?["iterations"]?.int == 4)
        #expect(answer.task?["runs"]?.int == 2)
        #expect(TestFiles.read("\(workspace)/seen") == "1\n2\n3\n4\n")
    }

    @Test func theTimeOfALostIterationCounts() async throws {
        var installation = try await Installation()
        installation.agent("sleep 1; : > running; sleep 1000")
        installation.endAgentsWithTheirOwner()
        let owner = try installation.start("run", "lose time", "--agent", "double", "--max-duration", "1m")
        _ = await installation.untilRunning()
        owner.kill()
        let task = try await installation.shown("lose")
        #expect(try #require(task["activeSeconds"]?.double) >= 1)
        let answer = try await installation.makima("resume", "lose", "--max-duration", "1s", "--json")
        #expect(answer.status == .code(2), "\(answer.errorOutput)")
        #expect((answer.output + answer.errorOutput).contains("max_duration"))
    }

    @Test func anIterationEndsWhenTheTimeOfItsTaskIsUsedUp() async throws {
        var installation = try await Installation()
        installation.agent("echo begun > work; sleep 1000")
        let answer = try await installation.makima(
            "run",
            "hurry",
            "--agent",
            "double",
            "--max-duration",
            "1s",
            "--json"
        )
        #expect(answer.status == .code(3), "\(answer.errorOutput)")
        #expect(answer.task?["reason"]?["code"]?.string == "time")
        #expect(answer.task?["iterations"]?.int == 1)
        #expect(try await installation.makima("diff", "hurry").output.contains("+begun"))
    }

    @Test func aResumeWaitsForTheAgentOfADeadOwner() async throws {
        var installation = try await Installation()
        installation.agent(
            """
            trap '' INT TERM
            : > running
            for beat in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
                echo $MAKIMA_ITERATION >> beats; sleep 0.1
            done
            \(Gate.ready)
            """
        )
        installation.endAgentsWithTheirOwner()
        let owner = try installation.start("run", "stubborn", "--agent", "double")
        let workspace = await installation.untilRunning()
        owner.kill()
        let answer = try await installation.makima("resume", "stubborn", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        let beats = try #require(TestFiles.read("\(workspace)/beats")).split(separator: "\n")
        #expect(beats == beats.sorted(), "two agents wrote at once")
    }

    @Test func aStopDuringTheSetupCommandIsHeard() async throws {
        var installation = try await Installation(
            files: ["makima.toml": "[workspace]\nsetup = \": > running; sleep 1000\"\n"]
        )
        installation.agent(Gate.ready)
        let owner = try installation.start("run", "prepare", "--agent", "double")
        _ = await installation.untilRunning()
        owner.signal(SIGINT)
        #expect(owner.exitStatus() == 130)
        #expect(try await installation.shown("prepare")["status"]?.string == "interrupted")
    }

    @Test func aVerdictThatWasStoppedIsOwed() async throws {
        var installation = try await Installation()
        installation.agent("echo $MAKIMA_ITERATION >> seen; \(Gate.ready)")
        let check = "test -e stopped || { : > running; sleep 1000; }"
        let owner = try installation.start(
            "run",
            "owe",
            "--agent",
            "double",
            "--max-iterations",
            "1",
            "--check",
            check
        )
        let workspace = await installation.untilRunning()
        owner.signal(SIGINT)
        #expect(owner.exitStatus() == 130)
        installation.directory.write("", to: "state/tasks/\(installation.taskDirectory)/tree/stopped")
        let answer = try await installation.makima("resume", "owe", "--json")
        #expect(answer.status == .code(0), "\(answer.errorOutput)")
        #expect(answer.task?["proof"]?.string == "verified")
        #expect(TestFiles.read("\(workspace)/seen") == "1\n")
    }

    @Test func theCheckThatRunsIsNamed() async throws {
        var installation = try await Installation()
        installation.agent("echo work > work; \(Gate.ready)")
        installation.endAgentsWithTheirOwner()
        let check = ": > running; until [ -e go ]; do sleep 0.05; done"
        let owner = try installation.start(
            "run",
            "look on",
            "--agent",
            "double",
            "--max-iterations",
            "1",
            "--check",
            "true",
            "--check",
            check
        )
        _ = await installation.untilRunning()
        for command in ["show", "why"] {
            let answer = try await installation.makima(command, "look", "--json").output
            let running = try JSONParser.parse(Array(answer.utf8))["runningCheck"]
            #expect(running?["command"]?.string == check && running?["iteration"]?.int == 1, "\(answer)")
            #expect(running?["since"]?.string?.hasPrefix("20") == true)
        }
        #expect(try await installation.makima("why", "look").output.contains("runs since 20"))
        installation.directory.write("", to: "state/tasks/\(installation.taskDirectory)/tree/go")
        #expect(owner.exitStatus() == 0)
        #expect(try await installation.shown("look")["runningCheck"] == .null)
    }

    @Test func onlyOneOwnerRunsATask() async throws {
        let installation = try await installation()
        let owner = try installation.start("run", "mine", "--agent", "double", "--max-iterations", "4")
        _ = await installation.untilRunning()
        let second = try await installation.makima("resume", "mine")
        #expect(second.status == .code(1))
        #expect(second.errorOutput.contains("another makima process"))
        owner.kill()
    }

    private func installation() async throws -> Installation {
        var installation = try await Installation()
        installation.agent(agent)
        installation.endAgentsWithTheirOwner()
        return installation
    }
}

extension Installation {
    /// Waits until the second iteration of the only task runs; returns its workspace.
    func untilRunning() async -> String {
        while true {
            for task in directoryNames("\(state)/tasks") {
                let tree = "\(state)/tasks/\(task)/tree"
                if TestFiles.exists("\(tree)/running") { return tree }
            }
            await Task.yield()
        }
    }

    /// What `show` says of a task, once nothing of a dead owner's agent is left.
    func shown(_ name: String) async throws -> JSONValue {
        while true {
            let task = try JSONParser.parse(Array(try await makima("show", name, "--json").output.utf8))
            guard task["status"]?.string == "running" else { return task }
        }
    }

    /// The name of the only task's directory.
    var taskDirectory: String { taskDirectories.first ?? "" }

    /// The names of all tasks' directories.
    var taskDirectories: [String] { directoryNames("\(state)/tasks") }

    /// The names of what is in the directory, hidden files apart; none where it cannot be read.
    func directoryNames(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            )
        }
        return names.filter { !$0.hasPrefix(".") }
    }
}
