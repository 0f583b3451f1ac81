import Domain
import Processes
import TestSupport
import Testing

/// The real Claude Code program leads others of its kind.
@Suite(.serialized, .enabled(if: AgentProgram.claude.isWanted, AgentProgram.claude.absence))
struct ClaudeSupervisorTests {
    /// The agent `claude` asks the model that leads, `worker` the one that works.
    private static func installation(_ leading: ScriptedModel, _ working: ScriptedModel) async throws -> Installation {
        var installation = try await Installation(files: ["all.sh": "cat all-*.log | sort\n"])
        installation.variables["ANTHROPIC_API_KEY"] = "scripted"
        installation.configure(
            """
            agent = "worker"
            """
                + [("claude", leading), ("worker", working)]
                .map { name, model in
                    """

                    [agents.\(name)]
                    kind = "claude"
                    command = ["\(AgentProgram.claude.path)"]
                    pass_env = ["ANTHROPIC_API_KEY"]
                    env = { ANTHROPIC_BASE_URL = "\(model.url)" }
                    """
                }
                .joined()
        )
        return installation
    }

    @Test func leadsThreeTasksWithADependencyAndSendsOneBack() async throws {
        let leading = try await ScriptedModel("leads-three-tasks")
        let working = try await ScriptedModel("works-by-its-name")
        let installation = try await Self.installation(leading, working)
        let server = try installation.start("up", "--port", "0", "--quiet")
        #expect(server.firstLine().hasPrefix("makima listens"))
        let check = "! test -e printer.txt || test \"$(wc -l <printer.txt)\" = 2"
        let made = try await installation.makima(
            "contract",
            "new",
            "Write all three",
            "--name",
            "three",
            "--supervisor-agent",
            "claude",
            "--check",
            check,
            "--follow"
        )
        #expect(made.status == .code(0), "\(made.output)\(made.errorOutput)")
        let shown = try await installation.makima("contract", "show", "three", "--json")
        let contract = try JSONParser.parse(Array(shown.output.utf8))
        let tasks = (contract["contract"] ?? contract)["tasks"]?.array ?? []
        #expect(tasks.count == 4, "\(shown.output)")
        for task in tasks where task["depth"]?.int == 1 {
            #expect(task["merge"]?.string == "merged", "\(task)")
            // The one that was sent back was at work once more.
            #expect(task["iterations"]?.int == (task["name"]?.string == "printer" ? 2 : 1))
        }
        // It read what makima has seen itself, and was told when to go on.
        let read = try await PosixSpawnLauncher()
            .run(
                Command(
                    "grep",
                    ["-rl", "run by makima: passed", "\(installation.state)/tasks"],
                    environment: installation.environment
                )
            )
        #expect(read.status.isSuccess, "No supervisor was told of a receipt.")
        #expect(leading.log.contains("What you waited for has happened"))
        #expect(working.log.contains("One line is not enough"))
        let subjects = try await installation.git("log", "--format=%s", "main").split(separator: "\n")
        #expect(Set(subjects) == ["Begin", "parser", "printer", "joiner"] || subjects.contains("Merge 2 tasks"))
        for file in ["parser.txt", "printer.txt", "joiner.txt"] {
            _ = try await installation.git("cat-file", "-e", "main:\(file)")
        }
        server.signal(15)
        #expect(server.exitStatus() == 0)
    }
}
